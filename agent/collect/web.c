/* SPDX-License-Identifier: ISC */
/* The sessions of webmail: the store's rows, and what is known beyond them. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/reconcile.h"
#include "agent/collect/web_state.h"
#include "agent/store/user.h"

/* How long what was seen stays unwritten; of a short life, half of it. */
static const int64_t unwritten_us = 60LL * CLOCK_SECOND_US;

struct web *
web_new(const struct conf *conf)
{
	struct web *web = xcalloc(1, sizeof *web);

	web->conf = conf;
	web->index = web_index_new();
	return web;
}

void
web_free(struct web *web)
{
	if (web == NULL)
		return;
	web_index_free(web->index);
	free(web);
}

static const struct web_session *
find(const struct web *web, struct text user, uint32_t number)
{
	const struct web_session *session = web_index_first(web->index, user);

	while (session != NULL && session->number != number)
		session = web_index_next(session);
	return session;
}

void
web_load(struct web *web, struct view *view)
{
	struct session_key key = { SERVICE_HTTP, 0 };
	struct session row;

	while (session_seek(view, SESSION_ANY, key, true, &row) &&
	    row.service == SERVICE_HTTP) {
		key.number = row.number;
		if (session_is_web(&row) && find(web, row.user, row.number) == NULL)
			web_index_add(web->index, &row)->told = true;
	}
}

int64_t
web_life_us(const struct web *web)
{
	return (int64_t)web->conf->web_seconds * CLOCK_SECOND_US;
}

static int64_t
write_after_us(const struct web *web)
{
	int64_t half_us = web_life_us(web) / 2;

	return half_us < unwritten_us ? half_us : unwritten_us;
}

static struct session_key
key_of(const struct web_session *session)
{
	return (struct session_key){ SERVICE_HTTP, session->number };
}

static bool
is_over(const struct web *web, const struct web_session *session, int64_t at_us)
{
	return session->open == 0 && session->seen_us + web_life_us(web) <= at_us;
}

int
web_end(struct web *web, struct view *view, struct web_session *session,
    const struct session *row, int64_t end_us, bool record, struct error *err)
{
	int64_t login_us = row->login_us;
	struct session_key key = key_of(session);

	record = record && conf_records(web->conf, row->auth_user);
	web_index_remove(web->index, session);
	return session_end(
	    view, key, end_us > login_us ? end_us : login_us, record, err);
}

/* The command may have taken the row away: then the session is forgotten. */
static bool
read_row(struct web *web, struct view *view, struct web_session *session,
    struct session *row)
{
	if (session_get(view, key_of(session), row))
		return true;
	web_index_remove(web->index, session);
	return false;
}

int
web_end_stale(struct web *web, struct view *view, struct text user, int64_t at_us,
    struct error *err)
{
	struct web_session *session = web_index_first(web->index, user);
	struct session row;

	while (session != NULL) {
		struct web_session *next = web_index_next(session);

		if (is_over(web, session, at_us) &&
		    read_row(web, view, session, &row) &&
		    web_end(web, view, session, &row, session->seen_us, true, err) ==
			-1)
			return -1;
		session = next;
	}
	return 0;
}

static struct web_session *
find_best(const struct web *web, struct text user, web_rank *rank, const void *wanted)
{
	struct web_session *session = web_index_first(web->index, user);
	struct web_session *best = NULL;
	int best_rank = 0;

	for (; session != NULL; session = web_index_next(session)) {
		int fits =
		    session->search == web->search ? 0 : rank(web, session, wanted);

		if (fits == 0 || fits < best_rank ||
		    (fits == best_rank && session->seen_us <= best->seen_us))
			continue;
		best = session;
		best_rank = fits;
	}
	return best;
}

struct web_session *
web_pick(struct web *web, struct view *view, struct text user, web_rank *rank,
    const void *wanted, struct session *row)
{
	struct web_session *best;

	web->search++;
	while ((best = find_best(web, user, rank, wanted)) != NULL) {
		if (!read_row(web, view, best, row))
			continue;
		if (text_equal(row->user, user))
			return best;
		best->search = web->search; /* another user's, whose hash is the same */
	}
	return NULL;
}

void
web_keep(struct session *row, uint8_t copy[RECORD_SIZE])
{
	record_get_session(copy, record_put_session(copy, row), row);
}

static int
write_seen(struct view *view, struct web_session *session, struct error *err)
{
	session->written_us = session->seen_us;
	return session_see(
	    view, key_of(session), session->seen_us, &session->remote, err);
}

int
web_see(struct web *web, struct view *view, struct web_session *session, int64_t at_us,
    struct error *err)
{
	web_index_see(web->index, session, at_us);
	if (session->seen_us - session->written_us < write_after_us(web))
		return 0;
	return write_seen(view, session, err);
}

int
web_begin(struct web *web, struct view *view, struct session *begun, bool counts,
    struct web_session **session, struct error *err)
{
	*session = NULL;
	if (web_index_count(web->index) >= (size_t)web->conf->max_sessions)
		return 0;
	if (session_add(view, begun, conf_records(web->conf, begun->auth_user), counts,
		err) == -1)
		return -1;
	*session = web_index_add(web->index, begun);
	return 0;
}

int
web_note(struct web *web, struct view *view, struct text user, struct text auth_user,
    int64_t at_us, const struct address *address, struct error *err)
{
	const struct access *access = NULL;
	int64_t last_us = 0;
	struct user known;

	if (!conf_records(web->conf, auth_user))
		return 0;
	if (user_find(view, user, &known))
		access = user_access(&known, SERVICE_HTTP);
	if (access != NULL)
		last_us = access_last_us(access);
	if (at_us - last_us < write_after_us(web))
		return 0;
	if (at_us - last_us >= web_life_us(web))
		return user_record_login(view, SERVICE_HTTP, user, at_us, address, err);
	return user_record_logout(view, SERVICE_HTTP, user, at_us, err);
}

bool
web_is_due(const struct web *web, int64_t now_us)
{
	const struct web_session *oldest = web_index_oldest(web->index);

	if (!web->conf->http_userlist)
		return web_index_count(web->index) > 0;
	return oldest != NULL && is_over(web, oldest, now_us);
}

/* What is only no longer listed did not log out. */
int
web_end_due(
    struct web *web, struct view *view, int64_t now_us, size_t limit, struct error *err)
{
	bool lists = web->conf->http_userlist;
	struct web_session *oldest;
	struct session row;

	if (!lists)
		web_index_close_all(web->index, now_us);
	for (size_t i = 0; i < limit && web_is_due(web, now_us); i++) {
		oldest = web_index_oldest(web->index);
		if (read_row(web, view, oldest, &row) &&
		    web_end(web, view, oldest, &row, oldest->seen_us, lists, err) == -1)
			return -1;
	}
	return 0;
}

int
web_write(struct web *web, struct view *view, int64_t now_us, struct error *err)
{
	struct web_session *session;

	web_index_close_all(web->index, now_us);
	for (session = web_index_oldest(web->index); session != NULL;
	     session = web_index_younger(session))
		if (session->seen_us > session->written_us &&
		    write_seen(view, session, err) == -1)
			return -1;
	return 0;
}

void
web_listed(struct web *web, int64_t asked_us, int64_t handover_us)
{
	web_index_close_unlisted(
	    web->index, asked_us - RECONCILE_GRACE_US, asked_us, handover_us);
}

/* While a connection is open, it is written as seldom as will do after a crash. */
static struct web_session *
next_unwritten(const struct web *web)
{
	struct web_connection *connection = NULL;

	while ((connection = web_index_next_open(web->index, connection)) != NULL) {
		struct web_session *session = web_connection_session(connection);

		if (session->seen_us - session->written_us >= web_life_us(web) / 2)
			return session;
	}
	return NULL;
}

bool
web_is_unwritten(const struct web *web)
{
	return next_unwritten(web) != NULL;
}

int
web_write_open(struct web *web, struct view *view, struct error *err)
{
	struct web_connection *connection = NULL;

	while ((connection = web_index_next_open(web->index, connection)) != NULL) {
		struct web_session *session = web_connection_session(connection);

		if (session->seen_us > session->written_us &&
		    write_seen(view, session, err) == -1)
			return -1;
	}
	return 0;
}

size_t
web_processes(const struct web *web, struct text user, uint32_t number, uint32_t *pids,
    size_t max)
{
	const struct web_session *session = find(web, user, number);

	return session != NULL ? web_index_processes(session, pids, max) : 0;
}
