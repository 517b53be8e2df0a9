/* SPDX-License-Identifier: ISC */
/* The tables of both modules together, and the picture of the store a request sees. */
#include "config.h"

#include "agent/clock.h"
#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"

/* A longer name would block every walk of its column. */
_Static_assert(TABLE_ARCS_MAX + 1 + INDEX_ARCS_MAX <= MAX_OID_LEN,
    "the OID of a table is too long");

/* sysUpTime begins again at 0 then, after 497 days. */
#define UPTIME_WRAP_US ((INT64_C(1) << 32) * VALUE_TICK_US)

enum {
	NETWORK_SERVICES = 2 /* how many of the tables may be left out */
};

static const struct table *const tables[] = {
	&network_services_appl,
	&network_services_assoc,
	&imsconn_agent,
	&imsconn_service,
	&imsconn_session,
	&imsconn_user,
	&imsconn_access,
	&imsconn_inactive,
	&imsconn_all_users,
	&imsconn_alarm,
	&imsconn_notify,
	&imsconn_audit,
};

static const struct tables all_tables = {
	.tables = tables,
	.count = sizeof tables / sizeof tables[0],
};

static const struct tables imsconn_tables = {
	.tables = tables + NETWORK_SERVICES,
	.count = sizeof tables / sizeof tables[0] - NETWORK_SERVICES,
};

static struct {
	struct scene scene;
	struct reading reading;
	bool failing; /* the store cannot be read: said once */
} imsconn_mib;

bool
scene_lists(const struct scene *scene, enum service service)
{
	unsigned listed = scene->agentx->listed;

	return service == SERVICE_ALL ? listed != 0 : listed & 1u << service;
}

const struct tables *
imsconn_mib_tables(void)
{
	return imsconn_mib.scene.agentx->network_services ? &all_tables :
							    &imsconn_tables;
}

struct reading *
imsconn_mib_begin(void)
{
	struct scene *scene = &imsconn_mib.scene;
	int64_t uptime_us;
	struct error err;

	if (view_renew(scene->view, &err) == -1) {
		if (!imsconn_mib.failing)
			log_error("cannot answer SNMP requests: %s", err.text);
		imsconn_mib.failing = true;
		return NULL;
	}
	if (imsconn_mib.failing)
		log_info("answering SNMP requests again");
	imsconn_mib.failing = false;
	scene->now_us = clock_now_us();
	uptime_us = scene->now_us - scene->master_start_us;
	scene->master_start_us += uptime_us - uptime_us % UPTIME_WRAP_US;
	reading_begin(&imsconn_mib.reading, imsconn_mib_tables(), scene);
	return &imsconn_mib.reading;
}

void
imsconn_mib_end(void)
{
	view_release(imsconn_mib.scene.view);
}

const struct scene *
imsconn_mib_scene(void)
{
	return &imsconn_mib.scene;
}

void
imsconn_mib_set_uptime(int64_t uptime_us)
{
	imsconn_mib.scene.master_start_us = clock_now_us() - uptime_us;
}

int
imsconn_mib_open(const struct agentx *agentx, struct error *err)
{
	imsconn_mib.scene.agentx = agentx;
	imsconn_mib.scene.privacy = agentx->privacy;
	if (view_open(&imsconn_mib.scene.view, agentx->store, err) == -1)
		return -1;
	imsconn_mib_end();
	return 0;
}

void
imsconn_mib_close(void)
{
	view_close(imsconn_mib.scene.view);
	imsconn_mib.scene.view = NULL;
}
