/* SPDX-License-Identifier: ISC */
/* The ring of requests to end sessions. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/store/audit.h"
#include "agent/store/record.h"
#include "agent/store/view.h"

#define MARK_NEXT_AUDIT "next audit"

/* In the table of what rows have, beside the services and what sessions have. */
enum {
	AUDIT_RETURNED = 18
};

struct returned_key {
	uint8_t having;
	uint32_t number; /* big-endian */
} __attribute__((packed));

#define KEY(key) ((MDB_val){ sizeof(key), &(key) })

/* Writes or takes away the key that says that the row's user was back. */
static int
set_returned(struct view *view, uint32_t number, bool returned, struct error *err)
{
	struct returned_key key = { AUDIT_RETURNED, htobe32(number) };

	if (returned)
		return view_put(view, TABLE_HAVING, KEY(key), (MDB_val){ 0 }, err);
	return view_delete(view, TABLE_HAVING, KEY(key), err);
}

static int
drop_oldest(struct view *view, uint32_t keep, struct error *err)
{
	MDB_val value;
	MDB_val key;
	MDB_stat stat;
	uint32_t oldest;

	while (mdb_stat(view->txn, view->store->tables[TABLE_AUDIT], &stat) == 0 &&
	    stat.ms_entries > keep) {
		key = (MDB_val){ 0 };
		if (!view_seek(view, TABLE_AUDIT, &key, false, &value) ||
		    key.mv_size != sizeof oldest)
			return 0;
		memcpy(&oldest, key.mv_data, sizeof oldest);
		if (view_delete(view, TABLE_AUDIT, KEY(oldest), err) == -1 ||
		    set_returned(view, be32toh(oldest), false, err) == -1)
			return -1;
	}
	return 0;
}

static int
write_row(struct view *view, const struct audit *audit, struct error *err)
{
	uint32_t key = htobe32(audit->number);
	uint8_t buffer[RECORD_SIZE];
	size_t length = record_put_audit(buffer, audit);

	return view_put(view, TABLE_AUDIT, KEY(key), (MDB_val){ length, buffer }, err);
}

int
audit_add(struct view *view, struct audit *audit, uint32_t keep, struct error *err)
{
	uint32_t number = (uint32_t)store_get_mark(view, MARK_NEXT_AUDIT);

	audit->number = number ? number : 1;
	if (write_row(view, audit, err) == -1 ||
	    store_set_mark(view, MARK_NEXT_AUDIT, audit->number + 1, err) == -1)
		return -1;
	return drop_oldest(view, keep, err);
}

static int
decode(struct view *view, MDB_val key, MDB_val value, struct audit *audit)
{
	uint32_t stored;

	if (key.mv_size != sizeof stored)
		return view_damaged(view, TABLE_AUDIT, "a key's length");
	memcpy(&stored, key.mv_data, sizeof stored);
	audit->number = be32toh(stored);
	if (!record_get_audit(value.mv_data, value.mv_size, audit))
		return view_damaged(view, TABLE_AUDIT, "no audit");
	return 1;
}

int
audit_seek(struct view *view, uint32_t number, bool after, struct audit *audit)
{
	uint32_t stored = htobe32(number);
	MDB_val key = KEY(stored);
	MDB_val value;

	if (!view_seek(view, TABLE_AUDIT, &key, after, &value))
		return 0;
	return decode(view, key, value, audit);
}

int
audit_seek_returned(struct view *view, uint32_t number, bool after, struct audit *audit)
{
	struct returned_key wanted = { AUDIT_RETURNED, htobe32(number) };
	struct returned_key found;
	MDB_val key = KEY(wanted);
	MDB_val value;
	uint32_t stored;

	if (!view_seek(view, TABLE_HAVING, &key, after, &value) ||
	    key.mv_size != sizeof found)
		return 0;
	memcpy(&found, key.mv_data, sizeof found);
	if (found.having != AUDIT_RETURNED)
		return 0;
	stored = found.number;
	key = KEY(stored);
	if (!view_find(view, TABLE_AUDIT, key, &value))
		return view_damaged(view, TABLE_HAVING, "no such audit");
	return decode(view, key, value, audit);
}

bool
audit_last(struct view *view, uint32_t *number)
{
	/* Longer than every key, and so behind them. */
	uint8_t behind[sizeof *number + 1];
	MDB_val key = KEY(behind);
	MDB_val value;

	memset(behind, 0xff, sizeof behind);
	if (!view_seek_back(view, TABLE_AUDIT, &key, &value) ||
	    key.mv_size != sizeof *number)
		return false;
	memcpy(number, key.mv_data, sizeof *number);
	*number = be32toh(*number);
	return true;
}

int
audit_set_returned(
    struct view *view, uint32_t number, int64_t returned_us, struct error *err)
{
	struct audit audit;

	if (!audit_seek(view, number, false, &audit) || audit.number != number)
		return 0;
	audit.returned_us = returned_us;
	if (write_row(view, &audit, err) == -1)
		return -1;
	return set_returned(view, number, returned_us != 0, err);
}
