/* SPDX-License-Identifier: ISC */
/* What the mail server tells by itself: logins, what else is known of them, and ends. */
#include "config.h"

#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"

static int
apply_login(struct collector *collector, struct view *view, const struct session *login,
    struct error *err)
{
	if (collector_log_skips(collector, view, login))
		return 0;
	if (collector_log_named(collector, login))
		return collector_write_more(collector, view, login, err);
	if (collector_write_login(collector, view, login, err) == -1)
		return -1;
	collector_log_note(collector, view, login);
	if (login->process.pid != 0)
		watch_add_sure(collector->watch, login->process.pid);
	return 0;
}

static int
apply(struct collector *collector, struct view *view, const struct news *news,
    struct error *err)
{
	switch (news->kind) {
	case NEWS_LOGIN:
		return apply_login(collector, view, &news->session, err);
	case NEWS_MORE:
		return collector_write_more(collector, view, &news->session, err);
	case NEWS_LOGOUT:
		return collector_write_logout(
		    collector, view, &news->session, news->ended_us, err);
	}
	return 0;
}

void
collector_news_take(struct collector *collector)
{
	const struct news *all = NULL;
	struct view *view;
	struct error err;
	size_t count = 0;

	if (collector->news != NULL && !collector->news_taken)
		all = collector->backend->feed->take(collector->news, &count);
	if (all == NULL)
		return;
	collector->news_taken = true;
	view = collector_writer(collector);
	for (size_t i = 0; i < count && view != NULL; i++)
		if (apply(collector, view, &all[i], &err) == -1) {
			collector_write_failed(collector, &err);
			return;
		}
}

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	collector_news_take(arg);
}

/* Names tell who was heard of before a restart; where the feed knows none, the time does. */
void
collector_news_end(struct collector *collector)
{
	struct view *view = NULL;
	struct error err;

	collector_news_take(collector);
	if (collector->news != NULL && collector->backend->one_at_a_time)
		view = collector_writer(collector);
	if (view != NULL &&
	    store_set_mark(view, STORE_MARK_HEARD, clock_now_us(), &err) == -1)
		collector_write_failed(collector, &err);
}

int
collector_news_open(struct collector *collector, int fd, struct error *err)
{
	const struct backend_feed *feed = collector->backend->feed;

	if (feed == NULL) {
		if (fd != -1)
			close(fd);
		return 0;
	}
	if (feed->start(&collector->news, collector->backend_state, &collector->conf,
		fd, err) == -1)
		return -1;
	if (collector->news == NULL)
		return 0;
	collector->news_ready = event_new(collector->base, feed->fd(collector->news),
	    EV_READ | EV_PERSIST, on_news, collector);
	event_add(collector->news_ready, NULL);
	return 0;
}

void
collector_news_close(struct collector *collector)
{
	if (collector->news == NULL)
		return;
	event_free(collector->news_ready);
	collector->backend->feed->stop(collector->news);
}
