/* SPDX-License-Identifier: ISC */
/*
 * The sessions of webmail: which there are, what begins and ends them, and what of it is
 * written. They are rows of SERVICE_HTTP in the store, without a process; when one was last seen is written
 * seldom, since each click tells it. Where such sessions are not listed, only accesses are
 * recorded. All of one writing thread; a function that returns -1 says why, and then the view
 * can only be aborted.
 */
#ifndef IMSC_WEB_H
#define IMSC_WEB_H

#include "agent/collect/listing.h"
#include "agent/conf.h"
#include "agent/store/session.h"

struct web;

/* CONF is read at every call and must outlive it. */
struct web *web_new(const struct conf *conf);
void web_free(struct web *web);

/* Learns of the store's sessions, as far as it does not know them: at first, and when a view
 * was aborted. */
void web_load(struct web *web, struct view *view);

/* What may come of a connection that is of no known session. */
enum web_beginning {
	WEB_NO_SESSION,
	WEB_SESSION,      /* one begins */
	WEB_COUNTED_LOGIN /* it counts as a login, too */
};

/*
 * A connection of webmail that began as LOGIN says; its process is 0 if it is over. Returns 1
 * if a session begins, which is then BEGUN, with LOGIN's texts or its own, until the next
 * call; else 0.
 */
int web_connect(struct web *web, struct view *view, const struct session *login,
    enum web_beginning beginning, struct session *begun, struct error *err);

/*
 * A process ended, at AT_US, and with it its connections; or, if they may go on in another one,
 * those that the next listing does not have.
 */
void web_process_ended(struct web *web, uint32_t pid, int64_t at_us, bool may_move);

/* What webmail itself tells. */
enum web_event_kind {
	WEB_LOGIN,
	WEB_LOGOUT,
	WEB_ALIVE
};

struct web_event {
	enum web_event_kind kind;
	struct text user;
	struct text auth_user; /* whose credentials were used, if another user's */
	struct text id;        /* webmail's own of its session */
	struct endpoint remote;
	struct endpoint local;
	int64_t time_us; /* when it was */
	int64_t told_us; /* when we heard of it */
};

enum web_answer {
	WEB_OK,
	WEB_DISCONNECTED, /* the session was ended on request: webmail has to end it, too */
	WEB_FULL          /* there are too many to take one more */
};

/* As web_connect(); ANSWER is what webmail is to be told. */
int web_tell(struct web *web, struct view *view, const struct web_event *event,
    enum web_answer *answer, struct session *begun, struct error *err);

/* Ends sessions that are over at NOW_US, LIMIT at most. Due: there is one. */
bool web_is_due(const struct web *web, int64_t now_us);
int web_end_due(struct web *web, struct view *view, int64_t now_us, size_t limit,
    struct error *err);

/* Writes when all sessions were last seen, for it is NOW_US, and then nobody will know. */
int web_write(struct web *web, struct view *view, int64_t now_us, struct error *err);

/* The processes of the connections that a session of USER has open, MAX of them at most. */
size_t web_processes(const struct web *web, struct text user, uint32_t number,
    uint32_t *pids, size_t max);

/*
 * Takes a row of a listing that was asked for at ASKED_US if it is of a known connection of
 * webmail. It need not be of one of webmail's hosts.
 */
bool web_take_row(
    struct web *web, struct view *view, const struct listed *row, int64_t asked_us);
/*
 * When all rows were offered to that: takes a row that nobody was known of if it is of such a
 * connection that is not listed where it was, and so went to another process.
 */
bool web_take_moved(
    struct web *web, struct view *view, const struct listed *row, int64_t asked_us);
/*
 * The listing is done: connections that were not in it are over; or, where they may go to another
 * process, if they were in none for HANDOVER_US.
 */
void web_listed(struct web *web, int64_t asked_us, int64_t handover_us);
/*
 * Whether the store would not know that a session was alive whose connection stays open, and
 * writing it.
 */
bool web_is_unwritten(const struct web *web);
int web_write_open(struct web *web, struct view *view, struct error *err);

#endif
