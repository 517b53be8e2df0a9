/* SPDX-License-Identifier: ISC */
/* Inside the collector only: its state, and what its parts do for each other. */
#ifndef IMSC_COLLECTOR_STATE_H
#define IMSC_COLLECTOR_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/collect/alarm_watch.h"
#include "agent/collect/backend.h"
#include "agent/collect/child.h"
#include "agent/collect/collector.h"
#include "agent/collect/feed.h"
#include "agent/collect/hook.h"
#include "agent/collect/join.h"
#include "agent/collect/kick.h"
#include "agent/collect/moves.h"
#include "agent/collect/user_watch.h"
#include "agent/collect/watch.h"
#include "agent/collect/web.h"
#include "agent/store/session.h"
#include "agent/store/user.h"

enum {
	KICKS_AT_ONCE = 64,
	MOVE_SECONDS = 1, /* after which a poll looks where a session went */
	/*
	 * So long a session may be listed in neither of two processes, or in both. Longer than
	 * Dovecot's processes take to hand one over, and shorter than MOVE_SECONDS.
	 */
	HANDOVER_US = 900 * 1000
};

/* What operators are told. */
struct notices {
	struct notice_queue *queue;
	struct alarm_switches *switches;
	struct event *switched;
	struct alarm_watch *alarms;
	struct user_watch *users;
	struct gate failure; /* that the mail server cannot be asked */
	bool fails;
	bool due;     /* at the end of the turn, even if nothing was written */
	bool changed; /* what is to be written of the failure */
	bool written; /* durable with the turn's commit */
};

/* The unblocking that is under way. */
struct collector_block {
	struct hook hook;
	struct hook_run *run; /* NULL: none is */
	char user[USER_NAME_MAX];
	int64_t since_us;      /* of the block that ends */
	struct user_key tried; /* the last block that was looked at */
	bool failed;           /* one of those could not be ended */
	int64_t retry_us;      /* not before; monotonic */
};

/* The listing of last accesses by POP that is under way. */
struct collector_pop {
	struct child *child; /* NULL: none is */
	void (*done)(struct collector *collector);
	uint32_t refused; /* lines */
	uint32_t written; /* accesses */
	bool failed;      /* said */
};

/* A session of whose login nobody has told yet. */
struct unsaid {
	struct session_key key;
	int64_t created_us;
};

/* The oldest first. */
struct unsaid_list {
	struct unsaid *all;
	size_t count;
	size_t capacity;
};

struct collector {
	struct conf conf;
	struct store *store;
	struct health_board *board;
	struct health health;
	struct kick_queue *queue;
	struct event_base *base;
	const struct backend *backend;
	void *backend_state;
	struct tcp *tcp; /* NULL: not needed yet */
	void *news;      /* the backend's feed; NULL if it tells nothing by itself */
	struct event *news_ready;
	bool news_taken; /* a batch is to be answered at the end of the turn */
	struct collector_log *log; /* NULL if none is read */
	struct web *web;           /* NULL if the mail server is not asked */
	bool web_stale;            /* the store may not be as it knows it */
	int64_t ended_looked_us; /* when it last looked at what was ended; monotonic */
	struct feed *feed;       /* NULL if webmail tells nothing */
	bool feed_made;          /* its socket is ours, not a service manager's */
	struct unsaid_list unsaid;
	struct watch *watch;
	struct notices notices;
	struct event *housekeeping;

	/* From other threads. */
	struct event *wake;
	int wake_fd;
	atomic_bool stopping;
	pthread_mutex_t lock;
	struct conf *next_conf;

	/* Writing: everything of one turn of the loop is one commit. */
	struct view *writer;  /* NULL while nothing is to be written */
	bool turn_failed;     /* nothing more can be written in this turn */
	struct error failure; /* why */
	bool store_lost;      /* said */

	/* The poll under way. */
	struct event *poll_timer;
	int64_t poll_due_us; /* monotonic */
	struct event *slice; /* goes on with the join in the next turn */
	struct view *reader;
	struct listing listing;
	struct join join;
	struct moves *moves;
	bool settling;      /* the join is done, and who moved is looked for */
	bool sessions_wait; /* for the next poll, to see whether they moved */
	bool polling;
	bool poll_again; /* at once, when the poll under way is over */
	bool
	    thorough; /* the next join looks at every session: what is listed has changed */
	bool server_lost;         /* said */
	int64_t started_us;       /* monotonic */
	int64_t previous_us;      /* when the last good listing was asked for */
	int64_t down_us;          /* when the mail server was last found not to run */
	int64_t marked_us;        /* STORE_MARK_COLLECTED as it is in the store */
	struct user_key expiring; /* where the retention goes on */
	int64_t expired_us;       /* when it last came to the end; monotonic */

	/* The round of all sessions' connections. */
	struct event *activity;
	struct session_key activity_at; /* the last one of it */
	bool activity_lost;             /* said */

	/* The listing of all users. */
	struct event *users_timer; /* NULL if the backend lists none */
	struct child *users_child;
	uint32_t users_known; /* until now */
	uint32_t users_never_seen;
	bool users_failed; /* said */
	struct collector_pop pop;

	/* The kicks under way. */
	struct event *kick_ready;
	struct kick_run *kick_run;
	struct kick kicks[KICKS_AT_ONCE];
	const struct kick_target *targets[KICKS_AT_ONCE];
	size_t kick_count;

	struct collector_block block;
};

/* Writing. NULL if nothing can be written in this turn. */
struct view *collector_writer(struct collector *collector);
/* Makes what was written durable, before the loop runs. */
int collector_commit(struct collector *collector, struct error *err);
/* Gives the turn's changes up, because of FAILURE. */
void collector_write_failed(struct collector *collector, const struct error *failure);
/* Whether users of this service are listed, by the configuration. */
bool collector_lists(const struct collector *collector, enum service service);

/* Whether this session's login and logout are accesses of its user. */
bool collector_records(
    const struct collector *collector, const struct session *session);

/* Hears what the mail server tells by itself; FD is a socket of a service manager, or -1. */
int collector_news_open(struct collector *collector, int fd, struct error *err);
void collector_news_close(struct collector *collector);
/* Applies the last of it, when nothing else will be. */
void collector_news_end(struct collector *collector);
/* Applies what was told until now, if nothing else was in this turn. */
void collector_news_take(struct collector *collector);
/* The end of a process; the callback of the watch. */
void collector_on_exit(void *arg, uint32_t pid);
/* The mail server is gone: sessions whose processes have ended go on nowhere. */
void collector_end_dead(struct collector *collector);
/* Applies one login; its process is 0 if there is none that could be followed. */
int collector_write_login(struct collector *collector, struct view *view,
    const struct session *login, struct error *err);
/* What else is known of a session, if it is open. */
int collector_write_more(struct collector *collector, struct view *view,
    const struct session *login, struct error *err);
/* A session is over: the open one of that process and user, or one that is no row. */
int collector_write_logout(struct collector *collector, struct view *view,
    const struct session *logout, int64_t ended_us, struct error *err);
/* Takes the sessions from the store that ended while nobody looked; watches the others. */
int collector_resume(struct collector *collector, struct error *err);

/* Whether the login of a session that a poll saw first may be told of later. */
bool collector_may_be_told(
    const struct collector *collector, const struct session *session);
/* Then it is an access only when nobody did for a while. */
void collector_unsaid_add(struct collector *collector, const struct session *session);
void collector_unsaid_look(struct collector *collector);

/*
 * The mail server's log, if one is to be read: first what was written while nobody looked; then
 * from BEGIN to END, both in the thread of the loop, since libsystemd keeps a journal to a
 * thread.
 */
int collector_log_open(struct collector *collector, struct error *err);
void collector_log_begin(struct collector *collector);
void collector_log_end(struct collector *collector);
void collector_log_close(struct collector *collector);
/*
 * Of a login that something else than the log tells: whether the log told of it already, and its
 * session is over or elsewhere; and to be remembered, if not.
 */
bool collector_log_skips(
    struct collector *collector, struct view *view, const struct session *login);
/* Whether the log told of a login that has no name here; once of each. */
bool collector_log_named(struct collector *collector, const struct session *login);
void collector_log_note(
    struct collector *collector, struct view *view, const struct session *login);
/* A login and a logout that it tells; TOLD remembers them. COUNTS: it was not before our time. */
struct told;
int collector_told_login(struct collector *collector, struct told *told,
    struct view *view, const struct session *login, bool counts, struct error *err);
int collector_told_logout(struct collector *collector, struct told *told,
    struct view *view, const struct session *logout, struct error *err);
void collector_told_note(struct collector *collector, struct told *told,
    struct view *view, const struct session *login);
/* What was told of in this turn could not be written. */
void collector_log_give_up(struct collector *collector);

/* Webmail: its sessions, and what it tells of them. */
int collector_web_open(struct collector *collector, struct error *err);
int collector_feed_open(struct collector *collector, int fd, struct error *err);
void collector_web_close(struct collector *collector);
/* A login of a connection that is webmail's. */
int collector_web_login(struct collector *collector, struct view *view,
    const struct session *login, struct error *err);
/* Takes the rows that are webmail's out of the listing, before it is joined; then its end. */
void collector_web_listing(struct collector *collector);
void collector_web_listed(struct collector *collector);
/* Whether a row that nobody was known of is webmail's, from another process. */
bool collector_web_takes_moved(struct collector *collector, const struct listed *row);
/* Whether it may be webmail's, as its login may tell yet. */
bool collector_web_may_take(struct collector *collector, const struct listed *row);
/* What ends by itself: once a second. */
void collector_web_look(struct collector *collector);
/* Writes what the store does not have, at the end. */
void collector_web_write(struct collector *collector);

/* Polls. */
void collector_poll_open(struct collector *collector);
void collector_poll_close(struct collector *collector);
/* Polls at once, or as soon as the poll under way is over. */
void collector_poll_soon(struct collector *collector);
/* Polls shortly: a process ended, and its session may go on in another one. */
void collector_poll_for_moves(struct collector *collector);
/* Ends a poll: a good one, and any other. */
void collector_poll_succeed(struct collector *collector);
void collector_poll_finish(struct collector *collector);
/* Publishes the health as it is now. */
void collector_publish(struct collector *collector);

/*
 * Brings the poll's answer into the store, in this turn and the next ones; then the poll
 * succeeds, or finishes.
 */
int collector_join_begin(struct collector *collector, struct error *err);
void collector_on_slice(evutil_socket_t fd, short what, void *arg);
void collector_join_end(struct collector *collector);
/* When the session's process was seen to end; 0 if it was not. */
int64_t collector_ended_us(
    const struct collector *collector, const struct session *session);
/* What a row says of its session: where it is now. */
int collector_place_session(struct collector *collector, struct session *session,
    const struct listed *row, struct error *err);
/* It is over; LOGOUT: its user left. */
int collector_end_session(struct collector *collector, const struct session *session,
    bool logout, struct error *err);
/*
 * Takes the next process, or session, of the poll's that moved, came, or left, and adds to
 * CHANGES. 1 if there was one, 0 if there is no other, -1 for a failure.
 */
int collector_settle(struct collector *collector, int *changes, struct error *err);
/* Whether a row was in no poll before this one. To be asked of it in every poll. */
bool collector_row_is_fresh(struct collector *collector, const struct listed *row);

/* Notices: before the turn's commit, and after it. */
void collector_notice_look(struct collector *collector);
void collector_notice_durable(struct collector *collector);
void collector_notice_open(struct collector *collector);
void collector_notice_configure(struct collector *collector);
void collector_notice_close(struct collector *collector);
/* The picture to read from: with what was written in this turn. Released by its end. */
struct view *collector_view(struct collector *collector, struct error *err);

/* What sessions transfer. */
void collector_activity_open(struct collector *collector);
void collector_activity_close(struct collector *collector);
/* Begins another round when its time comes, as the configuration has it now. */
void collector_activity_soon(struct collector *collector);

/* Listing all users. */
void collector_users_open(struct collector *collector);
void collector_users_close(struct collector *collector);
/* Lists them soon, if they are to be listed; if not, they are no longer known. */
void collector_users_soon(struct collector *collector);

/*
 * Takes over the last accesses by POP that the mail server keeps, and calls DONE at the end. False
 * if it keeps none, or none is recorded.
 */
bool collector_pop_start(
    struct collector *collector, void (*done)(struct collector *collector));
void collector_pop_close(struct collector *collector);

/* Unblocks users whose time has come; one call starts one at most. */
void collector_block_look(struct collector *collector);
void collector_block_close(struct collector *collector);

/* Kicks. */
void collector_kick_open(struct collector *collector);
void collector_kick_close(struct collector *collector);

#endif
