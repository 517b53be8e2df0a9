/* SPDX-License-Identifier: ISC */
/*
 * Inside the dict server only: passes on to the site's own dict what it would have got
 * without us. Nobody waits for it; what cannot be passed on waits in a queue with a bound.
 */
#ifndef IMSC_DICT_FORWARD_H
#define IMSC_DICT_FORWARD_H

#include <event2/event.h>

#include "agent/collect/dict_parse.h"

struct dict_forward;

/* To the socket at PATH, with times in PRECISION: "s", "ms", "us" or "ns". */
struct dict_forward *dict_forward_new(
    struct event_base *base, const char *path, const char *precision);
/* FORWARD may be NULL. */
void dict_forward_free(struct dict_forward *forward);

/* What one client has said and not yet committed; all zero is nothing. */
struct dict_forward_client {
	char *hello; /* its lines, as they came */
	char *begin;
	struct forwarded *first;
};

void dict_forward_client_fini(struct dict_forward_client *client);
/* A line before it is parsed. */
void dict_forward_hear(
    struct dict_forward_client *client, const char *data, size_t length);
/* A line that sets something, a commit, or a rollback, as it was parsed to COMMAND. */
void dict_forward_take(struct dict_forward *forward, struct dict_forward_client *client,
    enum dict_command command, const struct dict_line *line);

#endif
