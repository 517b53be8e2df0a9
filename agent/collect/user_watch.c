/* SPDX-License-Identifier: ISC */
/*
 * Users by a hash of their name: those who were disconnected lately, in a search tree and in
 * the order of time; and, in a table where a new one may take an old one's place, when which
 * user was last told of.
 */
#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/user_watch.h"
#include "agent/store/audit.h"
#include "agent/store/user.h"

#define MARK_AUDIT_TOLD "audit told"

enum {
	RECENT_SLOTS = 4096
};

struct disconnected {
	uint64_t user; /* first: the tree compares it */
	uint32_t audit;
	int64_t time_us;
	int64_t returned_us; /* not yet durable; else 0 */
	TAILQ_ENTRY(disconnected) next;
};

TAILQ_HEAD(disconnected_list, disconnected);

struct recent {
	uint64_t what; /* kind and user */
	int64_t time_us;
};

struct user_watch {
	const struct conf *conf;
	struct notice_queue *notices;
	uint32_t audit_told; /* the last audit row that was told of */
	bool changed;        /* that, and it is not yet durable */
	void *tree;
	struct disconnected_list by_time;
	struct disconnected_list returned; /* not in the tree */
	struct recent recent[RECENT_SLOTS];
};

static int
compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static uint64_t
hash_user(enum notice_kind kind, struct text user)
{
	const struct address none = { 0 };

	return session_mark((enum service)kind, user, &none, NULL);
}

struct user_watch *
user_watch_new(const struct conf *conf, struct notice_queue *notices)
{
	struct user_watch *watch = xcalloc(1, sizeof *watch);

	TAILQ_INIT(&watch->by_time);
	TAILQ_INIT(&watch->returned);
	watch->conf = conf;
	watch->notices = notices;
	return watch;
}

static void
take_out(struct user_watch *watch, struct disconnected *one)
{
	TAILQ_REMOVE(&watch->by_time, one, next);
	tdelete(one, &watch->tree, compare);
}

static void
forget(struct user_watch *watch, struct disconnected *one)
{
	take_out(watch, one);
	free(one);
}

static void
forget_returned(struct user_watch *watch)
{
	struct disconnected *one;

	while ((one = TAILQ_FIRST(&watch->returned)) != NULL) {
		TAILQ_REMOVE(&watch->returned, one, next);
		free(one);
	}
}

void
user_watch_free(struct user_watch *watch)
{
	if (watch == NULL)
		return;
	while (!TAILQ_EMPTY(&watch->by_time))
		forget(watch, TAILQ_FIRST(&watch->by_time));
	forget_returned(watch);
	free(watch);
}

static int64_t
seconds(int count)
{
	return (int64_t)count * CLOCK_SECOND_US;
}

/* Whether the same was not told of this user just before; then it counts as told. */
static bool
passes(struct user_watch *watch, enum notice_kind kind, struct text user)
{
	uint64_t what = hash_user(kind, user);
	struct recent *slot = &watch->recent[what % RECENT_SLOTS];
	int64_t now_us = clock_monotonic_us();

	if (slot->what == what && slot->time_us != 0 &&
	    now_us - slot->time_us < seconds(watch->conf->notify_min_seconds)) {
		notice_queue_suppress(watch->notices, 1);
		return false;
	}
	*slot = (struct recent){ what, now_us };
	return true;
}

static struct disconnected *
find_disconnected(const struct user_watch *watch, struct text user)
{
	uint64_t wanted = hash_user(NOTICE_USER_RETURNED, user);
	void *node = tfind(&wanted, &watch->tree, compare);

	return node ? *(struct disconnected **)node : NULL;
}

static void
forget_old(struct user_watch *watch)
{
	int64_t since_us = clock_now_us() - seconds(watch->conf->returned_seconds);
	struct disconnected *oldest;

	while ((oldest = TAILQ_FIRST(&watch->by_time)) != NULL &&
	    oldest->time_us < since_us)
		forget(watch, oldest);
}

/* Only who lost a session can come back. */
static void
remember(struct user_watch *watch, const struct audit *audit)
{
	struct disconnected *one = find_disconnected(watch, audit->user);

	if (one != NULL)
		forget(watch, one);
	if (audit->ended == 0 || audit->returned_us != 0)
		return;
	one = xcalloc(1, sizeof *one);
	one->user = hash_user(NOTICE_USER_RETURNED, audit->user);
	one->audit = audit->number;
	one->time_us = audit->time_us;
	tsearch(one, &watch->tree, compare);
	TAILQ_INSERT_TAIL(&watch->by_time, one, next);
	forget_old(watch);
}

void
user_watch_resume(struct user_watch *watch, struct view *view)
{
	struct audit audit = { 0 };

	watch->audit_told = (uint32_t)store_get_mark(view, MARK_AUDIT_TOLD);
	while (audit_seek(view, audit.number, true, &audit) &&
	    audit.number <= watch->audit_told)
		remember(watch, &audit);
}

static void
tell(struct user_watch *watch, struct notice notice)
{
	notice.time_us = clock_now_us();
	notice_queue_push(watch->notices, &notice);
}

/* He is back once for each time he was disconnected. */
static void
tell_return(struct user_watch *watch, struct view *view, struct disconnected *one,
    const struct user *user, int64_t login_us)
{
	struct audit audit;

	if (login_us <= one->time_us || !audit_seek(view, one->audit, false, &audit) ||
	    audit.number != one->audit || !text_equal(audit.user, user->name))
		return;
	take_out(watch, one);
	one->returned_us = login_us;
	TAILQ_INSERT_TAIL(&watch->returned, one, next);
	if (passes(watch, NOTICE_USER_RETURNED, user->name))
		tell(watch,
		    (struct notice){
			.kind = NOTICE_USER_RETURNED, .audit = audit, .user = *user });
}

void
user_watch_session(
    struct user_watch *watch, struct view *view, const struct session *session)
{
	uint32_t limit = (uint32_t)watch->conf->user_sessions;
	struct user user;

	if (limit != 0 && user_find(view, session->user, &user) &&
	    user.sessions == limit + 1 &&
	    passes(watch, NOTICE_USER_SESSIONS_HIGH, user.name))
		tell(watch,
		    (struct notice){ .kind = NOTICE_USER_SESSIONS_HIGH, .user = user });
}

/* With another user's credentials nobody shows that he knows the password. */
void
user_watch_login(
    struct user_watch *watch, struct view *view, const struct session *login)
{
	struct disconnected *one;
	struct user user;

	forget_old(watch);
	if (login->auth_user.length > 0)
		return;
	one = find_disconnected(watch, login->user);
	if (one != NULL && user_find(view, login->user, &user))
		tell_return(watch, view, one, &user, login->login_us);
}

/* Clients come back at once: often before it is known what became of the request. */
static void
look_for_return(struct user_watch *watch, struct view *view, struct text name)
{
	struct disconnected *one = find_disconnected(watch, name);
	int64_t login_us = 0;
	struct user user;

	if (one == NULL || !user_find(view, name, &user))
		return;
	for (size_t i = 0; i < user.naccess; i++)
		if (user.access[i].login_us > login_us)
			login_us = user.access[i].login_us;
	tell_return(watch, view, one, &user, login_us);
}

static void
tell_audit(struct user_watch *watch, struct view *view, const struct audit *audit)
{
	if (audit->action != AUDIT_DISCONNECT)
		return;
	remember(watch, audit);
	if (audit->result != AUDIT_NOTHING &&
	    passes(watch, NOTICE_USER_DISCONNECTED, audit->user))
		tell(watch,
		    (struct notice){
			.kind = NOTICE_USER_DISCONNECTED, .audit = *audit });
	look_for_return(watch, view, audit->user);
}

/* A row that could not be written is not there; the next one has its number. */
void
user_watch_audit(struct user_watch *watch, struct view *view)
{
	struct audit audit;
	uint32_t last;

	if (audit_last(view, &last) && last < watch->audit_told)
		watch->audit_told = last;
	while (audit_seek(view, watch->audit_told, true, &audit)) {
		watch->audit_told = audit.number;
		watch->changed = true;
		tell_audit(watch, view, &audit);
	}
}

bool
user_watch_is_changed(const struct user_watch *watch)
{
	return watch->changed || !TAILQ_EMPTY(&watch->returned);
}

int
user_watch_write(const struct user_watch *watch, struct view *view, struct error *err)
{
	const struct disconnected *one;

	TAILQ_FOREACH(one, &watch->returned, next)
	if (audit_set_returned(view, one->audit, one->returned_us, err) == -1)
		return -1;
	return store_set_mark(view, MARK_AUDIT_TOLD, watch->audit_told, err);
}

void
user_watch_written(struct user_watch *watch)
{
	watch->changed = false;
	forget_returned(watch);
}
