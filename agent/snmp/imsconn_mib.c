/* SPDX-License-Identifier: ISC */
/* The picture of the store that a request to imsconnd sees. */
#include "config.h"

#include "agent/clock.h"
#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"

static struct {
	struct scene scene;
	struct reading reading;
	bool failing; /* the store cannot be read: said once */
} imsconn_mib;

const struct tables *
imsconn_mib_tables(void)
{
	return scene_tables(&imsconn_mib.scene);
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
	scene_set_time(scene, clock_now_us());
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
