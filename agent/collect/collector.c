/* SPDX-License-Identifier: ISC */
/* The collector's thread: its loop, its commits, and what other threads ask of it. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/log.h"

enum {
	HOUSEKEEPING_SECONDS = 1,
	SPARE_DESCRIPTORS = 256,
	EXPIRE_AT_ONCE = 5000,
	EXPIRE_EVERY_SECONDS = 3600
};

bool
collector_lists(const struct collector *collector, enum service service)
{
	return conf_lists(&collector->conf, service);
}

bool
collector_records(const struct collector *collector, const struct session *session)
{
	return conf_records(&collector->conf, session->auth_user);
}

void
collector_write_failed(struct collector *collector, const struct error *failure)
{
	if (collector->writer != NULL)
		store_abort(collector->writer);
	collector->writer = NULL;
	if (!collector->turn_failed)
		collector->failure = *failure;
	collector->turn_failed = true;
	collector->web_stale = true;
}

struct view *
collector_writer(struct collector *collector)
{
	struct error err;

	if (collector->turn_failed)
		return NULL;
	if (collector->writer == NULL &&
	    store_begin(&collector->writer, collector->store, &err) == -1)
		collector_write_failed(collector, &err);
	return collector->writer;
}

/* When the data were collected is written only along with other changes. */
int
collector_commit(struct collector *collector, struct error *err)
{
	struct view *view = collector->writer;
	int64_t success_us = collector->health.success_us;

	collector->writer = NULL;
	if (success_us > collector->marked_us && view_is_changed(view)) {
		if (store_set_mark(view, STORE_MARK_COLLECTED, success_us, err) == -1) {
			store_abort(view);
			return -1;
		}
		collector->marked_us = success_us;
	}
	return store_commit(view, err);
}

static void
tell_store(struct collector *collector, const struct error *failure)
{
	bool lost = failure != NULL;

	if (lost)
		snprintf(collector->health.last_error,
		    sizeof collector->health.last_error, "%s", failure->text);
	if (lost == collector->store_lost)
		return;
	collector->store_lost = lost;
	if (lost)
		log_error("%s; what is there is still served", failure->text);
	else
		log_info("the store can be written again");
	collector_publish(collector);
}

/* The end of a turn: everything that came in it becomes durable, and is answered. */
static void
flush(struct collector *collector)
{
	const struct error *failure = NULL;
	bool wrote;

	collector_notice_look(collector);
	wrote = collector->writer != NULL;
	if (wrote && collector_commit(collector, &collector->failure) == -1) {
		collector->turn_failed = true;
		collector->web_stale = true;
	} else if (wrote)
		collector_notice_durable(collector);
	if (collector->turn_failed) {
		failure = &collector->failure;
		collector_log_give_up(collector);
	}
	if (wrote || failure != NULL)
		tell_store(collector, failure);
	if (collector->news_taken)
		collector->backend->feed->answer(collector->news, failure != NULL);
	collector->news_taken = false;
	if (collector->feed != NULL)
		feed_commit(collector->feed, failure != NULL);
	collector->turn_failed = false;
}

/* Forgets users by the retention, a share a second, and pauses when all were looked at. */
static void
expire(struct collector *collector)
{
	int64_t now_us = clock_monotonic_us();
	int64_t keep_us =
	    (int64_t)collector->conf.retention_days * 86400 * CLOCK_SECOND_US;
	struct error err;
	struct view *view;
	size_t forgotten;

	if (keep_us == 0 ||
	    (collector->expired_us != 0 &&
		now_us - collector->expired_us <
		    (int64_t)EXPIRE_EVERY_SECONDS * CLOCK_SECOND_US))
		return;
	view = collector_writer(collector);
	if (view == NULL)
		return;
	if (user_expire(view, clock_now_us() - keep_us, EXPIRE_AT_ONCE,
		&collector->expiring, &forgotten, &err) == -1) {
		collector_write_failed(collector, &err);
		return;
	}
	collector->expired_us = collector->expiring.length == 0 ? now_us : 0;
	if (forgotten > 0)
		log_debug("%zu users were forgotten, as the retention says", forgotten);
}

static void
on_housekeeping(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;

	(void)fd;
	(void)what;
	store_clear_dead_readers(collector->store);
	expire(collector);
	collector_unsaid_look(collector);
	collector_block_look(collector);
	collector_web_look(collector);
	collector->notices.due = true;
	/* Nothing else may ask for a write that would tell that there is room again. */
	if (collector->store_lost) {
		struct view *view = collector_writer(collector);
		struct error err;

		if (view != NULL &&
		    store_set_mark(view, STORE_MARK_FAILURES,
			collector->health.failures, &err) == -1)
			collector_write_failed(collector, &err);
	}
}

static void
take_conf(struct collector *collector)
{
	char ignored[512];
	struct conf *next;

	pthread_mutex_lock(&collector->lock);
	next = collector->next_conf;
	collector->next_conf = NULL;
	pthread_mutex_unlock(&collector->lock);
	if (next == NULL)
		return;
	conf_reload(&collector->conf, next, ignored, sizeof ignored);
	free(next);
	if (ignored[0] != '\0')
		log_warning("these keys change only with a restart: %s", ignored);
	log_info("the configuration was read again");
	collector->expired_us = 0;
	collector->thorough = true;
	collector_notice_configure(collector);
	collector_activity_soon(collector);
	collector_users_soon(collector);
	collector_poll_soon(collector);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) == sizeof count)
		take_conf(collector);
}

/* As many processes are watched as there are descriptors beside the feeds' ones. */
static size_t
watch_limit(const struct conf *conf)
{
	rlim_t others = (rlim_t)conf->dict_connections +
	    (rlim_t)conf->feed_connections + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur <= others) {
		log_warning(
		    "there are too few file descriptors to watch processes: logouts "
		    "are noticed by polls only");
		return 0;
	}
	return limit.rlim_cur - others;
}

static int
open_store(struct collector *collector, struct error *err)
{
	struct health *health = &collector->health;

	if (view_open(&collector->reader, collector->store, err) == -1)
		return -1;
	health->success_us = store_get_mark(collector->reader, STORE_MARK_COLLECTED);
	health->failures =
	    (uint32_t)store_get_mark(collector->reader, STORE_MARK_FAILURES);
	collector->marked_us = health->success_us;
	view_release(collector->reader);
	snprintf(health->store_name, sizeof health->store_name, "%s",
	    collector->backend->store_name);
	if (collector->backend->polls)
		health->server_version = collector->backend->store_name;
	health->server_url = collector->backend->url;
	store_clear_dead_readers(collector->store);
	return 0;
}

struct collector *
collector_new(struct conf *conf, const struct collector_links *links,
    const struct collector_sockets *sockets, struct error *err)
{
	struct collector *collector = xcalloc(1, sizeof *collector);

	collector->conf = *conf;
	memset(conf, 0, sizeof *conf);
	collector->thorough = true;
	collector->store = links->store;
	collector->board = links->board;
	collector->queue = links->kicks;
	collector->notices.queue = links->notices;
	collector->notices.switches = links->switches;
	collector->backend = backend_find(collector->conf.backend);
	collector->base = event_base_new();
	collector->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&collector->lock, NULL);
	if (collector->base == NULL || collector->wake_fd == -1) {
		error_set(err, "cannot make an event loop: %s", strerror(errno));
		goto fail;
	}
	collector->watch = watch_new(collector->base, watch_limit(&collector->conf),
	    collector_on_exit, collector);
	collector->wake = event_new(collector->base, collector->wake_fd,
	    EV_READ | EV_PERSIST, on_wake, collector);
	event_add(collector->wake, NULL);
	collector->housekeeping =
	    event_new(collector->base, -1, EV_PERSIST, on_housekeeping, collector);
	event_add(collector->housekeeping,
	    &(struct timeval){ .tv_sec = HOUSEKEEPING_SECONDS });
	if (open_store(collector, err) == -1)
		goto fail;
	collector_notice_open(collector);
	if (collector_web_open(collector, err) == -1 ||
	    collector_log_open(collector, err) == -1 ||
	    (collector->backend->polls && collector_resume(collector, err) == -1) ||
	    collector_feed_open(collector, sockets->feed, err) == -1)
		goto fail;
	collector_poll_open(collector);
	if (collector_news_open(collector, sockets->dict, err) == -1)
		goto fail;
	collector_activity_open(collector);
	collector_users_open(collector);
	collector_kick_open(collector);
	collector_publish(collector);
	return collector;
fail:
	collector_free(collector);
	return NULL;
}

void
collector_free(struct collector *collector)
{
	if (collector == NULL)
		return;
	if (collector->kick_ready != NULL)
		collector_kick_close(collector);
	collector_block_close(collector);
	collector_notice_close(collector);
	collector_activity_close(collector);
	collector_users_close(collector);
	collector_pop_close(collector);
	collector_poll_close(collector);
	collector_news_close(collector);
	collector_log_close(collector);
	collector_web_close(collector);
	watch_free(collector->watch);
	if (collector->housekeeping != NULL)
		event_free(collector->housekeeping);
	if (collector->wake != NULL)
		event_free(collector->wake);
	if (collector->wake_fd != -1)
		close(collector->wake_fd);
	if (collector->base != NULL)
		event_base_free(collector->base);
	pthread_mutex_destroy(&collector->lock);
	free(collector->unsaid.all);
	conf_fini(&collector->conf);
	free(collector);
}

/* So that the next start knows until when these data were true. */
static void
mark_collected(struct collector *collector)
{
	int64_t success_us = collector->health.success_us;
	struct view *view = NULL;
	struct error err;

	if (success_us > collector->marked_us)
		view = collector_writer(collector);
	if (view != NULL &&
	    store_set_mark(view, STORE_MARK_COLLECTED, success_us, &err) == -1)
		collector_write_failed(collector, &err);
}

void
collector_run(struct collector *collector)
{
	collector_log_begin(collector);
	while (!atomic_load(&collector->stopping)) {
		event_base_loop(collector->base, EVLOOP_ONCE);
		flush(collector);
	}
	collector_log_end(collector);
	collector_web_write(collector);
	collector_news_end(collector);
	mark_collected(collector);
	flush(collector);
}

static void
wake(struct collector *collector)
{
	const uint64_t one = 1;

	if (write(collector->wake_fd, &one, sizeof one) == -1)
		log_error("cannot wake the collector: %s", strerror(errno));
}

void
collector_stop(struct collector *collector)
{
	atomic_store(&collector->stopping, true);
	wake(collector);
}

void
collector_reload(struct collector *collector, struct conf *next)
{
	pthread_mutex_lock(&collector->lock);
	if (collector->next_conf != NULL)
		conf_fini(collector->next_conf);
	free(collector->next_conf);
	collector->next_conf = next;
	pthread_mutex_unlock(&collector->lock);
	wake(collector);
}
