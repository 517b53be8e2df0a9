/* SPDX-License-Identifier: ISC */
/*
 * The sessions of webmail in memory: found by their users and by the processes of their
 * connections, and kept in the order in which they were last seen. The store has all of it but
 * the connections, and when a session was last seen to the second.
 */
#ifndef IMSC_WEB_INDEX_H
#define IMSC_WEB_INDEX_H

#include <sys/queue.h>

#include "agent/model.h"

struct web_connection;
struct web_user;

struct web_session {
	uint32_t number;       /* of SERVICE_HTTP */
	uint64_t name;         /* web_index_hash() of its store_id */
	uint64_t auth_user;    /* likewise; 0: the user himself */
	bool told;             /* webmail has told of it, not only a connection */
	struct address remote; /* where its user came from last */
	int64_t seen_us;
	int64_t written_us; /* as the store has it */
	size_t open;        /* connections */
	uint64_t search;    /* the last one that it was found not to be for */
	/* The index's own: */
	struct web_user *user;
	LIST_HEAD(, web_connection) connections;
	LIST_ENTRY(web_session) of_user;
	TAILQ_ENTRY(web_session) by_age; /* while nothing is open */
};

struct web_index;

struct web_index *web_index_new(void);
void web_index_free(struct web_index *index);

/* A number for a text; 0 for an empty one. */
uint64_t web_index_hash(struct text text);

/* How many there are. */
size_t web_index_count(const struct web_index *index);

/* A session as the store has it. It lives until web_index_remove(). */
struct web_session *web_index_add(struct web_index *index, const struct session *row);
/* Forgets it, and its connections. */
void web_index_remove(struct web_index *index, struct web_session *session);

/* The sessions of USER, in no order; among them may be some of others. NULL: no more. */
struct web_session *web_index_first(const struct web_index *index, struct text user);
struct web_session *web_index_next(const struct web_session *session);

/* It was seen at AT_US, if it was not seen later. */
void web_index_see(struct web_index *index, struct web_session *session, int64_t at_us);
/* Those that have nothing open, the one first that was not seen for longest; then NULL. */
struct web_session *web_index_oldest(const struct web_index *index);
struct web_session *web_index_younger(const struct web_session *session);

/* A connection of SESSION, which process PID serves since BEGUN_US; known once. */
void web_index_open(struct web_index *index, struct web_session *session, uint32_t pid,
    int64_t begun_us);
/* The processes of the session's connections, MAX of them at most. */
size_t web_index_processes(
    const struct web_session *session, uint32_t *pids, size_t max);
/*
 * Process PID ended: its connections that began until AT_US are forgotten, as of then. UNLISTED:
 * not before web_index_close_unlisted(), if it is to forget them.
 */
void web_index_close(
    struct web_index *index, uint32_t pid, int64_t at_us, bool unlisted);

/*
 * The sessions that have a connection of process PID: calls SEES with each, until that says
 * that this one is listed at LISTED_US. Whether one was.
 */
typedef bool web_index_sees(void *arg, const struct web_session *session);
bool web_index_list(struct web_index *index, uint32_t pid, int64_t listed_us,
    web_index_sees *sees, void *arg);
/* One of SESSION's connections that was not listed at LISTED_US is now of process PID. */
bool web_index_move(struct web_index *index, struct web_session *session, uint32_t pid,
    int64_t listed_us);
/*
 * Forgets the connections that were not listed at LISTED_US, but those that began since
 * BEGUN_US and whose process lives.
 */
void web_index_close_unlisted(
    struct web_index *index, int64_t begun_us, int64_t listed_us);
/* The sessions that have something open, some perhaps twice: AFTER is NULL at first. */
struct web_connection *web_index_next_open(
    const struct web_index *index, const struct web_connection *after);
struct web_session *web_connection_session(const struct web_connection *connection);
/* Forgets all connections: their sessions were seen at AT_US. */
void web_index_close_all(struct web_index *index, int64_t at_us);

#endif
