/* SPDX-License-Identifier: ISC */
/*
 * One store's daemon: its collector's and its SNMP thread in this process, and the order in
 * which they start, are told of a new configuration, and stop.
 */
#ifndef IMSC_DAEMON_H
#define IMSC_DAEMON_H

#include "agent/collect/collector.h"
#include "agent/conf.h"
#include "agent/error.h"

/* Everything is borrowed. */
struct daemon_setup {
	const char *conf_path; /* the main file */
	const char *store;     /* the store's name, "" for the main one */
	const char *master;    /* the address of snmpd; NULL for the configuration's */
	struct collector_sockets sockets; /* the service manager's */
	int ready_fd; /* gets an octet when it is ready, and after each SIGHUP; -1: the
	                 service manager is told instead */
};

/* Whether CONF can be started with, as far as files tell that it names. */
int daemon_check(const struct conf *conf, struct error *err);

/*
 * Runs until SIGTERM or SIGINT, once in a process, which daemon_block_signals() has prepared.
 * Returns the exit status; what is wrong is in the log.
 */
int daemon_run(const struct daemon_setup *setup);

/* Before any thread is started, and before a child is made that runs a daemon. */
void daemon_block_signals(void);

#endif
