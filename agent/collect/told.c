/* SPDX-License-Identifier: ISC */
/* The logins that were told of: a search tree of their marks, and the order they came in. */
#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/told.h"

enum {
	LOOKED_AT = 2, /* of the oldest, with each one that comes */
	/* Two sources of one login, one of which may know seconds only. */
	SAME_US = 2 * CLOCK_SECOND_US
};

struct noted {
	struct told_login login; /* first: the tree compares its mark */
	char *user;
	TAILQ_ENTRY(noted) next;
};

struct told {
	size_t keep;
	bool names_once;
	size_t count;
	void *tree;
	TAILQ_HEAD(, noted) by_age; /* the oldest first */
};

static int
compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static uint64_t
mark_of(const struct told *told, const struct session *session)
{
	static const struct address nowhere;
	struct text user = told->names_once ? (struct text){ 0 } : session->user;

	return session_mark(session->service, user, &nowhere, NULL) ^
	    session_mark(SERVICE_NONE, session->store_id, &nowhere, NULL) * 3;
}

struct told *
told_new(size_t keep, bool names_once)
{
	struct told *told = xcalloc(1, sizeof *told);

	told->keep = keep;
	told->names_once = names_once;
	TAILQ_INIT(&told->by_age);
	return told;
}

static void
forget(struct told *told, struct noted *entry)
{
	TAILQ_REMOVE(&told->by_age, entry, next);
	tdelete(entry, &told->tree, compare);
	free(entry->user);
	free(entry);
	told->count--;
}

void
told_free(struct told *told)
{
	if (told == NULL)
		return;
	while (!TAILQ_EMPTY(&told->by_age))
		forget(told, TAILQ_FIRST(&told->by_age));
	free(told);
}

/* The session of a login, if it is open and still has its name. */
static int
get(const struct told *told, struct view *view, const struct told_login *login,
    struct session *session)
{
	return login->session.number != 0 &&
	    session_get(view, login->session, session) &&
	    session->store_id.length > 0 && mark_of(told, session) == login->mark;
}

static void
look_at_oldest(struct told *told, struct view *view)
{
	for (int i = 0; i < LOOKED_AT && told->count > told->keep; i++) {
		struct noted *entry = TAILQ_FIRST(&told->by_age);
		struct session session;

		if (!get(told, view, &entry->login, &session)) {
			forget(told, entry);
			continue;
		}
		TAILQ_REMOVE(&told->by_age, entry, next);
		TAILQ_INSERT_TAIL(&told->by_age, entry, next);
	}
}

static struct noted *
make_entry(struct told *told, uint64_t mark)
{
	struct noted *entry = xcalloc(1, sizeof *entry);
	struct noted **found;

	entry->login.mark = mark;
	found = xchecked(tsearch(entry, &told->tree, compare));
	if (*found != entry) {
		free(entry);
		return *found;
	}
	TAILQ_INSERT_TAIL(&told->by_age, entry, next);
	told->count++;
	return entry;
}

/* Of a login that has no name, by its process. */
static uint64_t
nameless_mark(const struct session *session)
{
	static const struct address nowhere;

	return session_mark(session->service, session->user, &nowhere, NULL) +
	    session->process.pid;
}

/* What was told lately of a user's logins in a process, with and without names; NULL: LOGIN is old. */
static struct told_login *
recent(struct told *told, const struct session *login)
{
	struct told_login *noted = &make_entry(told, nameless_mark(login))->login;

	if (login->login_us < noted->login_us - SAME_US)
		return NULL;
	if (login->login_us > noted->login_us + SAME_US) {
		noted->nameless = 0;
		noted->named = 0;
	}
	if (login->login_us > noted->login_us)
		noted->login_us = login->login_us;
	return noted;
}

static void
note_nameless(struct told *told, const struct session *login, bool records)
{
	struct told_login *noted = recent(told, login);

	if (noted == NULL)
		return;
	noted->nameless++;
	noted->records = records;
}

static void
set_user(struct noted *entry, struct text user)
{
	if (entry->user != NULL && text_equal(entry->login.user, user))
		return;
	free(entry->user);
	entry->user = xmemdup0(user.data, user.length);
	entry->login.user = (struct text){ entry->user, user.length };
}

void
told_note(struct told *told, struct view *view, const struct session *login,
    struct session_key session, bool records)
{
	struct noted *entry;
	struct told_login *noted;
	struct session other;

	look_at_oldest(told, view);
	if (login->store_id.length == 0) {
		if (login->process.pid != 0)
			note_nameless(told, login, records);
		return;
	}
	entry = make_entry(told, mark_of(told, login));
	noted = &entry->login;
	if (!told->names_once && noted->session.number != session.number &&
	    get(told, view, noted, &other))
		noted->several = true;
	set_user(entry, login->user);
	noted->session = session;
	noted->login_us = login->login_us;
	noted->records = records;
}

void
told_fill(struct told *told, struct view *view)
{
	struct session_key key = { 0 };
	struct session session;

	while (session_seek(view, SESSION_STORE_ID, key, true, &session)) {
		key = (struct session_key){ session.service, session.number };
		told_note(told, view, &session, key, false);
	}
}

static struct told_login *
find(const struct told *told, const struct session *like)
{
	uint64_t mark = mark_of(told, like);
	void *node = tfind(&mark, &told->tree, compare);

	return node && like->store_id.length > 0 ? &(*(struct noted **)node)->login :
						   NULL;
}

const struct told_login *
told_find(const struct told *told, const struct session *like)
{
	return find(told, like);
}

void
told_leave(struct told *told, const struct session *logout)
{
	struct told_login *noted = find(told, logout);

	if (noted != NULL)
		noted->records = false;
}

bool
told_before(const struct told *told, const struct session *login)
{
	const struct told_login *noted = told_find(told, login);

	if (noted == NULL)
		return false;
	return told->names_once ? text_equal(noted->user, login->user) :
				  llabs(noted->login_us - login->login_us) <= SAME_US;
}

/* Whether SESSION, of the mark or the process that was looked for, is what LIKE is about. */
static bool
is_like(const struct session *session, const struct session *like)
{
	return session->service == like->service &&
	    (like->user.length == 0 || text_equal(session->user, like->user)) &&
	    text_equal(session->store_id, like->store_id);
}

bool
told_claim(struct told *told, struct view *view, const struct session *login)
{
	struct told_login *noted;

	if (login->store_id.length == 0 || login->process.pid == 0)
		return false;
	noted = recent(told, login);
	if (noted == NULL)
		return false;
	if (noted->nameless == 0) {
		noted->named++;
		return false;
	}
	noted->nameless--;
	told_note(told, view, login, (struct session_key){ 0 }, noted->records);
	return true;
}

bool
told_meet(struct told *told, const struct session *login)
{
	struct told_login *noted;

	if (login->store_id.length > 0 || login->process.pid == 0)
		return false;
	noted = recent(told, login);
	if (noted == NULL || noted->named == 0)
		return false;
	noted->named--;
	return true;
}

int
told_session(const struct told *told, struct view *view, const struct session *like,
    struct session *session)
{
	const struct told_login *noted = told_find(told, like);

	return noted != NULL && !noted->several && get(told, view, noted, session) &&
	    is_like(session, like);
}

size_t
told_count(const struct told *told)
{
	return told->count;
}

int
told_in_process(struct view *view, const struct session *like, struct session *session)
{
	struct session_ref ref = { .pid = like->process.pid };

	while (session_seek_process(view, &ref) && ref.pid == like->process.pid)
		if (session_get(view, ref.session, session) && is_like(session, like))
			return 1;
	return 0;
}
