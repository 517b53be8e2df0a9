/* SPDX-License-Identifier: ISC */
/*
 * The TCP connections of this host by the inodes of their sockets, as /proc/PID/fd names these. All are
 * read at once, when the first is looked for: nothing costs anything where nobody asks.
 */
#ifndef IMSC_TCP_SOCKETS_H
#define IMSC_TCP_SOCKETS_H

#include "agent/collect/tcp.h"

struct tcp_sockets;

struct tcp_sockets *tcp_sockets_new(void);
/* SOCKETS may be NULL. */
void tcp_sockets_free(struct tcp_sockets *sockets);

/*
 * The open connection with this inode as of the first question; what tcp_destroy() needs is filled
 * in. NULL if there was none in our network namespace, or if the kernel did not tell.
 */
const struct tcp_connection *tcp_sockets_find(
    struct tcp_sockets *sockets, uint32_t inode);

#endif
