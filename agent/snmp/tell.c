/* SPDX-License-Identifier: ISC */
/* From struct agentx to the board. */
#include "config.h"

#include <stdio.h>

#include "agent/board.h"
#include "agent/snmp/tell.h"

static void
fill_settings(struct board_told *told, const struct agentx *agentx)
{
	told->listed = agentx->listed;
	told->capabilities = agentx->capabilities;
	told->privacy = agentx->privacy->mode;
	told->network_services = agentx->network_services;
	told->index_base = agentx->index_base;
	told->notify_min_seconds = agentx->notify_min_seconds;
	told->inactive_rows = (uint32_t)agentx->inactive_rows;
	for (size_t i = 0; i < agentx->inactive_rows && i < BOARD_DAYS_MAX; i++)
		told->inactive_days[i] = agentx->inactive_days[i];
}

int
tell_open(struct agentx *agentx, const char *path, const char *store, struct error *err)
{
	struct board_told *told;

	if (path[0] == '\0')
		return 0;
	agentx->board = board_open(path, err);
	if (agentx->board == NULL)
		return -1;
	told = board_change(agentx->board);
	snprintf(told->store_path, sizeof told->store_path, "%s", store);
	fill_settings(told, agentx);
	board_tell(agentx->board);
	health_tell(agentx->health, agentx->board);
	kick_queue_tell(agentx->kicks, agentx->board);
	notice_queue_tell(agentx->notices, agentx->board);
	alarm_switches_tell(agentx->switches, agentx->board);
	return 0;
}

void
tell_settings(const struct agentx *agentx)
{
	if (agentx->board == NULL)
		return;
	fill_settings(board_change(agentx->board), agentx);
	board_tell(agentx->board);
}

void
tell_close(struct agentx *agentx)
{
	board_close(agentx->board);
	agentx->board = NULL;
}
