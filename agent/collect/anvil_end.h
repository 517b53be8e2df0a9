/* SPDX-License-Identifier: ISC */
/*
 * Has anvil (protocol 2, Dovecot 2.4) end connections, by KICK-USER. What it answers is passed
 * over: it comes late and counts wrongly (2.4.1); who is gone is told by the list.
 */
#ifndef IMSC_ANVIL_END_H
#define IMSC_ANVIL_END_H

#include <event2/event.h>

#include "agent/collect/listing.h"
#include "agent/error.h"

struct anvil_end;

/* PATH is copied. Connects when it is needed first. */
struct anvil_end *anvil_end_new(struct event_base *base, const char *path);
/* What was not sent yet is not. END may be NULL. */
void anvil_end_free(struct anvil_end *end);

/*
 * Asks for the end of the row's one connection; never waits. Anvil (2.4.0 to 2.4.4) makes of it
 * the end of all that the row's user has in its process.
 */
int anvil_end_connection(
    struct anvil_end *end, const struct listed *row, struct error *err);

#endif
