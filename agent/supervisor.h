/* SPDX-License-Identifier: ISC */
/*
 * Several stores: a process for each, which is started again when it ends, and one that looks
 * after them and speaks for all to the service manager.
 */
#ifndef IMSC_SUPERVISOR_H
#define IMSC_SUPERVISOR_H

#include <stddef.h>

/*
 * What a process does; NUMBER says which it is. It writes an octet to READY_FD when it is
 * ready, and again after each SIGHUP, and ends in order on SIGTERM and SIGINT, all of which
 * it finds blocked. Returns the process's exit status.
 */
typedef int supervisor_child(size_t number, int ready_fd, void *arg);

/*
 * Runs a process for each of NAMES, of which "" is the main store, until SIGTERM or SIGINT.
 * One that ends before all were ready at the first start ends the others, and its exit status
 * is returned. To be called without any other thread, with SIGHUP, SIGINT and SIGTERM blocked.
 */
int supervisor_run(
    const char *const *names, size_t count, supervisor_child *run, void *arg);

#endif
