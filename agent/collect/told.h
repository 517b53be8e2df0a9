/* SPDX-License-Identifier: ISC */
/*
 * The logins that were told of, by the mail server's names of their sessions, which stay theirs
 * while their processes change. So one that is told of twice is known, and which session a
 * logout is of. The open sessions are the store's; this is a memory of which ones to ask it for,
 * and of what was told lately.
 */
#ifndef IMSC_TOLD_H
#define IMSC_TOLD_H

#include "agent/store/session.h"

struct told_login {
	uint64_t mark; /* of service, user and store_id */
	struct text user;
	int64_t login_us;
	bool records; /* it is an access of its user, and no logout was told yet */
	bool several; /* others had the name at the same time */
	unsigned
	    nameless;   /* of a process: logins without a name that wait for one, and */
	unsigned named; /* such with one that wait for who has none */
	struct session_key session; /* the last that had it; number 0: there was none */
};

struct told;

/*
 * Forgets what is over when there are more than KEEP. NAMES_ONCE: a name is of one login of a
 * service alone, whatever the user, and who looks for it need not know him.
 */
struct told *told_new(size_t keep, bool names_once);
void told_free(struct told *told);

/* Every open session that has a name. */
void told_fill(struct told *told, struct view *view);

/* LOGIN was told of; SESSION is what it became in the store, or its number is 0. */
void told_note(struct told *told, struct view *view, const struct session *login,
    struct session_key session, bool records);

/* A logout was told of; what comes after it is none. */
void told_leave(struct told *told, const struct session *logout);

/* What was noted last of this service, user and store_id; NULL if nothing was. */
const struct told_login *told_find(const struct told *told, const struct session *like);

/* Whether this very login, or one right before or after it, was noted; with names_once, ever. */
bool told_before(const struct told *told, const struct session *login);

/*
 * Two tell of the same logins, one of whom has no names for them: each login of the one is paired with
 * one of the other, of the same user in the same process at that time. LOGIN, which has a name, or
 * has none: whether the other told of it before. If not, the other will.
 */
bool told_claim(struct told *told, struct view *view, const struct session *login);
bool told_meet(struct told *told, const struct session *login);

/*
 * The open session with LIKE's service, user and store_id; its user may be empty, for anybody.
 * 1 or 0; also 0 if several had it.
 */
int told_session(const struct told *told, struct view *view, const struct session *like,
    struct session *session);

/* The same, only by the open sessions of LIKE's process. */
int told_in_process(
    struct view *view, const struct session *like, struct session *session);

size_t told_count(const struct told *told);

#endif
