/* SPDX-License-Identifier: ISC */
/*
 * The feed that webmail talks to: a Unix stream socket that takes requests, one a line, and
 * answers each in its order. It is served by the loop that it is given, and never waits for
 * anybody.
 */
#ifndef IMSC_FEED_H
#define IMSC_FEED_H

#include <event2/event.h>

#include "agent/collect/web.h"

struct feed;

/* Does what is asked. On -1 the client is told why. */
typedef int feed_apply(void *arg, const struct web_event *event,
    enum web_answer *answer, struct error *err);

/*
 * Serves LISTEN_FD, which it owns from now on. Beyond MAX_CONNECTIONS the one that was silent
 * for longest is closed.
 */
struct feed *feed_new(struct event_base *base, int listen_fd, size_t max_connections,
    feed_apply *apply, void *arg);
/* Whoever waits for an answer gets none. FEED may be NULL. */
void feed_free(struct feed *feed);

/*
 * What was applied since the last call is durable; or, if FAILED, nothing of it is. Only now
 * logins and logouts are answered, and what came behind them.
 */
void feed_commit(struct feed *feed, bool failed);

#endif
