/* SPDX-License-Identifier: ISC */
/* Sessions that were ended on request: when, by name. There are few of them. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/store/ended.h"
#include "agent/store/view.h"

static const int64_t kept_us = 86400LL * CLOCK_SECOND_US;

static MDB_val
key_value(struct text name)
{
	return (MDB_val){ name.length, (void *)(uintptr_t)name.data };
}

/* A store that was last written by an older version of ours has no such table to read. */
static bool
has_table(const struct view *view)
{
	return view->store->tables[TABLE_ENDED] != 0;
}

/* A damaged time is one of long ago; one that is ahead of a clock set back does not last. */
static bool
is_old(MDB_val value, int64_t now_us)
{
	uint64_t at = 0;
	int64_t at_us;

	if (value.mv_size == sizeof at)
		memcpy(&at, value.mv_data, sizeof at);
	at_us = (int64_t)be64toh(at);
	return now_us - at_us >= kept_us || at_us - now_us >= kept_us;
}

int
ended_put(struct view *view, struct text name, int64_t at_us, struct error *err)
{
	uint64_t at = htobe64((uint64_t)at_us);

	if (name.length == 0 || name.length > ENDED_NAME_MAX)
		return error_set(
		    err, "the name of a session that ended makes no sense");
	return view_put(
	    view, TABLE_ENDED, key_value(name), (MDB_val){ sizeof at, &at }, err);
}

bool
ended_has(struct view *view, struct text name, int64_t now_us)
{
	MDB_val value;

	return has_table(view) &&
	    view_find(view, TABLE_ENDED, key_value(name), &value) &&
	    !is_old(value, now_us);
}

/* The first old one after NAME, which it replaces; 1 or 0. */
static int
seek_old(struct view *view, char name[ENDED_NAME_MAX], size_t *length, int64_t now_us)
{
	MDB_val key = { *length, name };
	MDB_val value;

	while (view_seek(view, TABLE_ENDED, &key, true, &value)) {
		if (key.mv_size > ENDED_NAME_MAX)
			return view_damaged(view, TABLE_ENDED, "a key's length");
		memcpy(name, key.mv_data, key.mv_size);
		*length = key.mv_size;
		if (is_old(value, now_us))
			return 1;
		key = (MDB_val){ *length, name };
	}
	return 0;
}

bool
ended_is_due(struct view *view, int64_t now_us)
{
	char name[ENDED_NAME_MAX];
	size_t length = 0;

	return has_table(view) && seek_old(view, name, &length, now_us);
}

int
ended_forget(struct view *view, int64_t now_us, struct error *err)
{
	char name[ENDED_NAME_MAX];
	size_t length = 0;

	while (seek_old(view, name, &length, now_us))
		if (view_delete(view, TABLE_ENDED,
			key_value((struct text){ name, length }), err) == -1)
			return -1;
	return 0;
}
