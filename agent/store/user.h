/* SPDX-License-Identifier: ISC */
/* The users who are connected or whose access was recorded, by key. */
#ifndef IMSC_STORE_USER_H
#define IMSC_STORE_USER_H

#include "agent/store/store.h"
#include "agent/user_key.h"

/* 1 if found, else 0. The name may point into KEY. */
int user_get(struct view *view, const struct user_key *key, struct user *user);
/* As user_get(), for a whole name; 0 for a name that can have no key. */
int user_find(struct view *view, struct text name, struct user *user);

/*
 * The first user whose key is KEY (unless AFTER) or comes after it and whose access to
 * HAVING is recorded; SERVICE_ALL: to any service; SERVICE_NONE: every user. FOUND gets his
 * key. A key with length 0 begins.
 */
int user_seek(struct view *view, enum service having, const struct user_key *key,
    bool after, struct user_key *found, struct user *user);

/*
 * The user after the one that user_seek(), with SERVICE_NONE, or this found last in the same
 * picture, and the octets of his key, borrowed as he is.
 */
int user_next(struct view *view, struct text *key, struct user *user);

/* Records a login without a session: of a service whose users are not listed. */
int user_record_login(struct view *view, enum service service, struct text name,
    int64_t login_us, const struct address *address, struct error *err);

/* Records a logout without a session, of a user whose login at SERVICE is recorded. */
int user_record_logout(struct view *view, enum service service, struct text name,
    int64_t logout_us, struct error *err);

/*
 * Forgets users who have no session and whose last access is older than BEFORE_US. Looks at
 * no more than LIMIT users after KEY, and leaves in KEY where to go on, length 0 at the end.
 */
int user_expire(struct view *view, int64_t before_us, size_t limit,
    struct user_key *key, size_t *forgotten, struct error *err);

#endif
