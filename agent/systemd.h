/* SPDX-License-Identifier: ISC */
/* What a service manager is told and gives; systemd_none.c is for where there is none. */
#ifndef IMSC_SYSTEMD_H
#define IMSC_SYSTEMD_H

/* A line of sd_notify(3), such as "READY=1". */
void systemd_notify(const char *state);

/* The listening socket that the service manager gave us under NAME, or -1. */
int systemd_socket(const char *name);

#endif
