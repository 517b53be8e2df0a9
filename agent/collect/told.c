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
	TAILQ_ENTRY(noted) next;
};

struct told {
	size_t keep;
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
mark_of(const struct session *session)
{
	static const struct address nowhere;

	return session_mark(session->service, session->user, &nowhere, NULL) ^
	    session_mark(SERVICE_NONE, session->store_id, &nowhere, NULL) * 3;
}

struct told *
told_new(size_t keep)
{
	struct told *told = xcalloc(1, sizeof *told);

	told->keep = keep;
	TAILQ_INIT(&told->by_age);
	return told;
}

static void
forget(struct told *told, struct noted *entry)
{
	TAILQ_REMOVE(&told->by_age, entry, next);
	tdelete(entry, &told->tree, compare);
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
get(struct view *view, const struct told_login *login, struct session *session)
{
	return login->session.number != 0 &&
	    session_get(view, login->session, session) &&
	    session->store_id.length > 0 && mark_of(session) == login->mark;
}

static void
look_at_oldest(struct told *told, struct view *view)
{
	for (int i = 0; i < LOOKED_AT && told->count > told->keep; i++) {
		struct noted *entry = TAILQ_FIRST(&told->by_age);
		struct session session;

		if (!get(view, &entry->login, &session)) {
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

static void
note_nameless(struct told *told, const struct session *login, bool records)
{
	struct told_login *noted = &make_entry(told, nameless_mark(login))->login;

	if (login->login_us - noted->login_us > SAME_US)
		noted->nameless = 0;
	noted->nameless++;
	noted->login_us = login->login_us;
	noted->records = records;
}

void
told_note(struct told *told, struct view *view, const struct session *login,
    struct session_key session, bool records)
{
	struct told_login *noted;
	struct session other;

	look_at_oldest(told, view);
	if (login->store_id.length == 0) {
		if (login->process.pid != 0)
			note_nameless(told, login, records);
		return;
	}
	noted = &make_entry(told, mark_of(login))->login;
	if (noted->session.number != session.number && get(view, noted, &other))
		noted->several = true;
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

const struct told_login *
told_find(const struct told *told, const struct session *like)
{
	uint64_t mark = mark_of(like);
	void *node = tfind(&mark, &told->tree, compare);

	return node && like->store_id.length > 0 ? &(*(struct noted **)node)->login :
						   NULL;
}

bool
told_before(const struct told *told, const struct session *login)
{
	const struct told_login *noted = told_find(told, login);

	return noted != NULL && llabs(noted->login_us - login->login_us) <= SAME_US;
}

bool
told_claim(struct told *told, struct view *view, const struct session *login)
{
	uint64_t mark = nameless_mark(login);
	void *node = tfind(&mark, &told->tree, compare);
	struct told_login *noted = node ? &(*(struct noted **)node)->login : NULL;

	if (noted == NULL || noted->nameless == 0 || login->store_id.length == 0 ||
	    llabs(noted->login_us - login->login_us) > SAME_US)
		return false;
	noted->nameless--;
	told_note(told, view, login, (struct session_key){ 0 }, noted->records);
	return true;
}

int
told_session(const struct told *told, struct view *view, const struct session *like,
    struct session *session)
{
	const struct told_login *noted = told_find(told, like);

	return noted != NULL && !noted->several && get(view, noted, session) &&
	    session->service == like->service &&
	    text_equal(session->user, like->user) &&
	    text_equal(session->store_id, like->store_id);
}

size_t
told_count(const struct told *told)
{
	return told->count;
}
