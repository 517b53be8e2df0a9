/* SPDX-License-Identifier: ISC */
/* The rows of a roster. Their order is mostly told by a few octets, sorted by counting. */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/roster_rows.h"

enum {
	KEY_WORDS = 2,
	OCTET_BITS = 8,
	OCTETS = 1 << OCTET_BITS,
	WORD_BITS = 64
};

/* A row; its service and its user's first octets as numbers that compare as they do. */
struct item {
	uint64_t key[KEY_WORDS];
	const struct roster_row *row;
};

static struct item
make_item(const struct roster_row *row)
{
	struct item item = { .row = row };
	uint8_t octets[sizeof item.key] = { (uint8_t)row->service };
	size_t room = sizeof octets - 1;

	memcpy(octets + 1, row->user.data,
	    row->user.length < room ? row->user.length : room);
	memcpy(item.key, octets, sizeof octets);
	for (size_t i = 0; i < KEY_WORDS; i++)
		item.key[i] = be64toh(item.key[i]);
	return item;
}

/* What is sorted: from IN to OUT, and back in the next pass. */
struct radix {
	struct item *in;
	struct item *out;
	size_t count;
};

/* One pass: by one octet of one word. */
static void
sort_by_octet(struct radix *radix, size_t word, unsigned shift)
{
	struct item *in = radix->in;
	struct item *out = radix->out;
	size_t next[OCTETS] = { 0 };
	size_t start = 0;

	for (size_t i = 0; i < radix->count; i++)
		next[(uint8_t)(in[i].key[word] >> shift)]++;
	for (size_t octet = 0; octet < OCTETS; octet++) {
		size_t here = next[octet];

		next[octet] = start;
		start += here;
	}
	for (size_t i = 0; i < radix->count; i++)
		out[next[(uint8_t)(in[i].key[word] >> shift)]++] = in[i];
	radix->in = out;
	radix->out = in;
}

static void
sort_by_word(struct radix *radix, size_t word)
{
	uint64_t differing = 0;

	for (size_t i = 1; i < radix->count; i++)
		differing |= radix->in[i].key[word] ^ radix->in[0].key[word];
	for (unsigned shift = 0; shift < WORD_BITS; shift += OCTET_BITS)
		if ((uint8_t)(differing >> shift) != 0)
			sort_by_octet(radix, word, shift);
}

static void
sort_items(struct item *items, size_t count)
{
	struct item *other = xcalloc(count, sizeof *other);
	struct radix radix = { items, other, count };

	for (size_t word = KEY_WORDS; word-- > 0;)
		sort_by_word(&radix, word);
	if (radix.in != items)
		memcpy(items, radix.in, count * sizeof *items);
	free(other);
}

static int
compare_rows(const void *first, const void *second)
{
	const struct roster_row *a = *(const struct roster_row *const *)first;
	const struct roster_row *b = *(const struct roster_row *const *)second;
	int order = text_compare(a->user, b->user);

	if (order != 0)
		return order;
	if (a->login_us != b->login_us)
		return a->login_us < b->login_us ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Rows with the same key. */
static void
sort_users(const struct roster_row **rows, size_t count)
{
	if (count > 1)
		qsort(rows, count, sizeof *rows, compare_rows);
}

static bool
same_key(const struct item *a, const struct item *b)
{
	return memcmp(a->key, b->key, sizeof a->key) == 0;
}

void
roster_rows_add(
    struct roster_rows *rows, const struct session *session, struct arena *arena)
{
	struct roster_row *row;

	rows->all =
	    xgrow(rows->all, &rows->capacity, rows->count + 1, sizeof *rows->all);
	row = &rows->all[rows->count++];
	*row = (struct roster_row){
		.user = arena_text(arena, session->user),
		.login_us = session->login_us,
		.local = session->local,
		.remote = session->remote,
		.service = session->service,
		.login_source = session->login_source,
		.hibernated = session->hibernated,
		.number = session->number,
		.pid = session->process.pid,
	};
	if (rows->count > 1 && text_equal(session->mechanism, row[-1].mechanism))
		row->mechanism = row[-1].mechanism; /* as mostly */
	else
		row->mechanism = arena_text(arena, session->mechanism);
}

void
roster_rows_sort(const struct roster_row **rows, size_t count)
{
	struct item *items = xcalloc(count, sizeof *items);
	size_t first = 0;

	for (size_t i = 0; i < count; i++)
		items[i] = make_item(rows[i]);
	sort_items(items, count);
	for (size_t i = 0; i < count; i++) {
		rows[i] = items[i].row;
		if (same_key(&items[i], &items[first]))
			continue;
		sort_users(rows + first, i - first);
		first = i;
	}
	sort_users(rows + first, count - first);
	free(items);
}
