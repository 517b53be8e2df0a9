/* SPDX-License-Identifier: ISC */
/* The tables of IMSCONN-MIB together, and the picture of the store a request sees. */
#include "config.h"

#include "agent/clock.h"
#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"

static const oid root[] = { IMSC_OID_ROOT, 1 };

enum {
	ROOT_LENGTH = sizeof root / sizeof root[0]
};

/* A longer name would block every walk of its column. */
_Static_assert(ROOT_LENGTH + TABLE_ARCS_MAX + 1 + INDEX_ARCS_MAX <= MAX_OID_LEN,
    "IMSC_OID_ROOT is too long");

static const struct table *const tables[] = {
	&imsconn_agent,
	&imsconn_service,
	&imsconn_session,
	&imsconn_user,
	&imsconn_access,
};

const struct tables imsconn_tables = {
	.root = root,
	.length = ROOT_LENGTH,
	.tables = tables,
	.count = sizeof tables / sizeof tables[0],
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

struct reading *
imsconn_mib_begin(void)
{
	struct scene *scene = &imsconn_mib.scene;
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
	reading_begin(&imsconn_mib.reading, &imsconn_tables, scene);
	return &imsconn_mib.reading;
}

void
imsconn_mib_end(void)
{
	view_release(imsconn_mib.scene.view);
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
