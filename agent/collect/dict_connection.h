/* SPDX-License-Identifier: ISC */
/*
 * Inside the dict server only: its connections, all of its one thread, and the batch of
 * logins that they fill.
 */
#ifndef IMSC_DICT_CONNECTION_H
#define IMSC_DICT_CONNECTION_H

#include <event2/event.h>

#include "agent/collect/dict_forward.h"
#include "agent/collect/dict_record.h"
#include "agent/collect/dict_server.h"

struct dict_connections;

/* What they commit goes into NEWS and to FORWARD (or NULL), which stay the caller's. */
struct dict_connections *dict_connections_new(struct event_base *base, int listen_fd,
    size_t max_connections, struct news_queue *news, struct dict_forward *forward);
void dict_connections_free(struct dict_connections *connections);

/* Answers all who wait for the batch of this NUMBER. */
void dict_connections_answer(
    struct dict_connections *connections, uint64_t number, bool failed);

#endif
