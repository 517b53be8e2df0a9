/* SPDX-License-Identifier: ISC */
/* Blocks by their user's key. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/store/block.h"
#include "agent/store/record.h"
#include "agent/store/view.h"

enum {
	BLOCK_VERSION = 1
};

/* A row's value, big-endian; behind it the user's name, then the requester. */
struct stored {
	uint8_t version;
	uint64_t since_us;
	uint64_t until_us;
	uint64_t failed_us;
	uint16_t user_length;
} __attribute__((packed));

/* Into BUFFER of RECORD_SIZE; what is too long of the requester is cut. */
static size_t
encode(uint8_t *buffer, const struct block *block)
{
	struct stored head = {
		.version = BLOCK_VERSION,
		.since_us = htobe64((uint64_t)block->since_us),
		.until_us = htobe64((uint64_t)block->until_us),
		.failed_us = htobe64((uint64_t)block->failed_us),
		.user_length = htobe16((uint16_t)block->user.length),
	};
	size_t requester = block->requester.length;
	uint8_t *at = buffer + sizeof head;

	if (requester > RECORD_TEXT_MAX)
		requester = RECORD_TEXT_MAX;
	memcpy(buffer, &head, sizeof head);
	memcpy(at, block->user.data, block->user.length);
	at += block->user.length;
	if (requester > 0)
		memcpy(at, block->requester.data, requester);
	return sizeof head + block->user.length + requester;
}

static MDB_val
key_value(const struct user_key *key)
{
	return (MDB_val){ 1 + (size_t)key->length, (void *)(uintptr_t)key };
}

/* A store that was last written by an older version of ours has no such table to read. */
static bool
has_table(const struct view *view)
{
	return view->store->tables[TABLE_BLOCK] != 0;
}

static int
decode(struct view *view, MDB_val value, struct block *block)
{
	const char *texts = (const char *)value.mv_data + sizeof(struct stored);
	struct stored head = { 0 };
	size_t length;

	if (value.mv_size >= sizeof head)
		memcpy(&head, value.mv_data, sizeof head);
	length = be16toh(head.user_length);
	if (head.version != BLOCK_VERSION || length == 0 || length > USER_NAME_MAX ||
	    length > value.mv_size - sizeof head)
		return view_damaged(view, TABLE_BLOCK, "no block");
	*block = (struct block){
		.user = { texts, length },
		.since_us = (int64_t)be64toh(head.since_us),
		.until_us = (int64_t)be64toh(head.until_us),
		.failed_us = (int64_t)be64toh(head.failed_us),
		.requester = { texts + length, value.mv_size - sizeof head - length },
	};
	return 1;
}

int
block_put(struct view *view, const struct block *block, struct error *err)
{
	uint8_t buffer[RECORD_SIZE];
	struct user_key key;

	if (user_key_make(&key, block->user, err) == -1)
		return -1;
	return view_put(view, TABLE_BLOCK, key_value(&key),
	    (MDB_val){ encode(buffer, block), buffer }, err);
}

int
block_delete(struct view *view, struct text user, struct error *err)
{
	struct user_key key;

	if (user_key_make(&key, user, err) == -1)
		return -1;
	return view_delete(view, TABLE_BLOCK, key_value(&key), err);
}

int
block_find(struct view *view, struct text user, struct block *block)
{
	struct user_key key;
	MDB_val value;

	if (!has_table(view) || user_key_make(&key, user, NULL) == -1 ||
	    !view_find(view, TABLE_BLOCK, key_value(&key), &value))
		return 0;
	return decode(view, value, block);
}

int
block_seek(struct view *view, const struct user_key *after, struct block *block)
{
	bool beyond = after->length > 0;
	MDB_val key = beyond ? key_value(after) : (MDB_val){ 0 };
	MDB_val value;

	if (!has_table(view) || !view_seek(view, TABLE_BLOCK, &key, beyond, &value))
		return 0;
	return decode(view, value, block);
}
