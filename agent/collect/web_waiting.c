/* SPDX-License-Identifier: ISC */
/* Rows of two listings, by marks of them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/web_waiting.h"
#include "agent/store/session.h"

static int
compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static uint64_t
mark_of(const struct listed *row)
{
	return session_mark(row->service, row->user, &row->remote) ^
	    row->pid * UINT64_C(0x9e3779b97f4a7c15);
}

bool
web_waiting_add(struct web_waiting *waiting, const struct listed *row)
{
	struct web_marks *now = &waiting->now;
	const struct web_marks *before = &waiting->before;
	uint64_t mark = mark_of(row);

	now->all = xgrow(now->all, &now->capacity, now->count + 1, sizeof mark);
	now->all[now->count++] = mark;
	return before->count == 0 ||
	    bsearch(&mark, before->all, before->count, sizeof mark, compare) == NULL;
}

void
web_waiting_turn(struct web_waiting *waiting)
{
	struct web_marks done = waiting->now;

	waiting->now = waiting->before;
	waiting->now.count = 0;
	waiting->before = done;
	if (done.count > 1)
		qsort(done.all, done.count, sizeof *done.all, compare);
}

void
web_waiting_fini(struct web_waiting *waiting)
{
	free(waiting->now.all);
	free(waiting->before.all);
	memset(waiting, 0, sizeof *waiting);
}
