/* SPDX-License-Identifier: ISC */
/* Cyrus's feed: the thread. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/cyrus_folder.h"
#include "agent/collect/cyrus_presence.h"
#include "agent/collect/cyrus_socket.h"
#include "agent/collect/cyrus_watch.h"
#include "agent/log.h"

enum {
	/* One turn's share, so that the others are read meanwhile. */
	HEAR_AT_ONCE = 16,
	EVENTS_AT_ONCE = 1024,
	NAMES_AT_ONCE = 256,
	CHECK_SECONDS = 60,
	WAIT_MS = 1000,
	RETRY_MS = 200 /* while there is no folder */
};

struct cyrus_watch {
	const struct conf *conf;
	pthread_t thread;
	atomic_bool stopping;
	struct news_queue *news;
	struct cyrus_presence *presence;
	struct cyrus_socket *socket; /* NULL: there are no events */
	struct cyrus_folder *folder; /* NULL: it cannot be watched now */
	bool reading;      /* the names of all its files, or looking at them */
	bool named;        /* the former is done */
	int64_t next_us;   /* to read them all, or to try again; monotonic */
	int64_t seen_us;   /* when the folder was last seen there; likewise */
	struct error said; /* why it cannot be watched */
};

static void
set_next(struct cyrus_watch *watch, int64_t ms)
{
	watch->next_us = clock_monotonic_us() + ms * CLOCK_MS_US;
}

static void
read_all(struct cyrus_watch *watch, bool lost)
{
	cyrus_folder_rewind(watch->folder);
	cyrus_presence_begin(watch->presence, lost);
	watch->reading = true;
	watch->named = false;
}

/* Polls tell that there is none; what else is in the way is said once. */
static void
say_why(struct cyrus_watch *watch, const struct error *err)
{
	if (err->kind != ERROR_MISSING && strcmp(err->text, watch->said.text) != 0)
		log_error("%s; until then only polls tell of sessions", err->text);
	watch->said = *err;
}

static void
open_folder(struct cyrus_watch *watch)
{
	struct error err = { 0 };

	watch->folder = cyrus_folder_open(watch->conf->cyrus_proc, &err);
	say_why(watch, &err);
	if (watch->folder != NULL) {
		read_all(watch, true);
		return;
	}
	cyrus_presence_fail(watch->presence, &err);
	set_next(watch, RETRY_MS);
}

static void
close_folder(struct cyrus_watch *watch)
{
	struct error err;

	cyrus_folder_close(watch->folder);
	watch->folder = NULL;
	watch->reading = false;
	cyrus_proc_fail(watch->conf->cyrus_proc, ENOENT, &err);
	cyrus_presence_fail(watch->presence, &err);
	watch->next_us = 0;
}

/* True: there is more. */
static bool
hear_folder(struct cyrus_watch *watch)
{
	enum cyrus_heard heard = CYRUS_HEARD_SOME;

	if (watch->folder == NULL)
		return false;
	for (int i = 0; i < HEAR_AT_ONCE && heard == CYRUS_HEARD_SOME; i++)
		heard = cyrus_folder_hear(
		    watch->folder, cyrus_presence_change, watch->presence);
	if (heard == CYRUS_HEARD_LAST)
		close_folder(watch);
	if (heard == CYRUS_HEARD_LESS) {
		log_warning("Cyrus's proc files change faster than they can be "
			    "followed: all are read again");
		read_all(watch, true);
	}
	return heard != CYRUS_HEARD_ALL;
}

/* True: there may be more. */
static bool
hear_events(struct cyrus_watch *watch)
{
	struct cyrus_event event;
	int i = 0;

	if (watch->socket == NULL)
		return false;
	for (; i < EVENTS_AT_ONCE && cyrus_socket_take(watch->socket, &event) == 1;
	     i++) {
		cyrus_presence_event(watch->presence, &event);
		cyrus_event_fini(&event);
	}
	return i == EVENTS_AT_ONCE;
}

/* True: there are more. Without the folder, what its files say is not known. */
static bool
look(struct cyrus_watch *watch)
{
	return watch->folder != NULL &&
	    cyrus_presence_look(watch->presence, cyrus_folder_fd(watch->folder));
}

/* A slice of reading them all. */
static void
go_on_reading(struct cyrus_watch *watch)
{
	if (!watch->named)
		watch->named = !cyrus_folder_read(
		    watch->folder, NAMES_AT_ONCE, cyrus_presence_name, watch->presence);
	if (!watch->named || !cyrus_presence_finish(watch->presence))
		return;
	watch->reading = false;
	set_next(watch, CHECK_SECONDS * 1000);
}

static void
look_after_folder(struct cyrus_watch *watch)
{
	int64_t now_us = clock_monotonic_us();

	if (watch->folder == NULL || now_us - watch->seen_us < WAIT_MS * CLOCK_MS_US)
		return;
	watch->seen_us = now_us;
	if (cyrus_folder_is_gone(watch->folder, watch->conf->cyrus_proc))
		close_folder(watch);
}

static void
do_what_is_due(struct cyrus_watch *watch)
{
	look_after_folder(watch);
	if (watch->reading || clock_monotonic_us() < watch->next_us)
		return;
	if (watch->folder == NULL)
		open_folder(watch);
	else
		read_all(watch, false);
}

static void
wait_for_more(const struct cyrus_watch *watch)
{
	struct pollfd fds[] = {
		{ .fd = news_queue_answered_fd(watch->news), .events = POLLIN },
		{ .fd = watch->socket ? cyrus_socket_fd(watch->socket) : -1,
		    .events = POLLIN },
		{ .fd = watch->folder ? cyrus_folder_watch_fd(watch->folder) : -1,
		    .events = POLLIN },
	};

	poll(fds, sizeof fds / sizeof fds[0], watch->folder ? WAIT_MS : RETRY_MS);
}

static void *
run(void *arg)
{
	struct cyrus_watch *watch = arg;

	while (!atomic_load(&watch->stopping)) {
		bool busy = hear_folder(watch);

		/* A file is read after the event that may tell of the same. */
		busy |= hear_events(watch);
		busy |= look(watch);
		do_what_is_due(watch);
		if (watch->reading && !busy)
			go_on_reading(watch);
		cyrus_presence_exchange(watch->presence);
		if (!busy && !watch->reading)
			wait_for_more(watch);
	}
	return NULL;
}

static void
free_watch(struct cyrus_watch *watch)
{
	cyrus_socket_close(watch->socket);
	cyrus_folder_close(watch->folder);
	cyrus_presence_free(watch->presence);
	news_queue_free(watch->news);
	free(watch);
}

static int
begin(struct cyrus_watch *watch, struct error *err)
{
	const struct conf *conf = watch->conf;
	int rc;

	if (conf->cyrus_event_socket[0] != '\0') {
		watch->socket = cyrus_socket_open(conf->cyrus_event_socket,
		    conf->cyrus_event_group, conf->cyrus_proc, err);
		if (watch->socket == NULL)
			return -1;
	}
	open_folder(watch);
	rc = pthread_create(&watch->thread, NULL, run, watch);
	return rc == 0 ? 0 : error_set(err, "cannot start a thread: %s", strerror(rc));
}

struct cyrus_watch *
cyrus_watch_start(const struct conf *conf, struct error *err)
{
	struct cyrus_watch *watch = xcalloc(1, sizeof *watch);

	watch->conf = conf;
	watch->news = news_queue_new();
	watch->presence = cyrus_presence_new(conf, watch->news);
	if (begin(watch, err) == 0)
		return watch;
	free_watch(watch);
	return NULL;
}

void
cyrus_watch_stop(struct cyrus_watch *watch)
{
	atomic_store(&watch->stopping, true);
	news_queue_wake(watch->news);
	pthread_join(watch->thread, NULL);
	free_watch(watch);
}

struct cyrus_presence *
cyrus_watch_presence(const struct cyrus_watch *watch)
{
	return watch->presence;
}

struct news_queue *
cyrus_watch_news(const struct cyrus_watch *watch)
{
	return watch->news;
}
