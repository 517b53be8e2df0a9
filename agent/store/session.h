/* SPDX-License-Identifier: ISC */
/* The sessions that are open now, by service and number; and by process. */
#ifndef IMSC_STORE_SESSION_H
#define IMSC_STORE_SESSION_H

#include "agent/store/store.h"

/* Which rows a search takes: every one, or those that have a certain thing. */
enum session_having {
	SESSION_ANY = 0,
	SESSION_MECHANISM = 16,
	SESSION_STORE_ID = 17,
	SESSION_AUTH_USER = 18,
	SESSION_MAILBOX = 19,
	SESSION_IDLE_TIME = 20,
	SESSION_OCTETS = 21
};

/* The highest number of a session: what an Integer32 of SNMP can be. */
#define SESSION_NUMBER_MAX ((uint32_t)INT32_MAX)

struct session_key {
	enum service service;
	uint32_t number;
};

/* 1 if found, else 0. */
int session_get(struct view *view, struct session_key key, struct session *session);

/* The first session HAVING that whose key is KEY (unless AFTER) or comes after it. */
int session_seek(struct view *view, enum session_having having, struct session_key key,
    bool after, struct session *session);

/* What the mail server told last of what a session does, without its words. */
struct session_told {
	uint64_t mailbox; /* a number that another one hardly has; 0: none */
	int64_t active_us;
};

struct session_told session_told(struct text mailbox, int64_t active_us);

/* A session as found by its process. */
struct session_ref {
	uint32_t pid;
	struct session_key session;
	uint64_t mark;            /* session_mark() of it; out only */
	struct session_told told; /* as it was written by session_update(); out only */
};

/*
 * A number that tells without reading a session whether it is such a one (FNV-1a). CONNECTION may
 * be NULL.
 */
uint64_t session_mark(enum service service, struct text user,
    const struct address *remote, const struct connection_id *connection);

/*
 * Sessions by rising pid, then service and number: makes REF the first one after it. 1 or
 * 0. { PID, { 0, 0 } } begins with the sessions of PID. Those without a process are not among
 * them.
 */
int session_seek_process(struct view *view, struct session_ref *ref);

/*
 * Adds a session and counts it; its number is given here. With RECORD_ACCESS the user's
 * login is recorded, too. LOGIN_COUNTS says that it is a login, not one that was
 * open when we came.
 */
int session_add(struct view *view, struct session *session, bool record_access,
    bool login_counts, struct error *err);

/* Writes what is now better known of the session with the same service and number. */
int session_update(struct view *view, const struct session *session, bool record_access,
    struct error *err);

/* Writes when and where a session was last seen; nothing if it is not there. */
int session_see(struct view *view, struct session_key key, int64_t seen_us,
    const struct address *remote, struct error *err);

/*
 * Writes what a session transferred, and when its client was last heard; nothing if it is not
 * there.
 */
int session_count(struct view *view, struct session_key key,
    const struct octets *octets, int64_t active_us, struct error *err);

/* Takes a session away, at END_US, as a logout of its user where accesses are recorded. */
int session_end(struct view *view, struct session_key key, int64_t end_us,
    bool record_access, struct error *err);

#endif
