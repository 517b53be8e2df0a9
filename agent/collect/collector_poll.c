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
#include "agent/collect/tcp.h"
#include "agent/log.h"

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
	collector->poll_due_us =
	    clock_monotonic_us() + (int64_t)seconds * CLOCK_SECOND_US;
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

void
collector_poll_finish(struct collector *collector)
{
	int seconds = collector->conf.poll_seconds;

	collector_join_end(collector);
	listing_fini(&collector->listing);
	view_release(collector->reader);
	collector->polling = false;
	collector_publish(collector);
	if (collector->poll_again)
		seconds = 0;
	else if (collector->sessions_wait && seconds > MOVE_SECONDS)
		seconds = MOVE_SECONDS;
	schedule(collector, seconds);
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
	if (health->server == SERVER_DOWN)
		collector_end_dead(collector);
	collector_poll_finish(collector);
}

static void
note_first(struct collector *collector)
{
	struct view *view = collector_writer(collector);
	struct error err;

	if (view != NULL &&
	    store_set_mark(
		view, STORE_MARK_COMPARED, collector->listing.asked_us, &err) == -1)
		collector_write_failed(collector, &err);
}

void
collector_poll_succeed(struct collector *collector)
{
	struct health *health = &collector->health;
	int64_t took_us = clock_monotonic_us() - collector->started_us;

	if (collector->server_lost || collector->previous_us == 0)
		collector_users_soon(collector);
	if (collector->previous_us == 0)
		note_first(collector);
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
	collector_poll_finish(collector);
}

static void
on_listed(void *arg, const struct error *err)
{
	struct collector *collector = arg;
	struct error failure;

	if (err != NULL) {
		fail(collector, err);
		return;
	}
	/* The answer is of now: what was told before has its own times. */
	collector_news_take(collector);
	if (collector_join_begin(collector, &failure) == -1)
		fail(collector, &failure);
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
	collector->sessions_wait = false;
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
collector_poll_for_moves(struct collector *collector)
{
	if (collector->polling)
		collector->sessions_wait = true; /* for the next one */
	else if (collector->poll_due_us - clock_monotonic_us() >
	    MOVE_SECONDS * CLOCK_SECOND_US)
		schedule(collector, MOVE_SECONDS);
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
	collector->slice =
	    event_new(collector->base, -1, 0, collector_on_slice, collector);
	collector->moves = moves_new();
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
		collector_join_end(collector);
		listing_fini(&collector->listing);
	}
	moves_free(collector->moves);
	tcp_close(collector->tcp);
	view_close(collector->reader);
}
