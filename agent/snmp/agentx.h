/* SPDX-License-Identifier: ISC */
/*
 * The SNMP thread: a connection to the master agent that is made again whenever it is lost,
 * and the loop that answers from the store. Nothing else in the process calls Net-SNMP.
 */
#ifndef IMSC_AGENTX_H
#define IMSC_AGENTX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "agent/alarm_switch.h"
#include "agent/collect/kick_queue.h"
#include "agent/health.h"
#include "agent/notice.h"
#include "agent/privacy.h"
#include "agent/store/store.h"

/* What the SNMP thread needs; it owns nothing of it. The atomics may change any time. */
struct agentx {
	const char *socket; /* a path, or tcp:host:port */
	const char
	    *context;     /* the SNMP context that is served; "" is the default one */
	int ping_seconds; /* how long a lost master goes unnoticed */
	int stop_fd;      /* becomes readable when the loop is to end */
	struct store *store;
	struct health_board *health;
	struct kick_queue *kicks;
	struct notice_queue *notices;
	struct alarm_switches *switches;
	struct board *board; /* where other processes are told; NULL: nowhere */
	const struct privacy *privacy; /* NULL: everything is told */
	atomic_bool allow_disconnect;  /* SET of a disconnect column is answered */
	atomic_uint listed;            /* bit 1 << service: its users are listed */
	atomic_uint notify_min_seconds;
	atomic_uint capabilities; /* bit 1 << n: imscCapabilities' n-th */
	const int *inactive_days; /* the rows of imscInactiveTable, rising */
	size_t inactive_rows;
	bool network_services; /* NETWORK-SERVICES-MIB is served, too */
	uint32_t index_base;   /* its applIndex is this and the service's number */
};

/*
 * Runs until stop_fd is readable. Fails only if it cannot start. Once in a process, which
 * ignores SIGPIPE.
 */
int agentx_run(struct agentx *agentx, struct error *err);

#endif
