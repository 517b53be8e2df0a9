/* SPDX-License-Identifier: ISC */
/*
 * The sessions as "doveadm -f tab who -1" prints them: for an anvil whose own words we do not
 * know. Slower than asking anvil, and dearer: a process each time.
 */
#ifndef IMSC_DOVECOT_WHO_H
#define IMSC_DOVECOT_WHO_H

#include "agent/collect/backend.h"

struct dovecot_who;

/*
 * Runs the command and calls DONE once, from BASE's loop and never from within: with NULL when
 * LISTING has all of it, or with why not.
 */
struct dovecot_who *dovecot_who_start(struct event_base *base, const struct conf *conf,
    struct listing *listing, backend_done *done, void *arg);
/* Kills the command, without a call of DONE. WHO may be NULL. */
void dovecot_who_cancel(struct dovecot_who *who);

/* Where the columns stand, by the header. All zero at first. */
struct who_header {
	bool known;
	size_t columns;
	size_t user; /* from 1; 0: there is none */
	size_t service;
	size_t pid;
	size_t address;
};

/*
 * Reads TEXT, whole lines, into LISTING, which gets no more than MAX_SESSIONS; the first line
 * of all is the header. False if it makes no sense.
 */
bool who_parse(struct who_header *header, struct text text, struct listing *listing,
    size_t max_sessions, struct error *err);

#endif
