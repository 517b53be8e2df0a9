/* SPDX-License-Identifier: ISC */
/* The ring of requests to end sessions. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/store/audit.h"
#include "agent/store/record.h"
#include "agent/store/view.h"

#define MARK_NEXT_AUDIT "next audit"

static int
drop_oldest(struct view *view, uint32_t keep, struct error *err)
{
	MDB_val value;
	MDB_val key;
	MDB_stat stat;
	char copy[sizeof(uint32_t)];

	while (mdb_stat(view->txn, view->store->tables[TABLE_AUDIT], &stat) == 0 &&
	    stat.ms_entries > keep) {
		key = (MDB_val){ 0 };
		if (!view_seek(view, TABLE_AUDIT, &key, false, &value) ||
		    key.mv_size != sizeof copy)
			return 0;
		memcpy(copy, key.mv_data, sizeof copy);
		key.mv_data = copy;
		if (view_delete(view, TABLE_AUDIT, key, err) == -1)
			return -1;
	}
	return 0;
}

int
audit_add(struct view *view, struct audit *audit, uint32_t keep, struct error *err)
{
	uint32_t number = (uint32_t)store_get_mark(view, MARK_NEXT_AUDIT);
	uint8_t buffer[RECORD_SIZE];
	uint32_t key;
	size_t length;

	audit->number = number ? number : 1;
	key = htobe32(audit->number);
	length = record_put_audit(buffer, audit);
	if (view_put(view, TABLE_AUDIT, (MDB_val){ sizeof key, &key },
		(MDB_val){ length, buffer }, err) == -1 ||
	    store_set_mark(view, MARK_NEXT_AUDIT, audit->number + 1, err) == -1)
		return -1;
	return drop_oldest(view, keep, err);
}

int
audit_seek(struct view *view, uint32_t number, bool after, struct audit *audit)
{
	uint32_t stored = htobe32(number);
	MDB_val key = { sizeof stored, &stored };
	MDB_val value;

	if (!view_seek(view, TABLE_AUDIT, &key, after, &value))
		return 0;
	if (key.mv_size != sizeof stored)
		return view_damaged(view, TABLE_AUDIT, "a key's length");
	memcpy(&stored, key.mv_data, sizeof stored);
	audit->number = be32toh(stored);
	if (!record_get_audit(value.mv_data, value.mv_size, audit))
		return view_damaged(view, TABLE_AUDIT, "no audit");
	return 1;
}
