/* SPDX-License-Identifier: ISC */
/*
 * The collector: takes what the mail server's feeds bring and what its polls tell, keeps
 * the store true, and ends sessions on request. It is the only writer of the store but for
 * the command's audit rows, and runs in a thread of its own.
 */
#ifndef IMSC_COLLECTOR_H
#define IMSC_COLLECTOR_H

#include "agent/alarm_switch.h"
#include "agent/collect/kick_queue.h"
#include "agent/conf.h"
#include "agent/health.h"
#include "agent/notice.h"
#include "agent/store/store.h"

struct collector;

/* What it shares with other threads; borrowed. */
struct collector_links {
	struct store *store;
	struct health_board *board;
	struct kick_queue *kicks;
	struct notice_queue *notices;
	struct alarm_switches *switches;
};

/* What a service manager listens on for it, or -1. */
struct collector_sockets {
	int dict;
	int feed;
};

/*
 * Makes a collector that polls and listens as CONF says; CONF becomes its own. Sessions whose processes ended while
 * nobody looked are taken from the store here.
 */
struct collector *collector_new(struct conf *conf, const struct collector_links *links,
    const struct collector_sockets *sockets, struct error *err);
void collector_free(struct collector *collector);

/* Runs until collector_stop(). */
void collector_run(struct collector *collector);

/* From any thread. The second hands over a new configuration, which becomes its own. */
void collector_stop(struct collector *collector);
void collector_reload(struct collector *collector, struct conf *next);

#endif
