/* SPDX-License-Identifier: ISC */
/* Listening sockets of ours in the file system, where no service manager made them. */
#ifndef IMSC_LOCAL_SOCKET_H
#define IMSC_LOCAL_SOCKET_H

#include "agent/error.h"

/*
 * A listening socket at PATH with mode 0660, of GROUP, which the configuration has in KEY,
 * unless that is "". Takes the place of a socket that nobody listens to, never of one that is
 * in use. -1 on failure.
 */
int local_socket_listen(
    const char *path, const char *group, const char *key, struct error *err);

/* As above, of datagrams that come without waiting for us. */
int local_socket_receive(
    const char *path, const char *group, const char *key, struct error *err);

#endif
