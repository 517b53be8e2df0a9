/* SPDX-License-Identifier: ISC */
/*
 * Webmail in the command's roster: its connections are not sessions of their own, but show that
 * their users' sessions of webmail are alive, or that there is one that the store does not
 * know.
 */
#ifndef IMSC_ROSTER_WEB_H
#define IMSC_ROSTER_WEB_H

#include "agent/collect/roster.h"

/* Zeroed but for CONF and ROSTER, it is empty. */
struct roster_web {
	const struct conf *conf;
	const struct roster *roster; /* sorted, as the store knows it */
	struct listed *rows; /* of webmail's hosts; the texts are the listing's */
	size_t count;
	size_t capacity;
};

/* Takes the rows of webmail's hosts out of a listing. */
void roster_web_take(struct roster_web *web, struct listing *listing);
void roster_web_fini(struct roster_web *web);

/* Whether a row that nobody was known of has the address of its user's session of webmail. */
bool roster_web_has(const struct roster_web *web, const struct listed *row);

/*
 * Adds to ADDED the sessions that only the listing tells of, with texts in ARENA. If VIEW is
 * not NULL, nobody kept what the store knows up to date: OVER[i] is set of roster.known.all[i]
 * if that is over at NOW_US.
 */
void roster_web_settle(const struct roster_web *web, struct view *view, int64_t now_us,
    bool *over, struct roster_rows *added, struct arena *arena);

#endif
