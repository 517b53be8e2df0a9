/* SPDX-License-Identifier: ISC */
/* What a mail server says when it is asked who is connected. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/listing.h"

void
listing_init(struct listing *listing)
{
	memset(listing, 0, sizeof *listing);
	listing->arena = arena_new();
}

void
listing_fini(struct listing *listing)
{
	arena_free(listing->arena);
	free(listing->rows);
	memset(listing, 0, sizeof *listing);
}

void
listing_add(struct listing *listing, const struct listed *row)
{
	struct listed *copy;

	listing->rows = xgrow(listing->rows, &listing->capacity, listing->count + 1,
	    sizeof *listing->rows);
	copy = &listing->rows[listing->count++];
	*copy = *row;
	listing->sessions += row->count;
	copy->user = arena_text(listing->arena, row->user);
}

/* Rows of one process. */
static int
compare_rows(const void *first, const void *second)
{
	const struct listed *a = first;
	const struct listed *b = second;
	int order;

	if (a->service != b->service)
		return a->service < b->service ? -1 : 1;
	order = text_compare(a->user, b->user);
	if (order != 0)
		return order;
	if (a->remote.length != b->remote.length)
		return a->remote.length < b->remote.length ? -1 : 1;
	return memcmp(a->remote.bytes, b->remote.bytes, a->remote.length);
}

static int
compare_places(const void *first, const void *second)
{
	uint64_t a = *(const uint64_t *)first;
	uint64_t b = *(const uint64_t *)second;

	return (a > b) - (a < b);
}

/* Rows are large and a process has few: their pids are sorted alone, with their places. */
static void
sort_by_pid(struct listing *listing)
{
	struct listed *sorted = xcalloc(listing->count, sizeof *sorted);
	uint64_t *places = xcalloc(listing->count, sizeof *places);

	for (size_t i = 0; i < listing->count; i++)
		places[i] = (uint64_t)listing->rows[i].pid << 32 | i;
	qsort(places, listing->count, sizeof *places, compare_places);
	for (size_t i = 0; i < listing->count; i++)
		sorted[i] = listing->rows[places[i] & UINT32_MAX];
	free(places);
	free(listing->rows);
	listing->rows = sorted;
	listing->capacity = listing->count;
}

void
listing_sort(struct listing *listing)
{
	struct listed *rows;
	size_t end;

	if (listing->count == 0)
		return;
	sort_by_pid(listing);
	rows = listing->rows;
	for (size_t i = 0; i < listing->count; i = end) {
		for (end = i + 1; end < listing->count && rows[end].pid == rows[i].pid;)
			end++;
		if (end - i > 1)
			qsort(rows + i, end - i, sizeof *rows, compare_rows);
	}
}
