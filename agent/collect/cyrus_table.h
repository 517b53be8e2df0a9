/* SPDX-License-Identifier: ISC */
/*
 * Cyrus's processes by their pids: whose session each has, as its file, and its events, told. What is
 * heard of one becomes news: nothing here reads or waits.
 */
#ifndef IMSC_CYRUS_TABLE_H
#define IMSC_CYRUS_TABLE_H

#include "agent/collect/cyrus_proc.h"
#include "agent/collect/listing.h"
#include "agent/collect/news.h"

struct cyrus_entry {
	struct cyrus_entry *next; /* with the same hash */
	uint32_t pid;
	unsigned round;     /* the last reading of all files that saw it */
	unsigned deletions; /* of its file, since that was looked at */
	bool dirty;         /* its file is to be looked at */
	/* Its file, as it was looked at last. */
	bool has_file;
	int64_t written_us;
	uint64_t inode;
	/* Its session; SERVICE_NONE: nobody is in. */
	struct session session;
	char *user; /* what its texts point into */
	char *store_id;
	char *mailbox;
	struct connection_id connection; /* its client's, where that is known */
	bool confirmed;                  /* its file told of it, not only an event */
	unsigned owed;    /* deletions that are still to be heard of earlier ones */
	int64_t ended_us; /* when the process was seen to end; 0: it was not */
};

struct cyrus_table;

/* Keeps no more than LIMIT processes. */
struct cyrus_table *cyrus_table_new(size_t limit);
void cyrus_table_free(struct cyrus_table *table);
size_t cyrus_table_count(const struct cyrus_table *table);
/* NULL if it is not there. */
struct cyrus_entry *cyrus_table_find(const struct cyrus_table *table, uint32_t pid);
/* NULL if there are too many. */
struct cyrus_entry *cyrus_table_make(struct cyrus_table *table, uint32_t pid);
/* Takes it out if there is nothing to be known of it. */
void cyrus_table_clean(struct cyrus_table *table, struct cyrus_entry *entry);
void cyrus_table_each(const struct cyrus_table *table,
    void (*call)(void *arg, struct cyrus_entry *entry), void *arg);

/* What its file was at NOW_US. */
struct cyrus_seen {
	const struct cyrus_file *file; /* NULL: there is none */
	enum service service;          /* of who is in; SERVICE_NONE: nobody */
	enum time_source source;       /* of a login that is seen now */
	bool old;                      /* it was so when the watch began: no news */
	struct endpoint local;
	struct endpoint remote; /* as far as they are known */
	struct connection_id connection;
	int64_t now_us;
};

typedef void cyrus_tell(void *arg, const struct news *news);

/* Whether a session begins with what was seen. */
bool cyrus_entry_begins(const struct cyrus_entry *entry, const struct cyrus_seen *seen);
/* What was seen of the file: it may be that of another session by now. */
void cyrus_entry_see(struct cyrus_entry *entry, const struct cyrus_seen *seen,
    cyrus_tell *tell, void *arg);
/* An event told of a login. */
void cyrus_entry_login(struct cyrus_entry *entry, const struct session *login,
    cyrus_tell *tell, void *arg);

/* Adds the session to LISTING, if there is one. */
void cyrus_entry_list(const struct cyrus_entry *entry, struct listing *listing);

#endif
