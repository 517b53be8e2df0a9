/* SPDX-License-Identifier: ISC */
/*
 * LMDB gives the file's last pages no octets if they were used and freed before anything was
 * written to them. We do, so that a file that was cut short is known by its size.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/store/lock.h"
#include "agent/store/whole.h"

enum {
	FREE_PAGES = 0 /* LMDB's own table of the pages that are free, by transaction */
};

struct extent {
	int fd;
	size_t page; /* octets */
	off_t is;    /* octets */
	off_t wanted;
};

/* What is wanted first: the file only grows. */
static bool
measure(const struct store *store, struct extent *extent)
{
	MDB_envinfo info;
	MDB_stat pages;
	struct stat st;

	if (mdb_env_get_fd(store->env, &extent->fd) != 0 ||
	    mdb_env_info(store->env, &info) != 0 ||
	    mdb_env_stat(store->env, &pages) != 0 || fstat(extent->fd, &st) == -1)
		return false;
	extent->page = pages.ms_psize;
	extent->is = st.st_size;
	extent->wanted = (off_t)((info.me_last_pgno + 1) * pages.ms_psize);
	return true;
}

void
whole_keep(const struct store *store)
{
	struct extent extent;

	/* Unlike ftruncate() it cannot take away what another process has just written. */
	if (measure(store, &extent) && extent.is < extent.wanted &&
	    fallocate(extent.fd, 0, extent.is, extent.wanted - extent.is) == -1)
		return; /* the next start looks more closely */
}

static size_t
count_from(MDB_cursor *cursor, size_t first)
{
	MDB_val value;
	MDB_val key;
	size_t count = 0;

	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		/* How many there are, and their numbers. */
		const size_t *list = value.mv_data;
		size_t room = value.mv_size / sizeof *list;

		for (size_t i = 1; i < room && i <= list[0]; i++)
			count += list[i] >= first;
	}
	return count;
}

/* How many of the free pages are FIRST or behind it. LMDB lets only readers ask. */
static size_t
count_free(const struct store *store, size_t first)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	size_t count = 0;

	if (mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn) != 0)
		return 0;
	if (mdb_cursor_open(txn, FREE_PAGES, &cursor) == 0) {
		count = count_from(cursor, first);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return count;
}

/* With octets for every page all can be read; they are taken back if some are in use. */
static bool
repair(const struct store *store, const struct extent *extent)
{
	size_t first = (size_t)extent->is / extent->page;
	size_t end = (size_t)extent->wanted / extent->page;

	bool whole;

	if (ftruncate(extent->fd, extent->wanted) == -1)
		return false;
	whole = count_free(store, first) == end - first;
	if (!whole && ftruncate(extent->fd, extent->is) == -1)
		return false;
	return whole;
}

/* Nobody else writes meanwhile. */
static bool
check_writing(const struct store *store, struct extent *extent)
{
	bool whole;
	MDB_txn *txn;

	if (mdb_txn_begin(store->env, NULL, 0, &txn) != 0)
		return false;
	whole = measure(store, extent) &&
	    (extent->is >= extent->wanted || repair(store, extent));
	mdb_txn_abort(txn);
	return whole;
}

int
whole_check(struct store *store, enum store_mode mode, struct error *err)
{
	struct extent extent;

	if (!measure(store, &extent))
		return error_set(err, "cannot look at \"%s/data.mdb\"", store->path);
	if (extent.is >= extent.wanted)
		return 0;
	/* A running imsconnd has looked, and may be about to see to it. */
	if ((mode == STORE_READ && store_lock_is_taken(store->path)) ||
	    (mode == STORE_WRITE && check_writing(store, &extent)))
		return 0;
	return error_set(err,
	    "\"%s/data.mdb\" was cut short (%lld of %lld octets); "
	    "move it away to begin anew",
	    store->path, (long long)extent.is, (long long)extent.wanted);
}
