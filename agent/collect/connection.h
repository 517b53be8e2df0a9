/* SPDX-License-Identifier: ISC */
/* The TCP connections that a process of the mail server serves, as the kernel sees them. */
#ifndef IMSC_CONNECTION_H
#define IMSC_CONNECTION_H

#include "agent/collect/tcp_sockets.h"

/*
 * Finds the one connection of PID whose other end has REMOTE's address, and whose ends are not
 * others than what is known of them, and fills both: behind a proxy, the process's connection
 * is the proxy's and not the client's. False, and nothing changed, if there is none, if there are
 * several, or if we may not look. Looking into a process (pidfd_getfd(2)) wants CAP_SYS_PTRACE; its user
 * can see which sockets it has, and look for these among SOCKETS, unless that is NULL. A TLS
 * connection of Dovecot belongs to a login process and is not found.
 */
bool connection_find(uint32_t pid, struct tcp_sockets *sockets, struct endpoint *local,
    struct endpoint *remote);

/*
 * All connections of PID whose other end has the address, likewise, but no more than MAX. Of
 * each, what tcp_destroy() needs is filled in. Returns their number.
 */
size_t connection_list(uint32_t pid, const struct address *address,
    struct tcp_connection *found, size_t max);

/*
 * Shuts down the socket that is descriptor NUMBER of PID and has this inode: to both ends it is as if
 * the other one had closed it. False if it is another one, or if we may not look into the process.
 */
bool connection_shut(uint32_t pid, int number, uint32_t inode);

#endif
