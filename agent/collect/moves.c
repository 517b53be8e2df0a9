/* SPDX-License-Identifier: ISC */
/* Sessions that go on in another process. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/moves.h"

struct leaver {
	struct session session; /* its texts are in the arena */
	bool open;
	bool taken;
};

struct waiter {
	uint64_t mark;
	int64_t since_us;
};

struct waiters {
	struct waiter *all;
	size_t count;
	size_t capacity;
};

struct moves {
	int64_t asked_us;
	struct arena *arena;
	struct leaver *leavers;
	size_t leaver_count;
	size_t leaver_capacity;
	size_t next_leaver;
	uint32_t *processes;
	size_t process_count;
	size_t process_capacity;
	size_t next_process;
	struct waiters before; /* of the last listing, by mark */
	struct waiters now;
};

struct moves *
moves_new(void)
{
	struct moves *moves = xcalloc(1, sizeof *moves);

	moves->arena = arena_new();
	return moves;
}

void
moves_free(struct moves *moves)
{
	if (moves == NULL)
		return;
	arena_free(moves->arena);
	free(moves->leavers);
	free(moves->processes);
	free(moves->before.all);
	free(moves->now.all);
	free(moves);
}

static int
compare_waiters(const void *first, const void *second)
{
	const struct waiter *a = first;
	const struct waiter *b = second;

	return (a->mark > b->mark) - (a->mark < b->mark);
}

static void
turn_over(struct moves *moves)
{
	struct waiters swap = moves->before;

	moves->before = moves->now;
	moves->now = swap;
	moves->now.count = 0;
	if (moves->before.count > 1)
		qsort(moves->before.all, moves->before.count, sizeof *moves->before.all,
		    compare_waiters);
}

void
moves_begin(struct moves *moves, int64_t asked_us)
{
	turn_over(moves);
	moves->asked_us = asked_us;
	if (moves->leaver_count > 0) {
		arena_free(moves->arena);
		moves->arena = arena_new();
	}
	moves->leaver_count = moves->next_leaver = 0;
	moves->process_count = moves->next_process = 0;
}

void
moves_leave(struct moves *moves, const struct session *session, bool open)
{
	struct session *copy;

	moves->leavers = xgrow(moves->leavers, &moves->leaver_capacity,
	    moves->leaver_count + 1, sizeof *moves->leavers);
	moves->leavers[moves->leaver_count] = (struct leaver){ *session, open, false };
	copy = &moves->leavers[moves->leaver_count++].session;
	copy->user = arena_text(moves->arena, session->user);
	copy->mechanism = arena_text(moves->arena, session->mechanism);
	copy->store_id = arena_text(moves->arena, session->store_id);
	copy->auth_user = arena_text(moves->arena, session->auth_user);
	copy->mailbox = arena_text(moves->arena, session->mailbox);
}

void
moves_come(struct moves *moves, uint32_t pid)
{
	moves->processes = xgrow(moves->processes, &moves->process_capacity,
	    moves->process_count + 1, sizeof *moves->processes);
	moves->processes[moves->process_count++] = pid;
}

static int
compare_leavers(const void *first, const void *second)
{
	const struct leaver *one = first;
	const struct leaver *other = second;
	const struct session *a = &one->session;
	const struct session *b = &other->session;
	int order = session_compare_user(a, b->service, b->user);

	if (order != 0)
		return order;
	if (one->open != other->open)
		return one->open ? -1 : 1;
	if (a->login_us != b->login_us)
		return a->login_us < b->login_us ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

void
moves_sort(struct moves *moves)
{
	if (moves->leaver_count > 1)
		qsort(moves->leavers, moves->leaver_count, sizeof *moves->leavers,
		    compare_leavers);
}

size_t
moves_count(const struct moves *moves)
{
	return moves->leaver_count;
}

uint32_t
moves_next_process(struct moves *moves)
{
	if (moves->next_process == moves->process_count)
		return 0;
	return moves->processes[moves->next_process++];
}

/* The first of the row's user, if any of his left. */
static size_t
find_user(const struct moves *moves, const struct listed *row)
{
	size_t low = 0;
	size_t high = moves->leaver_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (session_compare_user(
			&moves->leavers[middle].session, row->service, row->user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
may_be_same(const struct address *a, const struct address *b)
{
	return a->length == 0 || b->length == 0 || address_equal(a, b);
}

const struct session *
moves_take(struct moves *moves, const struct listed *row, bool hibernates)
{
	for (size_t i = find_user(moves, row); i < moves->leaver_count; i++) {
		struct leaver *leaver = &moves->leavers[i];

		if (session_compare_user(&leaver->session, row->service, row->user) !=
		    0)
			return NULL;
		if (leaver->taken || (!hibernates && !leaver->session.hibernated) ||
		    !may_be_same(&leaver->session.remote.address, &row->remote))
			continue;
		leaver->taken = true;
		return &leaver->session;
	}
	return NULL;
}

const struct session *
moves_next_session(struct moves *moves)
{
	while (moves->next_leaver < moves->leaver_count) {
		const struct leaver *leaver = &moves->leavers[moves->next_leaver++];

		if (!leaver->taken)
			return &leaver->session;
	}
	return NULL;
}

int64_t
moves_wait(struct moves *moves, uint64_t mark)
{
	struct waiter waiter = { mark, moves->asked_us };
	const struct waiter *before = NULL;

	if (moves->before.count > 0)
		before = bsearch(&waiter, moves->before.all, moves->before.count,
		    sizeof waiter, compare_waiters);
	if (before != NULL)
		waiter.since_us = before->since_us;
	moves->now.all = xgrow(
	    moves->now.all, &moves->now.capacity, moves->now.count + 1, sizeof waiter);
	moves->now.all[moves->now.count++] = waiter;
	return waiter.since_us;
}
