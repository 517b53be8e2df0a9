/* SPDX-License-Identifier: ISC */
/*
 * Who is in, as Cyrus's files and events tell: the table, and its lock. One thread says what changed,
 * reads the files in question, and makes news of it; the collector asks.
 */
#ifndef IMSC_CYRUS_PRESENCE_H
#define IMSC_CYRUS_PRESENCE_H

#include "agent/collect/cyrus_event.h"
#include "agent/collect/cyrus_table.h"
#include "agent/collect/news_batch.h"

struct cyrus_presence;

/* CONF is borrowed, and what is taken of it does not change; the news go into QUEUE. */
struct cyrus_presence *cyrus_presence_new(
    const struct conf *conf, struct news_queue *queue);
void cyrus_presence_free(struct cyrus_presence *presence);

/* Of the thread. */

/* A file is another one, or DELETED: it is to be looked at. As cyrus_file_call. */
void cyrus_presence_change(void *presence, uint32_t pid, bool deleted);
/* There is such a file: likewise. */
void cyrus_presence_name(void *presence, uint32_t pid, bool deleted);
void cyrus_presence_event(struct cyrus_presence *presence, struct cyrus_event *event);
/* Looks at some of the files in FOLDER that are to be. True: there are more. */
bool cyrus_presence_look(struct cyrus_presence *presence, int folder);
/*
 * Begins to read all files: each is named, then looked at, and then those that were not named.
 * LOST: what changed before is not known.
 */
void cyrus_presence_begin(struct cyrus_presence *presence, bool lost);
/* All were named. True if all were looked at, too, and this is over. */
bool cyrus_presence_finish(struct cyrus_presence *presence);
/* They cannot be read, or heard of. */
void cyrus_presence_fail(struct cyrus_presence *presence, const struct error *err);
/* Tells the collector, and takes its answers. */
void cyrus_presence_exchange(struct cyrus_presence *presence);

/* Of the collector. */

/*
 * 1: who is in, without reading a file; 0: all files are being read for the first time; -1 and ERR:
 * they cannot be heard of, or not be read.
 */
int cyrus_presence_list(
    struct cyrus_presence *presence, struct listing *listing, struct error *err);
/* Whether that is still true of one row. */
bool cyrus_presence_still_lists(
    struct cyrus_presence *presence, const struct listed *row);
/* The process was seen to end then. */
void cyrus_presence_ended(
    struct cyrus_presence *presence, uint32_t pid, int64_t ended_us);

#endif
