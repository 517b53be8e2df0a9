/* SPDX-License-Identifier: ISC */
/*
 * The collector's polls: ask, join the answer with the store a slice a turn, so that the
 * feeds are read meanwhile, and tell how it went.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/process.h"
#include "agent/collect/roster.h"
#include "agent/log.h"

/* One turn's share of the join. */
enum {
	PROCESSES_A_SLICE = 4096,
	CHANGES_A_SLICE = 1024
};

void
collector_publish(struct collector *collector)
{
	struct health *health = &collector->health;

	if (collector->server_lost || collector->store_lost ||
	    !collector->backend->polls)
		health->status =
		    health->success_us ? COLLECTOR_STALE : COLLECTOR_FAILED;
	else if (collector->previous_us == 0)
		health->status = COLLECTOR_STARTING;
	else
		health->status = COLLECTOR_OK;
	health_put(collector->board, health);
}

static void
schedule(struct collector *collector, int seconds)
{
	evtimer_add(collector->poll_timer, &(struct timeval){ .tv_sec = seconds });
}

/* Its state lasts since it was started, if nobody found it down after that. */
static void
see_server_up(struct collector *collector)
{
	struct health *health = &collector->health;
	int64_t started_us = collector->backend->started_us(collector->backend_state);

	health->server = SERVER_UP;
	health->server_started_us = started_us;
	if (collector->backend->describe != NULL) {
		health->server_version =
		    collector->backend->describe(collector->backend_state);
		snprintf(health->store_name, sizeof health->store_name, "%s",
		    health->server_version);
	}
	health->server_changed_us =
	    started_us > collector->down_us ? started_us : collector->down_us;
}

/* Since when it is down is known only if it was up when it was asked before. */
static void
see_server_gone(struct collector *collector, const struct error *err)
{
	struct health *health = &collector->health;
	int64_t now_us = clock_now_us();

	health->server = err->kind == ERROR_MISSING ? SERVER_DOWN : SERVER_UNKNOWN;
	if (health->server != SERVER_DOWN)
		return;
	if (collector->down_us <= collector->previous_us)
		health->server_changed_us = collector->previous_us ? now_us : 0;
	collector->down_us = now_us;
}

/* Ends a poll, be it good or bad. */
static void
finish(struct collector *collector)
{
	join_fini(&collector->join);
	memset(&collector->join, 0, sizeof collector->join);
	listing_fini(&collector->listing);
	view_release(collector->reader);
	collector->polling = false;
	collector_publish(collector);
	schedule(collector, collector->poll_again ? 0 : collector->conf.poll_seconds);
	collector->poll_again = false;
}

static void
fail(struct collector *collector, const struct error *err)
{
	struct health *health = &collector->health;
	struct view *view = collector_writer(collector);
	struct error ignored;

	see_server_gone(collector, err);
	health->failures++;
	snprintf(health->last_error, sizeof health->last_error, "%s", err->text);
	if (!collector->server_lost)
		log_warning("the mail server cannot be asked: %s", err->text);
	collector->server_lost = true;
	if (view != NULL &&
	    store_set_mark(view, STORE_MARK_FAILURES, health->failures, &ignored) == -1)
		collector_write_failed(collector, &ignored);
	finish(collector);
}

static void
succeed(struct collector *collector)
{
	struct health *health = &collector->health;
	int64_t took_us = clock_monotonic_us() - collector->started_us;

	if (collector->server_lost || collector->previous_us == 0)
		collector_users_soon(collector);
	health->success_us = collector->listing.asked_us;
	health->duration_ms = (uint32_t)(took_us / CLOCK_MS_US);
	collector->previous_us = collector->listing.asked_us;
	see_server_up(collector);
	if (collector->server_lost)
		log_info("the mail server can be asked again");
	collector->server_lost = false;
	if (collector->listing.refused > 0)
		log_debug("%zu rows of the mail server's list made no sense",
		    collector->listing.refused);
	watch_forget(
	    collector->watch, collector->listing.asked_us - RECONCILE_GRACE_US);
	collector_web_listed(collector);
	finish(collector);
}

/* A row that no session was known of. */
static int
add_row(struct collector *collector, const struct listed *row, struct view *view,
    struct error *err)
{
	struct session session;

	session_from_row(
	    &session, row, collector->listing.asked_us, collector->previous_us);
	if (session_add(view, &session, collector->conf.last_access,
		collector->previous_us != 0, err) == -1)
		return -1;
	user_watch_session(collector->notices.users, view, &session);
	user_watch_login(collector->notices.users, view, &session);
	watch_add(collector->watch, &session.process);
	return 0;
}

/* Writes what the join found of one process. Returns the number of changes, or -1. */
static int
apply(struct collector *collector, struct error *err)
{
	const struct join *join = &collector->join;
	int64_t asked_us = collector->listing.asked_us;
	struct view *view;
	int changes = 0;

	for (size_t i = 0; i < join->known_count; i++) {
		const struct session *known = &join->known[i];
		struct session_key key = { known->service, known->number };

		if (join->keep[i] && collector_lists(collector, key.service))
			continue;
		/* What is only no longer listed did not log out. */
		if ((view = collector_writer(collector)) == NULL ||
		    session_end(view, key, asked_us,
			!join->keep[i] && collector_records(collector, known),
			err) == -1)
			return -1;
		changes++;
	}
	for (size_t i = 0; i < join->row_count; i++) {
		if (!collector_lists(collector, join->rows[i].service) ||
		    watch_saw_end(
			collector->watch, join->pid, asked_us - RECONCILE_GRACE_US) ||
		    (join->new[i] > 0 &&
			collector_web_waits(collector, &join->rows[i])))
			continue;
		for (uint32_t n = 0; n < join->new[i]; n++, changes++)
			if ((view = collector_writer(collector)) == NULL ||
			    add_row(collector, &join->rows[i], view, err) == -1)
				return -1;
	}
	return changes;
}

/* What was written in this turn is not in a reading view yet. */
struct view *
collector_view(struct collector *collector, struct error *err)
{
	if (collector->writer != NULL)
		return collector->writer;
	return view_renew(collector->reader, err) == 0 ? collector->reader : NULL;
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	struct error err = { 0 };
	struct view *view = collector_view(collector, &err);
	int processes = 0;
	int changes = 0;

	(void)fd;
	(void)what;
	if (view != NULL)
		join_use(&collector->join, view);
	while (view != NULL && processes < PROCESSES_A_SLICE &&
	    changes < CHANGES_A_SLICE) {
		int changed;

		if (!join_next(&collector->join)) {
			succeed(collector);
			return;
		}
		changed = apply(collector, &err);
		if (changed == -1) {
			collector_write_failed(collector, &err);
			view = NULL;
		}
		changes += changed;
		processes++;
	}
	view_release(collector->reader);
	if (view == NULL)
		finish(
		    collector); /* the store's failure is told at the end of the turn */
	else
		event_active(collector->slice, 0, 0);
}

static bool
lives(void *arg, const struct process *process)
{
	const struct collector *collector = arg;

	return watch_has(collector->watch, process->pid) || process_is_same(process);
}

static void
on_listed(void *arg, const struct error *err)
{
	struct collector *collector = arg;
	struct error failure;
	struct view *view;

	if (err != NULL) {
		fail(collector, err);
		return;
	}
	collector_web_listing(collector);
	view = collector_view(collector, &failure);
	if (view == NULL) {
		fail(collector, &failure);
		return;
	}
	listing_sort(&collector->listing);
	join_init(&collector->join, &collector->listing,
	    &(struct reconcile){
		.asked_us = collector->listing.asked_us,
		.services = collector->listing.services,
		.list_lost_us = store_get_mark(view, STORE_MARK_LIST_LOST),
		.lives = lives,
		.arg = collector,
	    });
	collector->join.thorough = collector->thorough;
	collector->thorough = false;
	on_slice(-1, 0, collector);
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;

	(void)fd;
	(void)what;
	if (collector->polling)
		return;
	collector->polling = true;
	collector->started_us = clock_monotonic_us();
	listing_init(&collector->listing);
	collector->backend->list(collector->backend_state, &collector->listing,
	    &collector->conf, on_listed, collector);
}

/* Sessions from before are open as long as their processes live, listed or not. */
static void
on_lost(void *arg)
{
	struct collector *collector = arg;
	struct view *view = collector_writer(collector);
	struct error err;

	if (view != NULL &&
	    store_set_mark(view, STORE_MARK_LIST_LOST, clock_now_us(), &err) == -1)
		collector_write_failed(collector, &err);
	collector_poll_soon(collector);
}

void
collector_poll_soon(struct collector *collector)
{
	collector->poll_again = collector->polling;
	if (!collector->polling && collector->backend->polls)
		schedule(collector, 0);
}

void
collector_poll_open(struct collector *collector)
{
	collector->poll_timer = evtimer_new(collector->base, on_poll, collector);
	collector->slice = event_new(collector->base, -1, 0, on_slice, collector);
	collector->backend_state = collector->backend->open(
	    collector->base, &collector->conf, on_lost, collector);
	collector_poll_soon(collector);
}

void
collector_poll_close(struct collector *collector)
{
	if (collector->poll_timer == NULL)
		return;
	collector->backend->close(collector->backend_state);
	event_free(collector->poll_timer);
	event_free(collector->slice);
	if (collector->polling) {
		join_fini(&collector->join);
		listing_fini(&collector->listing);
	}
	view_close(collector->reader);
}
