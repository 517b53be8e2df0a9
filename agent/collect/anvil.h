/* SPDX-License-Identifier: ISC */
/*
 * A connection to Dovecot's anvil, kept from one listing to the next: when it breaks, anvil
 * is gone, and with it its list of sessions.
 */
#ifndef IMSC_ANVIL_H
#define IMSC_ANVIL_H

#include <event2/event.h>

#include "agent/collect/anvil_parse.h"
#include "agent/collect/backend.h"

struct anvil;

/* PATH is copied. LOST (may be NULL) is called when an idle or busy connection breaks. */
struct anvil *anvil_new(
    struct event_base *base, const char *path, backend_lost *lost, void *arg);
void anvil_free(struct anvil *anvil);

/*
 * Asks for the list and calls DONE once, from the loop: with NULL when LISTING has all of
 * it, or with why not. Connects if need be. One question at a time.
 */
void anvil_list(struct anvil *anvil, struct listing *listing, size_t max_sessions,
    int timeout_seconds, backend_done *done, void *arg);

/* When the Dovecot that was connected to last was started; 0 if not known. */
int64_t anvil_started_us(const struct anvil *anvil);

/* What it spoke last; ANVIL_UNKNOWN before that. */
enum anvil_protocol anvil_protocol(const struct anvil *anvil);

#endif
