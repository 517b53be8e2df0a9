/* SPDX-License-Identifier: ISC */
/*
 * Has Dovecot 2.3 end what it passes on, by "doveadm proxy kick", which ends all such logins of a user,
 * and nobody else's. How many it says it ended is passed over: it is a count of one process (2.3.19).
 */
#ifndef IMSC_DOVECOT_PROXY_END_H
#define IMSC_DOVECOT_PROXY_END_H

#include <event2/event.h>

#include "agent/conf.h"
#include "agent/error.h"

struct dovecot_proxy_end;

/* CONF must outlive it. */
struct dovecot_proxy_end *dovecot_proxy_end_new(
    struct event_base *base, const struct conf *conf);
/* Whom it was not asked for yet, stays. END may be NULL. */
void dovecot_proxy_end_free(struct dovecot_proxy_end *end);

/* Asks for the end of all that is passed on of USER; never waits. */
int dovecot_proxy_end_user(
    struct dovecot_proxy_end *end, struct text user, struct error *err);

#endif
