/* SPDX-License-Identifier: ISC */
/* Who is connected now, from a listing and the store, without writing. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/arena.h"
#include "agent/clock.h"
#include "agent/collect/backend.h"
#include "agent/collect/connection.h"
#include "agent/collect/join.h"
#include "agent/collect/process.h"
#include "agent/collect/roster.h"
#include "agent/store/lock.h"

/* As the collector's: a record may come this much before its row is listed. */
enum {
	GRACE_US = 2 * CLOCK_SECOND_US
};

static struct session *
add_session(struct roster *roster, const struct session *session)
{
	struct session *copy;

	roster->sessions = xgrow(roster->sessions, &roster->capacity, roster->count + 1,
	    sizeof *roster->sessions);
	copy = &roster->sessions[roster->count++];
	*copy = *session;
	return copy;
}

/* A session of the store, with texts that outlive the view. */
static void
add_known(struct roster *roster, const struct session *session)
{
	struct session *copy = add_session(roster, session);

	copy->user = arena_text(roster->arena, session->user);
	copy->mechanism = arena_text(roster->arena, session->mechanism);
	copy->store_id = arena_text(roster->arena, session->store_id);
	copy->auth_user = arena_text(roster->arena, session->auth_user);
}

void
session_from_row(struct session *session, const struct listed *row, int64_t seen_us,
    int64_t previous_us)
{
	uint64_t started;

	*session = (struct session){
		.service = row->service,
		.user = row->user,
		.login_us = seen_us,
		.login_source = TIME_OBSERVED,
		.created_us = seen_us,
		.remote.address = row->remote,
		.process = { row->pid, process_now_ticks() },
	};
	connection_find(row->pid, &session->local, &session->remote);
	/* A process that started before it was last seen without a user waited for one. */
	if (!process_started(row->pid, &started) ||
	    process_ticks_us(started) < previous_us ||
	    process_ticks_us(started) > seen_us)
		return;
	session->login_us = process_ticks_us(started);
	session->login_source = TIME_DERIVED;
}

static bool
lives(void *arg, const struct process *process)
{
	(void)arg;
	return process_is_same(process);
}

/* Joins process by process; the listing's arena has become the roster's. */
static void
join_all(struct roster *roster, const struct conf *conf, struct view *view,
    const struct listing *listing)
{
	struct reconcile rules = {
		.asked_us = listing->asked_us,
		.services = listing->services,
		.grace_us = GRACE_US,
		.list_lost_us = store_get_mark(view, STORE_MARK_LIST_LOST),
		.unwatched = !store_lock_is_taken(conf->store_path),
		.lives = lives,
	};
	struct join join;

	join_init(&join, listing, &rules);
	join_use(&join, view);
	while (join_next(&join)) {
		struct session session;

		for (size_t i = 0; i < join.known_count; i++)
			if (join.keep[i])
				add_known(roster, &join.known[i]);
		for (size_t i = 0; i < join.row_count; i++) {
			if (join.new[i] > 0)
				session_from_row(
				    &session, &join.rows[i], listing->asked_us, 0);
			for (uint32_t n = 0; n < join.new[i]; n++)
				add_session(roster, &session);
		}
	}
	join_fini(&join);
}

/* Without a store: what the listing alone tells. */
static void
take_listing(struct roster *roster, const struct listing *listing)
{
	struct session session;

	for (size_t i = 0; i < listing->count; i++) {
		session_from_row(&session, &listing->rows[i], listing->asked_us, 0);
		for (uint32_t n = 0; n < listing->rows[i].count; n++)
			add_session(roster, &session);
	}
}

int
roster_take(struct roster *roster, const struct conf *conf, struct store *store,
    struct error *err)
{
	struct listing listing;
	struct view *view = NULL;
	int result = -1;

	memset(roster, 0, sizeof *roster);
	listing_init(&listing);
	if (backend_list_now(conf, &listing, err) == -1 ||
	    (store != NULL && view_open(&view, store, err) == -1))
		goto end;
	roster->taken_us = listing.asked_us;
	roster->arena = listing.arena;
	listing.arena = NULL;
	if (view == NULL) {
		take_listing(roster, &listing);
	} else {
		listing_sort(&listing);
		join_all(roster, conf, view, &listing);
	}
	result = 0;
end:
	view_close(view);
	listing_fini(&listing);
	return result;
}

int
roster_recall(struct roster *roster, struct store *store, struct error *err)
{
	struct session_key key = { SERVICE_NONE, 0 };
	struct session session;
	struct view *view;

	memset(roster, 0, sizeof *roster);
	if (view_open(&view, store, err) == -1)
		return -1;
	roster->arena = arena_new();
	roster->taken_us = store_get_mark(view, STORE_MARK_COLLECTED);
	while (session_seek(view, SESSION_ANY, key, true, &session)) {
		key = (struct session_key){ session.service, session.number };
		add_known(roster, &session);
	}
	view_close(view);
	return 0;
}

void
roster_fini(struct roster *roster)
{
	arena_free(roster->arena);
	free(roster->sessions);
	memset(roster, 0, sizeof *roster);
}
