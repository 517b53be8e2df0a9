/* SPDX-License-Identifier: ISC */
/* What a mail server says when it is asked who is connected. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/connection.h"
#include "agent/collect/expected.h"
#include "agent/collect/listing.h"
#include "agent/collect/process.h"
#include "agent/collect/tcp_sockets.h"
#include "agent/store/session.h"

void
listing_init(struct listing *listing)
{
	memset(listing, 0, sizeof *listing);
	listing->arena = arena_new();
	listing->sockets = tcp_sockets_new();
}

void
listing_fini(struct listing *listing)
{
	arena_free(listing->arena);
	tcp_sockets_free(listing->sockets);
	free(listing->rows);
	memset(listing, 0, sizeof *listing);
}

static void
keep_row(struct listing *listing, const struct listed *row)
{
	struct listed *copy;

	listing->rows = xgrow(listing->rows, &listing->capacity, listing->count + 1,
	    sizeof *listing->rows);
	copy = &listing->rows[listing->count++];
	*copy = *row;
	copy->user = arena_text(listing->arena, row->user);
	if (copy->mailbox.length > MAILBOX_NAME_MAX)
		copy->mailbox.length = MAILBOX_NAME_MAX;
	if (copy->mailbox.length > 0)
		copy->mailbox = arena_text(listing->arena, copy->mailbox);
}

void
listing_add(struct listing *listing, const struct listed *row)
{
	struct expected *expected = listing->expected;
	struct listed earlier;

	listing->sessions += row->count;
	if (expected != NULL && expected_tick(expected, row))
		return;
	if (expected != NULL && expected_untick(expected, row, &earlier))
		keep_row(listing, &earlier);
	keep_row(listing, row);
}

uint32_t
listed_stand_in(const struct listed *row, struct text protocol)
{
	uint64_t client = session_mark(row->service, row->user, &row->remote, NULL);
	uint64_t server =
	    session_mark(SERVICE_NONE, protocol, &row->local.address, NULL);
	uint64_t mark = (client * 31 + server) * 31 + row->local.port;

	return PROCESS_STAND_IN |
	    ((uint32_t)(mark ^ mark >> 32) & (PROCESS_STAND_IN - 1));
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
	order = memcmp(a->remote.bytes, b->remote.bytes, a->remote.length);
	if (order != 0)
		return order;
	return (a->began_us < b->began_us) - (a->began_us > b->began_us);
}

enum {
	DIGIT_BITS = 11,
	DIGITS = 1 << DIGIT_BITS,
	PASSES = 3 /* of 32 bits */
};

/* One pass of a radix sort: places by one digit of their pids. */
static void
sort_by_digit(const struct listed *rows, const uint32_t *in, uint32_t *out,
    size_t count, int shift)
{
	size_t next[DIGITS] = { 0 };
	size_t start = 0;

	for (size_t i = 0; i < count; i++)
		next[rows[in[i]].pid >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t here = next[digit];

		next[digit] = start;
		start += here;
	}
	for (size_t i = 0; i < count; i++)
		out[next[rows[in[i]].pid >> shift & (DIGITS - 1)]++] = in[i];
}

/* Rows are large and there may be a million: their places are sorted, by counting. */
static void
sort_by_pid(struct listing *listing)
{
	struct listed *sorted = xcalloc(listing->count, sizeof *sorted);
	uint32_t *places = xcalloc(listing->count, sizeof *places);
	uint32_t *other = xcalloc(listing->count, sizeof *other);

	for (size_t i = 0; i < listing->count; i++)
		places[i] = (uint32_t)i;
	for (int pass = 0; pass < PASSES; pass++) {
		uint32_t *swap = places;

		sort_by_digit(
		    listing->rows, places, other, listing->count, pass * DIGIT_BITS);
		places = other;
		other = swap;
	}
	for (size_t i = 0; i < listing->count; i++)
		sorted[i] = listing->rows[places[i]];
	free(places);
	free(other);
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

void
listing_take(struct listing *listing,
    bool (*takes)(void *arg, const struct listed *row), void *arg)
{
	size_t left = 0;

	for (size_t i = 0; i < listing->count; i++)
		if (!takes(arg, &listing->rows[i]))
			listing->rows[left++] = listing->rows[i];
	listing->count = left;
}

const struct listed *
listing_of_process(const struct listing *listing, uint32_t pid, size_t *count)
{
	size_t low = 0;
	size_t high = listing->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (listing->rows[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < listing->count && listing->rows[low + *count].pid == pid)
		++*count;
	return *count > 0 ? listing->rows + low : NULL;
}

/*
 * A proxy's process may have many connections, to clients and to servers; but it keeps them, and
 * so what it was taken over at is the login.
 */
static void
passed_on_from_row(struct session *session, const struct listed *row, int64_t seen_us)
{
	session->local = row->local;
	if (row->began_us <= 0 || row->began_us > seen_us)
		return;
	session->login_us = row->began_us;
	session->login_source = TIME_DERIVED;
}

void
session_from_row(struct session *session, const struct listed *row,
    struct tcp_sockets *sockets, int64_t seen_us, int64_t previous_us)
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
		.mailbox = row->mailbox,
		.active_us = row->active_us,
		.connection = row->connection,
	};
	if (row->service == SERVICE_PROXY)
		passed_on_from_row(session, row, seen_us);
	else
		connection_find(row->pid, sockets, &session->local, &session->remote);
	if (row->began_source != 0 && row->began_us > 0 && row->began_us <= seen_us) {
		session->login_us = row->began_us;
		session->login_source = row->began_source;
	}
	if (session->login_source != TIME_OBSERVED || row->began_source != 0)
		return;
	/* A process that started before it was last seen without a user waited for one. */
	if (!process_started(row->pid, &started) ||
	    process_ticks_us(started) < previous_us ||
	    process_ticks_us(started) > seen_us)
		return;
	session->login_us = process_ticks_us(started);
	session->login_source = TIME_DERIVED;
}
