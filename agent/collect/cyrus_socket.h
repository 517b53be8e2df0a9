/* SPDX-License-Identifier: ISC */
/*
 * The socket that Cyrus's processes send their events to. Who sends waits while it is full, so it has
 * to be read at once, and must not be there when nobody reads it.
 */
#ifndef IMSC_CYRUS_SOCKET_H
#define IMSC_CYRUS_SOCKET_H

#include "agent/collect/cyrus_event.h"

struct cyrus_socket;

/* As local_socket_receive(). OWNER is who owns the file of whom to believe, beside root and us. */
struct cyrus_socket *cyrus_socket_open(
    const char *path, const char *group, const char *owner, struct error *err);
/* Takes it away. */
void cyrus_socket_close(struct cyrus_socket *socket);
int cyrus_socket_fd(const struct cyrus_socket *socket);

/*
 * Takes the next event that can be believed: 1 and EVENT, to be given back by cyrus_event_fini(); 0 if
 * there is none by now. What is refused is counted, and told now and then.
 */
int cyrus_socket_take(struct cyrus_socket *socket, struct cyrus_event *event);

#endif
