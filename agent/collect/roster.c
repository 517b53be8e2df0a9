/* SPDX-License-Identifier: ISC */
/* Who is connected now, from a listing and the store, without writing. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/alloc.h"
#include "agent/arena.h"
#include "agent/clock.h"
#include "agent/collect/backend.h"
#include "agent/collect/expected.h"
#include "agent/collect/join.h"
#include "agent/collect/moves.h"
#include "agent/collect/process.h"
#include "agent/collect/roster_web.h"
#include "agent/store/lock.h"

static bool
lives(void *arg, const struct process *process)
{
	(void)arg;
	return process_is_same(process);
}

static bool
ended(void *arg, const struct session *session)
{
	return !lives(arg, &session->process);
}

/* While a session may be listed in two processes, it is looked again, after so long. */
enum {
	TRIES = 4,
	HANDOVER_MS = 100
};

/* Sessions of a row that nobody was known of. */
struct comer {
	const struct listed *row;
	uint32_t count;
};

/* What is needed while a roster is taken. */
struct taking {
	struct roster *roster;
	const struct conf *conf;
	struct listing listing;
	struct expected *expected; /* of what the store knows; NULL: nothing */
	struct session *left;      /* of what the store knows: what is to be judged */
	size_t left_count;
	size_t left_capacity;
	bool *over; /* of what the store knows: it is no longer open */
	struct moves *moves;
	bool uncertain; /* somebody may have been listed twice */
	struct comer *comers;
	size_t comer_count;
	size_t comer_capacity;
	struct store *store;
	struct view *view;
	bool unwatched; /* as struct reconcile has it */
	struct roster_web web;
	struct error err;
	bool failed;
};

/* What the store knows: read and sorted while the mail server prepares its answer. */
static void
read_store(void *arg)
{
	struct taking *taking = arg;

	if (taking->store == NULL)
		return;
	if (view_open(&taking->view, taking->store, &taking->err) == -1) {
		taking->failed = true;
		return;
	}
	roster_read(taking->roster, taking->view);
	taking->unwatched = !store_lock_is_taken(taking->conf->store_path);
	if (!taking->unwatched)
		taking->expected = expected_new(&taking->roster->known);
	taking->listing.expected = taking->expected;
}

static struct reconcile
make_rules(const struct taking *taking)
{
	struct reconcile rules = {
		.asked_us = taking->listing.asked_us,
		.grace_us = RECONCILE_GRACE_US,
		.services = taking->listing.services,
		.unwatched = taking->unwatched,
		.lives = lives,
		.ended = ended,
	};

	if (taking->view != NULL)
		rules.list_lost_us = store_get_mark(taking->view, STORE_MARK_LIST_LOST);
	return rules;
}

/* By pid, and then in the order of the store's keys. */
static int
compare_pids(const void *first, const void *second)
{
	const struct session *a = first;
	const struct session *b = second;

	if (a->process.pid != b->process.pid)
		return a->process.pid < b->process.pid ? -1 : 1;
	if (a->service != b->service)
		return a->service < b->service ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Whether the session is to be judged; nothing tells of one without a process. */
static bool
is_left(const struct taking *taking, uint32_t pid)
{
	return pid != 0 &&
	    (taking->expected == NULL || !expected_came(taking->expected, pid));
}

/* What is left of what the store knows, whole, and sorted for a join. */
static void
gather_left(struct taking *taking)
{
	const struct roster_rows *known = &taking->roster->known;

	for (size_t i = 0; i < known->count; i++) {
		const struct roster_row *row = &known->all[i];
		struct session_key key = { row->service, row->number };
		struct session session;

		if (!is_left(taking, row->pid) ||
		    !session_get(taking->view, key, &session))
			continue;
		taking->left = xgrow(taking->left, &taking->left_capacity,
		    taking->left_count + 1, sizeof *taking->left);
		taking->left[taking->left_count++] = session;
	}
	if (taking->left_count > 0)
		qsort(taking->left, taking->left_count, sizeof *taking->left,
		    compare_pids);
}

static void
note_comer(struct taking *taking, const struct listed *row, uint32_t count)
{
	taking->comers = xgrow(taking->comers, &taking->comer_capacity,
	    taking->comer_count + 1, sizeof *taking->comers);
	taking->comers[taking->comer_count++] = (struct comer){ row, count };
}

static bool
has_new(const struct join *join)
{
	for (size_t i = 0; i < join->row_count; i++)
		if (join->new[i] > 0)
			return true;
	return false;
}

static int
compare_key(const void *key, const void *element)
{
	const struct session *session = key;
	const struct roster_row *row = element;

	if (session->service != row->service)
		return session->service < row->service ? -1 : 1;
	return (session->number > row->number) - (session->number < row->number);
}

/* Who is no longer where the store knows him may be elsewhere. */
static void
drop_known(struct taking *taking, const struct session *session)
{
	const struct roster_rows *known = &taking->roster->known;
	const struct roster_row *found =
	    bsearch(session, known->all, known->count, sizeof *known->all, compare_key);

	if (found != NULL)
		taking->over[found - known->all] = true;
}

static void
leave_unlisted(struct taking *taking, const struct join *join)
{
	for (size_t i = 0; i < join->known_count; i++)
		if (!join->judgements[i].open) {
			drop_known(taking, &join->known[i]);
			moves_leave(taking->moves, &join->known[i], false);
		}
}

/* What the store did not know when it was read, it may know by now. */
static void
judge_again(struct taking *taking, struct join *join, struct view *newer)
{
	struct roster *roster = taking->roster;

	for (size_t i = 0; i < join->known_count; i++)
		drop_known(taking, &join->known[i]);
	join_again(join, join->pid, newer);
	for (size_t i = 0; i < join->known_count; i++)
		if (join->judgements[i].open)
			roster_rows_add(&roster->added, &join->known[i], roster->arena);
}

/* Takes over what was found of one process. */
static void
take_process(struct taking *taking, struct join *join, struct view *newer)
{
	if (newer != NULL && has_new(join))
		judge_again(taking, join, newer);
	leave_unlisted(taking, join);
	for (size_t i = 0; i < join->row_count; i++)
		if (join->new[i] > 0)
			note_comer(taking, &join->rows[i], join->new[i]);
}

/*
 * Whether a row may be of a session that is on its way from one process to another, and is
 * listed in both.
 */
static bool
may_be_moving(const struct taking *taking, const struct listed *row, bool hibernates)
{
	const struct roster_rows *known = &taking->roster->known;

	if (taking->store == NULL)
		return false;
	for (size_t i = 0; i < known->count; i++)
		if (known->all[i].service == row->service &&
		    (hibernates || known->all[i].hibernated) &&
		    text_equal(known->all[i].user, row->user))
			return true;
	return false;
}

/* A session that goes on in the row's process, or one of which only that is known. */
static void
add_comer(struct taking *taking, const struct listed *row, bool hibernates)
{
	const struct session *leaver = moves_take(taking->moves, row, hibernates);
	struct session session;

	/* Its login may just be told; as long as somebody listens to that. */
	if (leaver == NULL && !taking->unwatched && roster_web_has(&taking->web, row))
		return;
	if (leaver == NULL) {
		taking->uncertain |= may_be_moving(taking, row, hibernates);
		session_from_row(&session, row, taking->listing.sockets,
		    taking->listing.asked_us, 0);
		leaver = &session;
	}
	roster_rows_add(&taking->roster->added, leaver, taking->roster->arena);
}

static void
add_comers(struct taking *taking)
{
	const struct backend *backend = backend_find(taking->conf->backend);

	/* Without sessions that were known before, nobody can have moved. */
	bool any = taking->roster->known.count > 0;

	moves_sort(taking->moves);
	for (size_t i = 0; i < taking->comer_count; i++) {
		const struct comer *comer = &taking->comers[i];
		bool hibernates = any && backend_hibernates(backend, comer->row->pid);

		for (uint32_t n = 0; n < comer->count; n++)
			add_comer(taking, comer->row, hibernates);
	}
}

/* Takes out what is over, and puts in what was added. */
static void
update(struct taking *taking)
{
	struct roster *roster = taking->roster;
	const struct roster_rows *added = &roster->added;
	size_t capacity = roster->count;
	size_t count = 0;

	for (size_t i = 0; i < roster->count; i++)
		if (!taking->over[roster->rows[i] - roster->known.all])
			roster->rows[count++] = roster->rows[i];
	roster->count = count;
	if (added->count == 0)
		return;
	roster->count += added->count;
	roster->rows =
	    xgrow(roster->rows, &capacity, roster->count, sizeof *roster->rows);
	for (size_t i = 0; i < added->count; i++)
		roster->rows[count + i] = &added->all[i];
	roster_rows_sort(roster->rows, roster->count);
}

/* Judges what is not ticked off: mostly, there is little left. */
static int
join_left(struct taking *taking, struct error *err)
{
	struct reconcile rules = make_rules(taking);
	struct view *newer = NULL;
	struct join join;

	if (taking->store != NULL && view_open(&newer, taking->store, err) == -1)
		return -1;
	gather_left(taking);
	roster_web_take(&taking->web, &taking->listing);
	listing_sort(&taking->listing);
	join_init(&join, &taking->listing, &rules);
	join_use_array(&join, taking->left, taking->left_count);
	while (join_next(&join))
		take_process(taking, &join, newer);
	add_comers(taking);
	roster_web_settle(&taking->web, taking->unwatched ? taking->view : NULL,
	    taking->listing.asked_us, taking->over, &taking->roster->added,
	    taking->roster->arena);
	join_fini(&join);
	view_close(newer);
	return 0;
}

/* 0, -1, or 1 if it is worth while to look again. */
static int
take(struct roster *roster, const struct conf *conf, struct store *store,
    struct error *err)
{
	struct taking taking = { .roster = roster,
		.conf = conf,
		.store = store,
		.moves = moves_new(),
		.web = { .conf = conf, .roster = roster } };
	int result = -1;

	memset(roster, 0, sizeof *roster);
	listing_init(&taking.listing);
	roster->arena = taking.listing.arena;
	if (backend_list_now(conf, &taking.listing, read_store, &taking, err) == -1)
		goto end;
	if (taking.failed) {
		*err = taking.err;
		goto end;
	}
	roster->taken_us = taking.listing.asked_us;
	taking.over = xcalloc(roster->known.count, sizeof *taking.over);
	result = join_left(&taking, err);
	if (result == 0)
		update(&taking);
end:
	view_close(taking.view);
	expected_free(taking.expected);
	moves_free(taking.moves);
	roster_web_fini(&taking.web);
	free(taking.comers);
	free(taking.left);
	free(taking.over);
	taking.listing.arena = NULL; /* it is the roster's */
	listing_fini(&taking.listing);
	if (result == -1)
		roster_fini(roster);
	return result == 0 && taking.uncertain ? 1 : result;
}

int
roster_take(struct roster *roster, const struct conf *conf, struct store *store,
    struct error *err)
{
	const struct timespec pause = { .tv_nsec = HANDOVER_MS * 1000000L };
	int result = take(roster, conf, store, err);

	for (int tries = 1; result == 1 && tries < TRIES; tries++) {
		roster_fini(roster);
		nanosleep(&pause, NULL);
		result = take(roster, conf, store, err);
	}
	return result == -1 ? -1 : 0;
}
