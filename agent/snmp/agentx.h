/* SPDX-License-Identifier: ISC */
/*
 * The SNMP thread: a connection to the master agent that is made again whenever it is lost,
 * and the loop that answers from the store. Nothing else in the process calls Net-SNMP.
 */
#ifndef IMSC_AGENTX_H
#define IMSC_AGENTX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "agent/collect/kick_queue.h"
#include "agent/health.h"
#include "agent/store/store.h"

/* What the SNMP thread needs; it owns nothing of it. The atomics may change any time. */
struct agentx {
	const char *socket; /* a path, or tcp:host:port */
	int ping_seconds;   /* how long a lost master goes unnoticed */
	int stop_fd;        /* becomes readable when the loop is to end */
	struct store *store;
	struct health_board *health;
	struct kick_queue *kicks;
	atomic_bool allow_disconnect; /* SET of a disconnect column is answered */
	atomic_uint listed;           /* bit 1 << service: its users are listed */
};

/*
 * Runs until stop_fd is readable. Fails only if it cannot start. Once in a process, which
 * ignores SIGPIPE.
 */
int agentx_run(struct agentx *agentx, struct error *err);

#endif
