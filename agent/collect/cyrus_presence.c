/* SPDX-License-Identifier: ISC */
/* Who is in, as Cyrus's files and events tell. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/connection.h"
#include "agent/collect/cyrus_presence.h"
#include "agent/collect/process.h"
#include "agent/log.h"

enum {
	LOOKS_AT_ONCE = 256,
	NEWS_MAX = 200 * 1000 /* a login and a logout of each of 100,000 */
};

struct cyrus_presence {
	const struct conf *conf;
	struct news_queue *queue;
	/* Of the thread alone: */
	uint32_t *dirty; /* pids whose files are to be looked at */
	size_t dirty_count;
	size_t dirty_capacity;
	unsigned round;
	bool reading;  /* all files, in this round */
	bool lost;     /* until they were read, what is new may be old */
	size_t read;   /* of this round's files of users */
	size_t denied; /* of its files */
	bool full;     /* said that the table is */
	int64_t
	    held_us; /* nothing is told before, since it cannot be written; monotonic */
	uint64_t dropped; /* news, since they could be written last */
	struct cyrus_file file;
	/* The thread changes them under the lock, and reads them without it. */
	pthread_mutex_t lock;
	struct cyrus_table *table;
	bool complete;        /* all files were read since they are heard of */
	struct error problem; /* why not; its text is "" while they are read */
};

struct cyrus_presence *
cyrus_presence_new(const struct conf *conf, struct news_queue *queue)
{
	struct cyrus_presence *presence = xcalloc(1, sizeof *presence);

	presence->conf = conf;
	presence->queue = queue;
	presence->table = cyrus_table_new((size_t)conf->max_sessions);
	pthread_mutex_init(&presence->lock, NULL);
	return presence;
}

void
cyrus_presence_free(struct cyrus_presence *presence)
{
	cyrus_table_free(presence->table);
	pthread_mutex_destroy(&presence->lock);
	free(presence->dirty);
	free(presence);
}

static void
set_problem(struct cyrus_presence *presence, const struct error *problem, bool complete)
{
	pthread_mutex_lock(&presence->lock);
	presence->complete = complete;
	presence->problem = *problem;
	pthread_mutex_unlock(&presence->lock);
}

static void
tell(void *arg, const struct news *news)
{
	struct cyrus_presence *presence = arg;
	struct news_batch *batch = news_queue_lock(presence->queue);
	struct news now = *news;
	size_t dropped;

	/* No listing is between this and the table. */
	now.session.created_us = clock_now_us();
	news_batch_add_copy(batch, &now);
	dropped = news_batch_trim(batch, NEWS_MAX);
	news_queue_unlock(presence->queue);
	if (dropped > 0 && presence->dropped == 0)
		log_warning("what Cyrus told cannot be written for so long that the "
			    "oldest of it is lost");
	presence->dropped += dropped;
}

/* NULL if there are too many. Under the lock. */
static struct cyrus_entry *
mark_dirty(struct cyrus_presence *presence, uint32_t pid)
{
	struct cyrus_entry *entry = cyrus_table_make(presence->table, pid);

	if (entry == NULL && !presence->full)
		log_warning(
		    "there are more of Cyrus's proc files than collector.max_sessions");
	presence->full = entry == NULL;
	if (entry == NULL || entry->dirty)
		return entry;
	entry->dirty = true;
	presence->dirty = xgrow(presence->dirty, &presence->dirty_capacity,
	    presence->dirty_count + 1, sizeof *presence->dirty);
	presence->dirty[presence->dirty_count++] = pid;
	return entry;
}

void
cyrus_presence_change(void *arg, uint32_t pid, bool deleted)
{
	struct cyrus_presence *presence = arg;
	struct cyrus_entry *entry = NULL;

	pthread_mutex_lock(&presence->lock);
	if (!deleted || cyrus_table_find(presence->table, pid) != NULL)
		entry = mark_dirty(presence, pid);
	if (entry != NULL)
		entry->deletions += deleted;
	pthread_mutex_unlock(&presence->lock);
}

void
cyrus_presence_name(void *arg, uint32_t pid, bool deleted)
{
	struct cyrus_presence *presence = arg;

	(void)deleted;
	pthread_mutex_lock(&presence->lock);
	mark_dirty(presence, pid);
	pthread_mutex_unlock(&presence->lock);
}

void
cyrus_presence_event(struct cyrus_presence *presence, struct cyrus_event *event)
{
	struct session *login = &event->session;
	struct cyrus_entry *entry;
	uint64_t started;

	if (event->kind == CYRUS_EVENT_OTHER)
		return;
	login->service =
	    cyrus_proc_named(presence->conf, event->service, login->process.pid);
	/* Its process may be gone by now. */
	if (process_started(login->process.pid, &started) &&
	    !cyrus_proc_is_of(login->process.pid, login->login_us))
		login->service = SERVICE_NONE;
	pthread_mutex_lock(&presence->lock);
	entry = mark_dirty(presence, login->process.pid);
	if (entry != NULL && event->kind == CYRUS_EVENT_LOGIN &&
	    login->service != SERVICE_NONE)
		cyrus_entry_login(entry, login, tell, presence);
	pthread_mutex_unlock(&presence->lock);
}

/*
 * Whose session the file tells of. What is known to be the process's own need not be asked of
 * /proc with each command.
 */
static enum service
find_service(const struct cyrus_presence *presence, const struct cyrus_entry *entry)
{
	const struct cyrus_file *file = &presence->file;

	if (entry->confirmed && entry->deletions == 0 && !presence->reading &&
	    (entry->session.service != SERVICE_POP3 || file->proc.mailbox.length > 0) &&
	    text_equal(entry->session.user, file->proc.user))
		return entry->session.service;
	return cyrus_proc_service(
	    presence->conf, &file->proc, entry->pid, file->written_us);
}

/* What there is to be seen. False: nothing that says anything. */
static bool
read_file(struct cyrus_presence *presence, int folder, const struct cyrus_entry *entry,
    struct cyrus_seen *seen)
{
	enum cyrus_reading reading =
	    cyrus_file_read(folder, entry->pid, &presence->file);

	presence->denied += reading == CYRUS_DENIED;
	presence->read += reading == CYRUS_READ && presence->file.proc.user.length > 0;
	*seen =
	    (struct cyrus_seen){ .source = TIME_RECORDED, .now_us = clock_now_us() };
	if (presence->lost && !entry->has_file) {
		seen->source = TIME_OBSERVED;
		seen->old = presence->round == 1;
	}
	if (reading != CYRUS_READ)
		return reading == CYRUS_GONE;
	seen->file = &presence->file;
	seen->service = find_service(presence, entry);
	seen->remote.address = presence->file.proc.remote;
	return true;
}

static void
look(struct cyrus_presence *presence, int folder, struct cyrus_entry *entry)
{
	struct cyrus_seen seen;
	bool sees = read_file(presence, folder, entry, &seen);
	bool begins;

	begins = sees && cyrus_entry_begins(entry, &seen);
	if (begins && !seen.old)
		connection_find(entry->pid, NULL, &seen.local, &seen.remote);
	if (begins || !connection_id_is_known(&entry->connection))
		seen.connection = cyrus_proc_connection(entry->pid);
	pthread_mutex_lock(&presence->lock);
	entry->dirty = false;
	entry->round = presence->round;
	if (sees)
		cyrus_entry_see(entry, &seen, tell, presence);
	cyrus_table_clean(presence->table, entry);
	pthread_mutex_unlock(&presence->lock);
}

bool
cyrus_presence_look(struct cyrus_presence *presence, int folder)
{
	size_t done = 0;

	for (; done < presence->dirty_count && done < LOOKS_AT_ONCE; done++)
		look(presence, folder,
		    cyrus_table_find(presence->table, presence->dirty[done]));
	presence->dirty_count -= done;
	if (done > 0 && presence->dirty_count > 0)
		memmove(presence->dirty, presence->dirty + done,
		    presence->dirty_count * sizeof *presence->dirty);
	return presence->dirty_count > 0;
}

void
cyrus_presence_begin(struct cyrus_presence *presence, bool lost)
{
	static const struct error none;

	if (lost && presence->problem.text[0] != '\0')
		set_problem(presence, &none, presence->complete);
	presence->round++;
	presence->reading = true;
	presence->lost |= lost;
	presence->read = 0;
	presence->denied = 0;
}

static void
mark_unseen(void *arg, struct cyrus_entry *entry)
{
	struct cyrus_presence *presence = arg;

	if (entry->round != presence->round)
		mark_dirty(presence, entry->pid);
}

bool
cyrus_presence_finish(struct cyrus_presence *presence)
{
	struct error problem = { 0 };

	pthread_mutex_lock(&presence->lock);
	cyrus_table_each(presence->table, mark_unseen, presence);
	pthread_mutex_unlock(&presence->lock);
	if (presence->dirty_count > 0)
		return false;
	presence->reading = false;
	presence->lost = false;
	/* One that we may not read is odd; if all of users are so, they are none of ours. */
	if (presence->denied > 0 && presence->read == 0)
		cyrus_proc_fail(presence->conf->cyrus_proc, EACCES, &problem);
	set_problem(presence, &problem, problem.text[0] == '\0');
	return true;
}

void
cyrus_presence_fail(struct cyrus_presence *presence, const struct error *err)
{
	presence->reading = false;
	set_problem(presence, err, false);
}

void
cyrus_presence_exchange(struct cyrus_presence *presence)
{
	struct news_batch *batch;

	while ((batch = news_queue_answered(presence->queue)) != NULL) {
		if (batch->failed) {
			news_queue_put_back(presence->queue, batch);
			presence->held_us = clock_monotonic_us() + CLOCK_SECOND_US;
			continue;
		}
		if (presence->dropped > 0)
			log_warning("%ju of what Cyrus told were lost",
			    (uintmax_t)presence->dropped);
		presence->dropped = 0;
		news_batch_free(batch);
	}
	if (clock_monotonic_us() >= presence->held_us)
		news_queue_tell(presence->queue);
}

static void
list_entry(void *arg, struct cyrus_entry *entry)
{
	cyrus_entry_list(entry, arg);
}

/* A crash leaves the file, and nothing tells of it here. */
static bool
is_dead(void *arg, const struct listed *row)
{
	(void)arg;
	return kill((pid_t)row->pid, 0) == -1 && errno == ESRCH;
}

int
cyrus_presence_list(
    struct cyrus_presence *presence, struct listing *listing, struct error *err)
{
	bool complete;

	pthread_mutex_lock(&presence->lock);
	complete = presence->complete;
	*err = presence->problem;
	if (complete)
		cyrus_table_each(presence->table, list_entry, listing);
	pthread_mutex_unlock(&presence->lock);
	if (!complete)
		return err->text[0] != '\0' ? -1 : 0;
	listing->exact = true;
	listing_take(listing, is_dead, NULL);
	return 1;
}

bool
cyrus_presence_still_lists(struct cyrus_presence *presence, const struct listed *row)
{
	const struct cyrus_entry *entry;
	bool same;

	pthread_mutex_lock(&presence->lock);
	entry = cyrus_table_find(presence->table, row->pid);
	same = !presence->complete ||
	    (entry != NULL &&
		session_compare_user(&entry->session, row->service, row->user) == 0);
	pthread_mutex_unlock(&presence->lock);
	return same && cyrus_proc_is_of(row->pid, clock_now_us());
}

void
cyrus_presence_ended(struct cyrus_presence *presence, uint32_t pid, int64_t ended_us)
{
	struct cyrus_entry *entry;

	pthread_mutex_lock(&presence->lock);
	entry = cyrus_table_find(presence->table, pid);
	if (entry != NULL)
		entry->ended_us = ended_us;
	pthread_mutex_unlock(&presence->lock);
}
