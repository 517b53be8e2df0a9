/* SPDX-License-Identifier: ISC */
/*
 * Inside the store only: a transaction with a cursor on each of the environment's tables,
 * and the four things that can be done with them.
 */
#ifndef IMSC_STORE_VIEW_H
#define IMSC_STORE_VIEW_H

#include <lmdb.h>

#include "agent/privacy.h"
#include "agent/store/store.h"
#include "agent/store/tally.h"

enum table {
	TABLE_META,    /* name -> number of 8 octets */
	TABLE_SESSION, /* service, number -> session */
	TABLE_USER,    /* user key -> user */
	TABLE_PROCESS, /* pid, service, number -> mark */
	TABLE_HAVING,  /* what a row has, the row's key -> nothing */
	TABLE_TOTALS,  /* service -> totals */
	TABLE_LOAD, /* service, sessions -> how many users have so many; 0, day: are away */
	TABLE_AUDIT, /* number -> audit */
	TABLE_ALARM, /* number -> alarm */
	TABLE_ALIAS, /* what a user has, pseudonym -> user key */
	TABLE_BLOCK, /* user key -> block */
	TABLE_ENDED, /* a session's name -> when it was ended */
	TABLE_COUNT
};

struct store {
	MDB_env *env;
	MDB_dbi tables[TABLE_COUNT];
	char *path;
	int map_gib;
	const struct privacy *pseudonyms; /* what they are made with; NULL: none are */
};

struct view {
	struct store *store;
	MDB_txn *txn;
	bool live; /* between renew and release */
	bool writing;
	bool damaged; /* said once */
	bool changed; /* while writing: a row was written or deleted */
	MDB_cursor *cursors[TABLE_COUNT];
	bool positioned[TABLE_COUNT]; /* the cursor belongs to this picture */
	MDB_val at[TABLE_COUNT]; /* the key that it was moved to, NULL if not known */
	/* While writing, flushed by the commit: */
	struct totals totals[SERVICE_END];
	unsigned totals_read;    /* bit 1 << service */
	unsigned totals_changed; /* likewise */
	struct tally tally;
};

/* 1 and the value if there is such a key, else 0. */
int view_find(struct view *view, enum table table, MDB_val key, MDB_val *value);
/* The first row whose key is *KEY (unless AFTER) or comes after it. 1 or 0. */
int view_seek(
    struct view *view, enum table table, MDB_val *key, bool after, MDB_val *value);
/* The row after the one that was found last in this picture. 1 or 0. */
int view_next(struct view *view, enum table table, MDB_val *key, MDB_val *value);
/* The last row whose key comes before KEY. 1 or 0. */
int view_seek_back(struct view *view, enum table table, MDB_val *key, MDB_val *value);

/* Adds or replaces, and deletes (what is not there, too), while writing. */
int view_put(
    struct view *view, enum table table, MDB_val key, MDB_val value, struct error *err);
int view_delete(struct view *view, enum table table, MDB_val key, struct error *err);

/* As view_put(), of a key behind all others: many in order make full pages. */
int view_append(
    struct view *view, enum table table, MDB_val key, MDB_val value, struct error *err);
/* Deletes every row, while writing. */
int view_clear(struct view *view, enum table table, struct error *err);

/* The totals to be changed while writing; read at first use. */
struct totals *view_change_totals(struct view *view, enum service service);
int view_flush_totals(struct view *view, struct error *err);

/* Before a transaction ends by other means than view_close(). */
void view_close_cursors(struct view *view);

/* Notes that LMDB or a value is not as it should be, and returns 0: not found. */
int view_damaged(struct view *view, enum table table, const char *what);

#endif
