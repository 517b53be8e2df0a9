/* SPDX-License-Identifier: ISC */
/*
 * Inside kick only: ending one session among others of a process, by its TCP connection. Whose a
 * connection is was told at the login, and the store remembers it; a process without a feed
 * can be looked at if we have the right.
 */
#ifndef IMSC_KICK_CONNECTION_H
#define IMSC_KICK_CONNECTION_H

#include "agent/collect/kick_known.h"
#include "agent/collect/kick_process.h"

struct kick_connections;

struct kick_connections *kick_connections_new(void);
void kick_connections_free(struct kick_connections *connections);

/*
 * Reads which connections the sessions have that are asked to end, of those that were told of
 * until UNTIL_US. VIEW may be NULL: then WHY no session is known (const data).
 */
void kick_connections_read(struct kick_connections *connections,
    const struct kick_requests *requests, struct view *view, int64_t until_us,
    const char *why);

/*
 * Ends the connections of those sessions in the targets whose means is MEANS_CONNECTIONS, and
 * counts them as told. LISTING is sorted.
 */
void kick_connections_end(struct kick_connections *connections,
    struct kick_process *targets, size_t count, const struct listing *listing);

/* Says in the kick's reason why not all of the target's connections could be ended. */
void kick_connections_explain(
    const struct kick_connections *connections, const struct kick_process *target);

#endif
