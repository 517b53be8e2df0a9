/* SPDX-License-Identifier: ISC */
/* What a listing is expected to say: a hash table by pid. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/expected.h"

enum state {
	STATE_EXPECTED,
	STATE_CAME,
	STATE_LEFT /* to a join */
};

/* What is known of a process: as little as can be, for it is looked up in no order. */
struct process_slot {
	uint32_t pid;   /* 0: a free slot */
	uint32_t hash;  /* of the rest that its row should tell */
	uint32_t place; /* of its session */
};

struct expected {
	const struct roster_rows *known;
	struct process_slot *slots;
	uint8_t *states; /* of their processes */
	size_t mask;     /* of a slot's number */
};

static uint64_t
add_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static uint64_t
add_octets(uint64_t hash, const void *data, size_t length)
{
	const char *octets = data;
	uint64_t word = 0;

	for (; length >= sizeof word; octets += sizeof word, length -= sizeof word) {
		memcpy(&word, octets, sizeof word);
		hash = add_word(hash, word);
	}
	word = 0;
	memcpy(&word, octets, length);
	return add_word(hash, word);
}

/* As the pid is compared, what its row tells may go into so few bits. */
static uint32_t
hash_row(enum service service, struct text user, const struct address *remote)
{
	uint64_t hash = add_word(service, (uint64_t)user.length << 8 | remote->length);

	hash = add_octets(hash, remote->bytes, remote->length);
	hash = add_octets(hash, user.data, user.length);
	return (uint32_t)(hash >> 32);
}

/* The number of the process's slot, or of the free one where it would be. */
static size_t
find_slot(const struct expected *expected, uint32_t pid)
{
	size_t slot = pid & expected->mask;

	while (expected->slots[slot].pid != 0 && expected->slots[slot].pid != pid)
		slot = (slot + 1) & expected->mask;
	return slot;
}

/* A process with several sessions is left. */
static void
add_row(struct expected *expected, const struct roster_row *row, size_t place)
{
	size_t slot = find_slot(expected, row->pid);

	if (expected->slots[slot].pid == row->pid) {
		expected->states[slot] = STATE_LEFT;
		return;
	}
	expected->slots[slot] = (struct process_slot){ row->pid,
		hash_row(row->service, row->user, &row->remote.address),
		(uint32_t)place };
}

struct expected *
expected_new(const struct roster_rows *known)
{
	struct expected *expected = xcalloc(1, sizeof *expected);
	size_t slots = 16;

	while (slots / 5 * 4 < known->count)
		slots *= 2;
	expected->known = known;
	expected->slots = xcalloc(slots, sizeof *expected->slots);
	expected->states = xcalloc(slots, sizeof *expected->states);
	expected->mask = slots - 1;
	for (size_t i = 0; i < known->count; i++)
		if (known->all[i].pid != 0)
			add_row(expected, &known->all[i], i);
	return expected;
}

void
expected_free(struct expected *expected)
{
	if (expected == NULL)
		return;
	free(expected->slots);
	free(expected->states);
	free(expected);
}

bool
expected_tick(struct expected *expected, const struct listed *row)
{
	size_t slot = find_slot(expected, row->pid);

	if (expected->slots[slot].pid != row->pid || row->count != 1 ||
	    expected->states[slot] != STATE_EXPECTED ||
	    expected->slots[slot].hash !=
		hash_row(row->service, row->user, &row->remote))
		return false;
	expected->states[slot] = STATE_CAME;
	return true;
}

bool
expected_untick(
    struct expected *expected, const struct listed *row, struct listed *earlier)
{
	size_t slot = find_slot(expected, row->pid);
	const struct roster_row *known;
	bool came = expected->states[slot] == STATE_CAME;

	if (expected->slots[slot].pid != row->pid)
		return false;
	expected->states[slot] = STATE_LEFT;
	known = &expected->known->all[expected->slots[slot].place];
	*earlier = (struct listed){ .service = known->service,
		.pid = known->pid,
		.count = 1,
		.user = known->user,
		.remote = known->remote.address };
	return came;
}

bool
expected_came(const struct expected *expected, uint32_t pid)
{
	return expected->states[find_slot(expected, pid)] == STATE_CAME;
}
