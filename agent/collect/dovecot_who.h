/* SPDX-License-Identifier: ISC */
/*
 * What doveadm is asked about connections where anvil does not tell. Slower than asking anvil, and
 * dearer: a process each time.
 */
#ifndef IMSC_DOVECOT_WHO_H
#define IMSC_DOVECOT_WHO_H

#include "agent/collect/backend.h"

struct dovecot_who;

enum who_question {
	/* "who -1": all sessions, for an anvil whose own words we do not know. */
	WHO_IS_CONNECTED,
	/* "proxy list": the logins that Dovecot 2.3 passes on, which its anvil does not know. */
	WHO_IS_PASSED_ON
};

/*
 * Runs the command and calls DONE once, from BASE's loop and never from within: with NULL when
 * LISTING has all of it, or with why not.
 */
struct dovecot_who *dovecot_who_start(struct event_base *base, const struct conf *conf,
    enum who_question question, struct listing *listing, backend_done *done, void *arg);
/* Kills the command, without a call of DONE. WHO may be NULL. */
void dovecot_who_cancel(struct dovecot_who *who);

#endif
