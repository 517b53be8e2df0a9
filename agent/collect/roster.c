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

/* A session of the store, with texts that outlive the view: those that are shown. */
static void
add_known(struct roster *roster, const struct session *session)
{
	struct session *copy = add_session(roster, session);

	copy->user = arena_text(roster->arena, session->user);
	copy->mechanism = arena_text(roster->arena, session->mechanism);
	copy->store_id = copy->auth_user = (struct text){ 0 };
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

/* What is needed while a roster is taken. */
struct taking {
	struct roster
	    *roster; /* at first what the store knows, then what of it is open */
	struct roster added; /* what is not in ROSTER yet; its arena is ROSTER's */
	const struct conf *conf;
	struct listing listing;
	struct store *store;
	struct view *view;
	struct error err;
	bool failed;
};

/* What the store knows, by rising pid: read while the mail server prepares its answer. */
static void
read_store(void *arg)
{
	struct taking *taking = arg;
	struct session_ref ref = { 0 };
	struct session session;

	if (taking->store == NULL)
		return;
	if (view_open(&taking->view, taking->store, &taking->err) == -1) {
		taking->failed = true;
		return;
	}
	while (session_seek_process(taking->view, &ref))
		if (session_get(taking->view, ref.session, &session))
			add_known(taking->roster, &session);
}

static struct reconcile
make_rules(const struct taking *taking)
{
	struct reconcile rules = {
		.asked_us = taking->listing.asked_us,
		.services = taking->listing.services,
		.lives = lives,
	};

	if (taking->view != NULL) {
		rules.list_lost_us = store_get_mark(taking->view, STORE_MARK_LIST_LOST);
		rules.unwatched = !store_lock_is_taken(taking->conf->store_path);
	}
	return rules;
}

static void
add_rows(struct taking *taking, const struct join *join)
{
	struct session session;

	for (size_t i = 0; i < join->row_count; i++) {
		if (join->new[i] > 0)
			session_from_row(
			    &session, &join->rows[i], taking->listing.asked_us, 0);
		for (uint32_t n = 0; n < join->new[i]; n++)
			add_session(&taking->added, &session);
	}
}

static bool
has_new(const struct join *join)
{
	for (size_t i = 0; i < join->row_count; i++)
		if (join->new[i] > 0)
			return true;
	return false;
}

/* Keeps what is open of the sessions of one process, in place. */
static void
keep_known(struct taking *taking, const struct join *join, size_t *kept)
{
	struct session *sessions = taking->roster->sessions;

	for (size_t i = 0; i < join->known_count; i++)
		if (join->keep[i])
			sessions[(*kept)++] = join->known[i];
}

/* What the store did not know when it was read, it may know by now. */
static void
judge_again(struct taking *taking, struct join *join, struct view *newer)
{
	join_again(join, newer);
	for (size_t i = 0; i < join->known_count; i++)
		if (join->keep[i])
			add_known(&taking->added, &join->known[i]);
}

static int
join_all(struct taking *taking, struct error *err)
{
	struct roster *roster = taking->roster;
	struct reconcile rules = make_rules(taking);
	struct view *newer = NULL;
	struct join join;
	size_t kept = 0;

	if (taking->store != NULL && view_open(&newer, taking->store, err) == -1)
		return -1;
	listing_sort(&taking->listing);
	join_init(&join, &taking->listing, &rules);
	join_use_array(&join, roster->sessions, roster->count);
	while (join_next(&join)) {
		if (newer != NULL && has_new(&join))
			judge_again(taking, &join, newer);
		else
			keep_known(taking, &join, &kept);
		add_rows(taking, &join);
	}
	join_fini(&join);
	view_close(newer);
	roster->count = kept;
	for (size_t i = 0; i < taking->added.count; i++)
		add_session(roster, &taking->added.sessions[i]);
	return 0;
}

int
roster_take(struct roster *roster, const struct conf *conf, struct store *store,
    struct error *err)
{
	struct taking taking = { .roster = roster, .conf = conf, .store = store };
	int result = -1;

	memset(roster, 0, sizeof *roster);
	listing_init(&taking.listing);
	roster->arena = taking.added.arena = taking.listing.arena;
	if (backend_list_now(conf, &taking.listing, read_store, &taking, err) == -1)
		goto end;
	if (taking.failed) {
		*err = taking.err;
		goto end;
	}
	roster->taken_us = taking.listing.asked_us;
	result = join_all(&taking, err);
end:
	view_close(taking.view);
	free(taking.added.sessions);
	taking.listing.arena = NULL; /* it is the roster's */
	listing_fini(&taking.listing);
	if (result == -1)
		roster_fini(roster);
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
