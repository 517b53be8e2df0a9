/* SPDX-License-Identifier: ISC */
/*
 * The collector's part of webmail: connections from logins and listings, what webmail tells,
 * and what ends by itself.
 */
#include "config.h"

#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/local_socket.h"
#include "agent/collect/webmail.h"
#include "agent/store/ended.h"

enum {
	END_AT_ONCE = 5000,
	LOOK_AT_ENDED_SECONDS = 3600
};

/* What was given up of a turn is not in the store. */
static void
refresh(struct collector *collector, struct view *view)
{
	if (collector->web_stale)
		web_load(collector->web, view);
	collector->web_stale = false;
}

static struct view *
web_writer(struct collector *collector)
{
	struct view *view = collector_writer(collector);

	if (view != NULL)
		refresh(collector, view);
	return view;
}

static void
tell_begin(struct collector *collector, struct view *view, const struct session *begun)
{
	user_watch_session(collector->notices.users, view, begun);
	user_watch_login(collector->notices.users, view, begun);
}

int
collector_web_open(struct collector *collector, struct error *err)
{
	collector->web = web_new(&collector->conf);
	if (view_renew(collector->reader, err) == -1)
		return -1;
	if (collector->backend->polls)
		web_load(collector->web, collector->reader);
	view_release(collector->reader);
	return 0;
}

void
collector_web_close(struct collector *collector)
{
	if (collector->feed != NULL && collector->feed_made)
		unlink(collector->conf.feed_socket);
	feed_free(collector->feed);
	web_free(collector->web);
}

int
collector_web_login(struct collector *collector, struct view *view,
    const struct session *login, struct error *err)
{
	struct session begun;
	int rc;

	refresh(collector, view);
	rc = web_connect(collector->web, view, login, WEB_COUNTED_LOGIN, &begun, err);
	if (rc == 1)
		tell_begin(collector, view, &begun);
	return rc == -1 ? -1 : 0;
}

/* ---- the feed */

static int
on_event(void *arg, const struct web_event *event, enum web_answer *answer,
    struct error *err)
{
	struct collector *collector = arg;
	struct view *view = web_writer(collector);
	struct session begun;
	struct error why;
	int rc;

	if (view == NULL)
		return error_set(err, "the store cannot be written");
	rc = web_tell(collector->web, view, event, answer, &begun, &why);
	if (rc == -1) {
		collector_write_failed(collector, &why);
		return error_set(err, "the store cannot be written");
	}
	if (rc == 1)
		tell_begin(collector, view, &begun);
	return 0;
}

int
collector_feed_open(struct collector *collector, int fd, struct error *err)
{
	const struct conf *conf = &collector->conf;

	if (!collector->backend->polls)
		return 0;
	if (fd == -1 && conf->feed_socket[0] == '\0')
		return 0;
	collector->feed_made = fd == -1;
	if (fd == -1)
		fd = local_socket_listen(
		    conf->feed_socket, conf->feed_group, "feed.group", err);
	if (fd == -1)
		return -1;
	collector->feed = feed_new(
	    collector->base, fd, (size_t)conf->feed_connections, on_event, collector);
	return 0;
}

/* ---- listings */

struct taking {
	struct collector *collector;
	bool failed;
};

/* A login may yet come that tells of a row. */
static bool
is_fed(const struct collector *collector)
{
	return collector->news != NULL || collector->log != NULL;
}

bool
collector_web_takes_moved(struct collector *collector, const struct listed *row)
{
	struct error err;
	struct view *view;

	if (!webmail_may_hide(&collector->conf, row->service))
		return false;
	view = collector_view(collector, &err);
	return view == NULL ||
	    web_take_moved(collector->web, view, row, collector->listing.asked_us);
}

bool
collector_web_may_take(struct collector *collector, const struct listed *row)
{
	return webmail_may_hide(&collector->conf, row->service) && is_fed(collector) &&
	    collector_row_is_fresh(collector, row);
}

/* A connection that no login told of: known from now on, and it may begin a session. */
static int
connect_row(struct collector *collector, const struct listed *row, struct error *err)
{
	bool waits = is_fed(collector) && collector_row_is_fresh(collector, row);
	enum web_beginning beginning =
	    collector->previous_us != 0 ? WEB_COUNTED_LOGIN : WEB_SESSION;
	struct view *view = web_writer(collector);
	struct session login;
	struct session begun;
	int rc;

	if (view == NULL)
		return 0;
	session_from_row(&login, row, collector->listing.sockets,
	    collector->listing.asked_us, collector->previous_us);
	rc = web_connect(collector->web, view, &login,
	    waits ? WEB_NO_SESSION : beginning, &begun, err);
	if (rc == 1)
		tell_begin(collector, view, &begun);
	if (rc != -1)
		watch_add(collector->watch, &login.process);
	return rc == -1 ? -1 : 0;
}

static bool
takes(void *arg, const struct listed *row)
{
	struct taking *taking = arg;
	struct collector *collector = taking->collector;
	struct view *view = collector->writer ? collector->writer : collector->reader;
	struct error err;

	if (row->service == SERVICE_PROXY)
		return false;
	if (taking->failed || collector->turn_failed)
		return webmail_is_host(&collector->conf, &row->remote);
	if (web_take_row(collector->web, view, row, collector->listing.asked_us))
		return true;
	if (!webmail_is_host(&collector->conf, &row->remote))
		return false;
	if (connect_row(collector, row, &err) == -1) {
		collector_write_failed(collector, &err);
		taking->failed = true;
	}
	return true;
}

void
collector_web_listing(struct collector *collector)
{
	struct taking taking = { .collector = collector };
	struct error err;

	if (collector->writer == NULL && view_renew(collector->reader, &err) == -1)
		taking.failed = true;
	listing_take(&collector->listing, takes, &taking);
	view_release(collector->reader);
}

void
collector_web_listed(struct collector *collector)
{
	struct view *view;
	struct error err;

	web_listed(collector->web, collector->listing.asked_us,
	    backend_may_move(collector->backend, collector->backend_state) ?
		HANDOVER_US :
		0);
	if (!web_is_unwritten(collector->web))
		return;
	view = web_writer(collector);
	if (view != NULL && web_write_open(collector->web, view, &err) == -1)
		collector_write_failed(collector, &err);
}

/* ---- ends */

static void
forget_ended(struct collector *collector)
{
	int64_t now_us = clock_monotonic_us();
	struct view *view;
	struct error err;
	bool due;

	if (collector->ended_looked_us != 0 &&
	    now_us - collector->ended_looked_us <
		(int64_t)LOOK_AT_ENDED_SECONDS * CLOCK_SECOND_US)
		return;
	view = collector_view(collector, &err);
	if (view == NULL)
		return;
	collector->ended_looked_us = now_us;
	due = ended_is_due(view, clock_now_us());
	view_release(collector->reader);
	if (!due || (view = collector_writer(collector)) == NULL)
		return;
	if (ended_forget(view, clock_now_us(), &err) == -1)
		collector_write_failed(collector, &err);
}

/*
 * At first it has to be asked which connections are still open: as long as that takes, no
 * session ends for want of them.
 */
static bool
was_asked(const struct collector *collector)
{
	return collector->previous_us != 0 || collector->server_lost;
}

void
collector_web_look(struct collector *collector)
{
	int64_t now_us = clock_now_us();
	struct view *view;
	struct error err;

	if (!collector->backend->polls)
		return;
	forget_ended(collector);
	if (!was_asked(collector) || !web_is_due(collector->web, now_us))
		return;
	view = web_writer(collector);
	if (view != NULL &&
	    web_end_due(collector->web, view, now_us, END_AT_ONCE, &err) == -1)
		collector_write_failed(collector, &err);
}

void
collector_web_write(struct collector *collector)
{
	struct view *view;
	struct error err;

	if (!collector->backend->polls)
		return;
	view = web_writer(collector);
	if (view != NULL && web_write(collector->web, view, clock_now_us(), &err) == -1)
		collector_write_failed(collector, &err);
}
