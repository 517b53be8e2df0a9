/* SPDX-License-Identifier: ISC */
/* The tables of both modules together, and what of them a scene shows. */
#include "config.h"

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

bool
scene_lists(const struct scene *scene, enum service service)
{
	unsigned listed = scene->agentx->listed;

	return service == SERVICE_ALL ? listed != 0 : listed & 1u << service;
}

const struct tables *
scene_tables(const struct scene *scene)
{
	return scene->agentx->network_services ? &all_tables : &imsconn_tables;
}

void
scene_set_time(struct scene *scene, int64_t now_us)
{
	int64_t uptime_us = now_us - scene->master_start_us;

	scene->now_us = now_us;
	scene->master_start_us += uptime_us - uptime_us % UPTIME_WRAP_US;
}
