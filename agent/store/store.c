/* SPDX-License-Identifier: ISC */
/* Opening the store: the directory, the environment, its tables and its schema. */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/store/open.h"
#include "agent/store/whole.h"

enum {
	MAX_READERS = 1024
};

static const char *const table_names[TABLE_COUNT] = {
	[TABLE_META] = "meta",
	[TABLE_SESSION] = "session",
	[TABLE_USER] = "user",
	[TABLE_PROCESS] = "process",
	[TABLE_HAVING] = "having",
	[TABLE_TOTALS] = "totals",
	[TABLE_LOAD] = "load",
	[TABLE_AUDIT] = "audit",
	[TABLE_ALARM] = "alarm",
	[TABLE_ALIAS] = "alias",
	[TABLE_BLOCK] = "block",
	[TABLE_ENDED] = "ended",
};

/* Who may open what is denied: the directory's group, by name if it has one. */
static int
fail_denied(const char *path, struct error *err)
{
	struct stat st;
	const struct group *group = stat(path, &st) == 0 ? getgrgid(st.st_gid) : NULL;

	return error_set_kind(err, ERROR_DENIED,
	    "cannot open the store in \"%s\": permission denied; be root%s%s", path,
	    group ? " or a member of group " : "", group ? group->gr_name : "");
}

static int
fail_open(const char *path, int rc, struct error *err)
{
	switch (rc) {
	case ENOENT:
		return error_set_kind(err, ERROR_MISSING,
		    "there is no store in \"%s\"; imsconnd makes it", path);
	case EACCES:
	case EPERM:
	case EROFS:
		return fail_denied(path, err);
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_CORRUPTED:
		return error_set(err,
		    "\"%s/data.mdb\" is no store (%s); move it away to "
		    "begin anew",
		    path, mdb_strerror(rc));
	case ENOSPC:
	case EDQUOT:
		return error_set_kind(err, ERROR_FULL,
		    "cannot open the store in \"%s\": %s", path, mdb_strerror(rc));
	default:
		return error_set(
		    err, "cannot open the store in \"%s\": %s", path, mdb_strerror(rc));
	}
}

static int
check_schema(struct view *view, schema_function *complete, struct error *err)
{
	int64_t schema = store_get_mark(view, STORE_MARK_SCHEMA);

	if (schema > STORE_SCHEMA)
		return error_set_kind(err, ERROR_NEWER,
		    "the store in \"%s\" has schema "
		    "%lld, and imsconn " PACKAGE_VERSION
		    " knows up to %d: install the newer "
		    "imsconn, or move the store away",
		    view->store->path, (long long)schema, STORE_SCHEMA);
	if (schema == STORE_SCHEMA || complete == NULL)
		return 0;
	return complete(view, schema, err);
}

/* A reader does without what an older store has not. */
static bool
may_lack(enum table table)
{
	return table == TABLE_ALIAS || table == TABLE_BLOCK || table == TABLE_ENDED;
}

static int
open_table(const struct view *view, enum table table)
{
	int rc = mdb_dbi_open(view->txn, table_names[table],
	    view->writing ? MDB_CREATE : 0, &view->store->tables[table]);

	return rc == MDB_NOTFOUND && may_lack(table) ? 0 : rc;
}

/* Opens every table; the handles live as long as the environment. */
static int
open_tables(struct store *store, enum store_mode mode, schema_function *complete,
    struct error *err)
{
	struct view view = { .store = store, .live = true };
	int rc;

	view.writing = mode == STORE_WRITE;
	rc = mdb_txn_begin(store->env, NULL, view.writing ? 0 : MDB_RDONLY, &view.txn);
	for (size_t i = 0; rc == 0 && i < TABLE_COUNT; i++)
		rc = open_table(&view, (enum table)i);
	if (rc != 0) {
		mdb_txn_abort(view.txn);
		return fail_open(store->path, rc == MDB_NOTFOUND ? ENOENT : rc, err);
	}
	rc = check_schema(&view, complete, err);
	view_close_cursors(&view);
	if (rc == -1) {
		mdb_txn_abort(view.txn);
		return -1;
	}
	rc = mdb_txn_commit(view.txn);
	return rc == 0 ? 0 : fail_open(store->path, rc, err);
}

/* Readers of our group need to write to the lock, not to the data. */
static void
set_modes(const char *path)
{
	char file[4096];

	snprintf(file, sizeof file, "%s/data.mdb", path);
	chmod(file, 0640);
	snprintf(file, sizeof file, "%s/lock.mdb", path);
	chmod(file, 0660);
}

static int
open_env(struct store *store, enum store_mode mode, struct error *err)
{
	unsigned flags = MDB_NOTLS | (mode == STORE_WRITE ? 0 : MDB_RDONLY);
	int rc = mdb_env_create(&store->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(store->env, TABLE_COUNT);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(store->env, MAX_READERS);
	if (rc == 0 && mode == STORE_WRITE)
		rc = mdb_env_set_mapsize(store->env, (size_t)store->map_gib << 30);
	if (rc == 0)
		rc = mdb_env_open(store->env, store->path, flags, 0660);
	return rc == 0 ? 0 : fail_open(store->path, rc, err);
}

static struct store *
new_store(const char *path, int map_gib)
{
	struct store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return NULL;
	store->path = strdup(path);
	store->map_gib = map_gib;
	if (store->path != NULL)
		return store;
	free(store);
	return NULL;
}

int
store_open_with(struct store **store, const char *path, enum store_mode mode,
    int map_gib, schema_function *complete, struct error *err)
{
	struct store *new = new_store(path, map_gib);

	if (new == NULL)
		return error_set(err, "out of memory");
	if (open_env(new, mode, err) == -1)
		goto fail;
	if (mode == STORE_WRITE)
		set_modes(path);
	if (whole_check(new, mode, err) == -1 ||
	    open_tables(new, mode, complete, err) == -1)
		goto fail;
	*store = new;
	return 0;
fail:
	store_close(new);
	return -1;
}

int
store_open_reading(
    struct store **store, const char *path, enum store_mode mode, struct error *err)
{
	return store_open_with(store, path, mode, 0, NULL, err);
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	if (store->env != NULL)
		mdb_env_close(store->env);
	free(store->path);
	free(store);
}

int
store_fd(const struct store *store)
{
	int fd;

	return mdb_env_get_fd(store->env, &fd) == 0 ? fd : -1;
}

int
store_clear_dead_readers(struct store *store)
{
	int dead = 0;

	mdb_reader_check(store->env, &dead);
	return dead;
}

int64_t
view_created_us(struct view *view)
{
	return store_get_mark(view, STORE_MARK_CREATED);
}

int64_t
store_get_mark(struct view *view, const char *name)
{
	MDB_val key = { strlen(name), (void *)(uintptr_t)name };
	uint64_t number;
	MDB_val value;

	if (!view_find(view, TABLE_META, key, &value) || value.mv_size != sizeof number)
		return 0;
	memcpy(&number, value.mv_data, sizeof number);
	return (int64_t)be64toh(number);
}

int
store_set_mark(struct view *view, const char *name, int64_t value, struct error *err)
{
	MDB_val key = { strlen(name), (void *)(uintptr_t)name };
	uint64_t number = htobe64((uint64_t)value);

	return view_put(
	    view, TABLE_META, key, (MDB_val){ sizeof number, &number }, err);
}

struct text
store_get_text(struct view *view, const char *name)
{
	MDB_val key = { strlen(name), (void *)(uintptr_t)name };
	MDB_val value;

	if (!view_find(view, TABLE_META, key, &value))
		return (struct text){ 0 };
	return (struct text){ value.mv_data, value.mv_size };
}

int
store_set_text(struct view *view, const char *name, struct text text, struct error *err)
{
	MDB_val key = { strlen(name), (void *)(uintptr_t)name };

	return view_put(view, TABLE_META, key,
	    (MDB_val){ text.length, (void *)(uintptr_t)text.data }, err);
}
