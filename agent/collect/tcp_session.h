/* SPDX-License-Identifier: ISC */
/* The TCP connection of a session, as far as its login told of it. */
#ifndef IMSC_TCP_SESSION_H
#define IMSC_TCP_SESSION_H

#include "agent/collect/tcp.h"

/*
 * As tcp_find(). If LOCAL's port is not known, it may be any of those where everybody has SERVICE;
 * then there may be 2, of which FOUND is one.
 */
int tcp_find_session(struct tcp *tcp, enum service service,
    const struct endpoint *local, const struct endpoint *remote,
    struct tcp_connection *found, struct error *err);

/*
 * Whether it is there now; false, too, if nobody knows. *TCP is opened at the first use; the
 * caller closes it.
 */
bool tcp_session_is_open(struct tcp **tcp, const struct session *session);

#endif
