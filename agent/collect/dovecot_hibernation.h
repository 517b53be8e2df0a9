/* SPDX-License-Identifier: ISC */
/*
 * Whether Dovecot hands idle sessions of IMAP over to imap-hibernate: imap_hibernate_timeout, as
 * doveconf tells it of the running configuration. While that is not known, it may.
 */
#ifndef IMSC_DOVECOT_HIBERNATION_H
#define IMSC_DOVECOT_HIBERNATION_H

#include <event2/event.h>

#include "agent/conf.h"
#include "agent/text.h"

struct dovecot_hibernation;

/* CONF must outlive it. Nothing is asked before somebody wants to know. */
struct dovecot_hibernation *dovecot_hibernation_new(
    struct event_base *base, const struct conf *conf);
/* HIBERNATION may be NULL. */
void dovecot_hibernation_free(struct dovecot_hibernation *hibernation);

/*
 * Never waits: answers what is known, and asks again if that is old, or of a Dovecot that was
 * not started then, at STARTED_US.
 */
bool dovecot_hibernation_may_be(
    struct dovecot_hibernation *hibernation, int64_t started_us);

/* Whether a value of imap_hibernate_timeout, such as "0" or "30 secs", lets sessions hibernate. */
bool dovecot_hibernation_parse(struct text value);

#endif
