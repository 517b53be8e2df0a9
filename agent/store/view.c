/* SPDX-License-Identifier: ISC */
/* Transactions, and finding and changing rows in them. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/alloc.h"
#include "agent/log.h"
#include "agent/store/record.h"
#include "agent/store/view.h"
#include "agent/store/whole.h"

int
view_damaged(struct view *view, enum table table, const char *what)
{
	if (!view->damaged)
		log_error(
		    "the store in \"%s\" is damaged (table %d: %s); stop imsconnd and "
		    "move it away to begin anew",
		    view->store->path, table, what);
	view->damaged = true;
	return 0;
}

/* LMDB calls a write that the disk had only half the room for an input/output error. */
static bool
disk_is_full(const char *path)
{
	const unsigned long least = 256 * 1024;
	struct statvfs disk;

	return statvfs(path, &disk) == 0 && disk.f_bavail * disk.f_frsize < least;
}

static int
fail(struct view *view, const char *what, int rc, struct error *err)
{
	if (rc == EIO && disk_is_full(view->store->path))
		rc = ENOSPC;
	if (rc == MDB_MAP_FULL)
		return error_set_kind(err, ERROR_FULL,
		    "cannot %s the store in \"%s\": its "
		    "map of %d GiB is full; raise store.map_gib",
		    what, view->store->path, view->store->map_gib);
	if (rc == ENOSPC || rc == EDQUOT || rc == EFBIG)
		return error_set_kind(err, ERROR_FULL,
		    "cannot %s the store in \"%s\": %s", what, view->store->path,
		    strerror(rc));
	return error_set(err, "cannot %s the store in \"%s\": %s", what,
	    view->store->path, mdb_strerror(rc));
}

int
view_open(struct view **view, struct store *store, struct error *err)
{
	*view = calloc(1, sizeof **view);
	if (*view == NULL)
		return error_set(err, "out of memory");
	(*view)->store = store;
	if (view_renew(*view, err) == 0)
		return 0;
	view_close(*view);
	*view = NULL;
	return -1;
}

int
view_renew(struct view *view, struct error *err)
{
	int rc;

	view_release(view);
	if (view->txn == NULL)
		rc = mdb_txn_begin(view->store->env, NULL, MDB_RDONLY, &view->txn);
	else
		rc = mdb_txn_renew(view->txn);
	if (rc != 0)
		return fail(view, "read", rc, err);
	view->live = true;
	return 0;
}

void
view_release(struct view *view)
{
	if (!view->live)
		return;
	mdb_txn_reset(view->txn);
	view->live = false;
	memset(view->positioned, 0, sizeof view->positioned);
}

void
view_close_cursors(struct view *view)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (view->cursors[i] != NULL)
			mdb_cursor_close(view->cursors[i]);
	memset(view->cursors, 0, sizeof view->cursors);
	memset(view->positioned, 0, sizeof view->positioned);
}

void
view_close(struct view *view)
{
	if (view == NULL)
		return;
	view_close_cursors(view);
	if (view->txn != NULL)
		mdb_txn_abort(view->txn);
	free(view);
}

uint64_t
view_generation(struct view *view)
{
	return mdb_txn_id(view->txn);
}

int
store_begin(struct view **view, struct store *store, struct error *err)
{
	struct view *new = xcalloc(1, sizeof *new);
	int rc;

	new->store = store;
	rc = mdb_txn_begin(store->env, NULL, 0, &new->txn);
	if (rc != 0) {
		fail(new, "write", rc, err);
		free(new);
		return -1;
	}
	new->live = true;
	new->writing = true;
	*view = new;
	return 0;
}

bool
view_is_changed(const struct view *view)
{
	return view->changed || view->totals_changed != 0 || view->tally.count > 0;
}

int
store_commit(struct view *view, struct error *err)
{
	int rc;

	if (view_flush_totals(view, err) == -1 || tally_flush(view, err) == -1) {
		store_abort(view);
		return -1;
	}
	rc = mdb_txn_commit(view->txn);
	if (rc != 0)
		fail(view, "write", rc, err);
	else
		whole_keep(view->store);
	free(view);
	return rc == 0 ? 0 : -1;
}

void
store_abort(struct view *view)
{
	mdb_txn_abort(view->txn);
	free(view);
}

/* The table's cursor in this picture, NULL if LMDB gives none. */
static MDB_cursor *
get_cursor(struct view *view, enum table table)
{
	MDB_cursor **cursor = &view->cursors[table];
	int rc = 0;

	if (view->positioned[table])
		return *cursor;
	if (*cursor == NULL)
		rc = mdb_cursor_open(view->txn, view->store->tables[table], cursor);
	else
		rc = mdb_cursor_renew(view->txn, *cursor);
	if (rc != 0) {
		view_damaged(view, table, mdb_strerror(rc));
		return NULL;
	}
	view->positioned[table] = true;
	view->at[table].mv_data = NULL;
	return *cursor;
}

/*
 * What LMDB's answer means to who looks for a row: 1 or 0. KEY is the store's own that the
 * cursor was moved to, NULL if that is not known.
 */
static int
found(struct view *view, enum table table, const MDB_val *key, int rc)
{
	if (rc == 0 && key != NULL)
		view->at[table] = *key;
	else
		view->at[table].mv_data = NULL;
	if (rc == 0)
		return 1;
	return rc == MDB_NOTFOUND ? 0 : view_damaged(view, table, mdb_strerror(rc));
}

/* By the cursor: a row that is near the last one is found without a descent of the tree. */
int
view_find(struct view *view, enum table table, MDB_val key, MDB_val *value)
{
	MDB_cursor *cursor = get_cursor(view, table);

	if (cursor == NULL)
		return 0;
	return found(view, table, NULL, mdb_cursor_get(cursor, &key, value, MDB_SET));
}

static bool
same_key(const MDB_val *a, const MDB_val *b)
{
	return a->mv_size == b->mv_size &&
	    memcmp(a->mv_data, b->mv_data, a->mv_size) == 0;
}

/* Whether the cursor stands at WANTED, as it does in the middle of a walk. */
static bool
is_at(const struct view *view, enum table table, const MDB_val *wanted)
{
	const MDB_val *at = &view->at[table];

	return view->positioned[table] && !view->writing && at->mv_data != NULL &&
	    same_key(at, wanted);
}

int
view_next(struct view *view, enum table table, MDB_val *key, MDB_val *value)
{
	MDB_cursor *cursor = get_cursor(view, table);

	if (cursor == NULL)
		return 0;
	return found(view, table, key, mdb_cursor_get(cursor, key, value, MDB_NEXT));
}

int
view_seek(struct view *view, enum table table, MDB_val *key, bool after, MDB_val *value)
{
	MDB_val wanted = *key;
	MDB_cursor *cursor;
	int rc;

	if (after && is_at(view, table, key)) {
		rc = mdb_cursor_get(view->cursors[table], key, value, MDB_NEXT);
		return found(view, table, key, rc);
	}
	cursor = get_cursor(view, table);
	if (cursor == NULL)
		return 0;
	if (wanted.mv_size == 0)
		rc = mdb_cursor_get(cursor, key, value, MDB_FIRST);
	else
		rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
	if (rc == 0 && after && same_key(key, &wanted))
		rc = mdb_cursor_get(cursor, key, value, MDB_NEXT);
	return found(view, table, key, rc);
}

int
view_seek_back(struct view *view, enum table table, MDB_val *key, MDB_val *value)
{
	MDB_cursor *cursor = get_cursor(view, table);
	int rc;

	if (cursor == NULL)
		return 0;
	rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
	if (rc == 0)
		rc = mdb_cursor_get(cursor, key, value, MDB_PREV);
	else if (rc == MDB_NOTFOUND)
		rc = mdb_cursor_get(cursor, key, value, MDB_LAST);
	return found(view, table, key, rc);
}

int
view_put(
    struct view *view, enum table table, MDB_val key, MDB_val value, struct error *err)
{
	int rc = mdb_put(view->txn, view->store->tables[table], &key, &value, 0);

	view->changed = true;
	return rc == 0 ? 0 : fail(view, "write", rc, err);
}

int
view_append(
    struct view *view, enum table table, MDB_val key, MDB_val value, struct error *err)
{
	int rc =
	    mdb_put(view->txn, view->store->tables[table], &key, &value, MDB_APPEND);

	view->changed = true;
	return rc == 0 ? 0 : fail(view, "write", rc, err);
}

int
view_delete(struct view *view, enum table table, MDB_val key, struct error *err)
{
	int rc = mdb_del(view->txn, view->store->tables[table], &key, NULL);

	view->changed = view->changed || rc == 0;
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : fail(view, "write", rc, err);
}

int
view_clear(struct view *view, enum table table, struct error *err)
{
	int rc = mdb_drop(view->txn, view->store->tables[table], 0);

	view->changed = true;
	return rc == 0 ? 0 : fail(view, "write", rc, err);
}

uint64_t
store_count_users(struct view *view)
{
	MDB_stat stat;

	return mdb_stat(view->txn, view->store->tables[TABLE_USER], &stat) == 0 ?
	    stat.ms_entries :
	    0;
}
