/* SPDX-License-Identifier: ISC */
/*
 * Ending sessions: list, end what belongs to the targets and to nobody else, list again
 * until they are gone or the deadline has passed. Only what was seen to end is counted.
 */
#ifndef IMSC_KICK_H
#define IMSC_KICK_H

#include "agent/conf.h"
#include "agent/store/session.h"

struct event_base;

enum {
	KICK_BENEATH_MAX = 16
};

/* One request, of one user. */
struct kick {
	struct text user;
	struct session_key session; /* number 0: all of the user's sessions */
	/* The processes of the connections that a session of webmail has open. */
	uint32_t beneath[KICK_BENEATH_MAX];
	size_t beneath_count;
	/* What came of it: */
	int64_t asked_us;
	uint32_t asked; /* sessions there were */
	uint32_t ended; /* sessions seen to end */
	uint32_t ended_of[SERVICE_END];
	enum audit_result result;
	char reason[256]; /* why not all ended, or "" */
	/* Sessions of the store that are known to be over, since their connections are: */
	struct session_key *gone; /* owned */
	size_t gone_count;
	size_t gone_capacity;
};

/* UNREACHABLE is NULL unless the mail server could not be asked at all. */
typedef void kick_done(void *arg, const struct error *unreachable);

struct kick_run;

/*
 * Ends the sessions of COUNT kicks, all at once, and calls DONE from BASE's loop when every
 * kick has its outcome. STORE (may be NULL) tells one session from another. The kicks
 * belong to the caller and must live until then.
 */
struct kick_run *kick_start(struct event_base *base, const struct conf *conf,
    struct store *store, struct kick *kicks, size_t count, kick_done *done, void *arg);
/* Stops without a call of DONE. */
void kick_cancel(struct kick_run *run);

/* The same, waiting. Fails only if the mail server cannot be asked at all. */
int kick_now(const struct conf *conf, struct store *store, struct kick *kicks,
    size_t count, struct error *err);

/* Frees what a kick that has its outcome owns. */
void kick_fini(struct kick *kick);

/*
 * Writes a kick that has its outcome: one audit row, its counts, and the end of the sessions that
 * are known to be over.
 */
int kick_audit(struct view *view, const struct kick *kick, enum audit_origin origin,
    struct text requester, const struct conf *conf, struct error *err);
/* One line to syslog. */
void kick_log(const struct kick *kick, enum audit_origin origin, struct text requester);

#endif
