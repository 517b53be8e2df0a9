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

static int
compare_rows(const void *first, const void *second)
{
	const struct listed *a = first;
	const struct listed *b = second;
	int order;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->service != b->service)
		return a->service < b->service ? -1 : 1;
	order = text_compare(a->user, b->user);
	if (order != 0)
		return order;
	if (a->remote.length != b->remote.length)
		return a->remote.length < b->remote.length ? -1 : 1;
	return memcmp(a->remote.bytes, b->remote.bytes, a->remote.length);
}

void
listing_sort(struct listing *listing)
{
	if (listing->count > 1)
		qsort(
		    listing->rows, listing->count, sizeof *listing->rows, compare_rows);
}
