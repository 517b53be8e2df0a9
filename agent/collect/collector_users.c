/* SPDX-License-Identifier: ISC */
/*
 * How many users the mail server has, and how many of them were never there: all are listed
 * by a command now and then, and looked up in the store as their names come.
 */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/log.h"

enum {
	USERS_SECONDS = 600,    /* a listing may take */
	USERS_RETRY_MINUTES = 5 /* at most, after one that failed */
};

static void
schedule(struct collector *collector, int seconds)
{
	evtimer_add(collector->users_timer, &(struct timeval){ .tv_sec = seconds });
}

static void
count(struct collector *collector, struct view *view, struct text line)
{
	const struct backend *backend = collector->backend;
	char buffer[USER_NAME_MAX];
	struct text name = line;
	struct user user;

	if (backend->read_user != NULL && !backend->read_user(&name, line, buffer))
		return;
	collector->users_known++;
	if (!user_find(view, name, &user) || user_last_us(&user, SERVICE_ALL) == 0)
		collector->users_never_seen++;
}

static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	struct collector *collector = arg;
	struct view *view = collector_view(collector, err);
	const char *end = lines.data + lines.length;
	const char *at = lines.data;

	if (view == NULL)
		return false;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);

		if (length > 0)
			count(collector, view, (struct text){ at, length });
		at += length + 1;
	}
	view_release(collector->reader);
	return true;
}

/* What cannot be counted is not known, whatever it was before. */
static void
fail(struct collector *collector, const struct error *err)
{
	int minutes = conf_users_minutes(&collector->conf);

	if (!collector->users_failed)
		log_warning("all users cannot be listed: %s", err->text);
	collector->users_failed = true;
	collector->health.users_us = 0;
	schedule(collector,
	    60 * (minutes < USERS_RETRY_MINUTES ? minutes : USERS_RETRY_MINUTES));
}

static void
succeed(struct collector *collector)
{
	struct health *health = &collector->health;

	if (collector->users_failed)
		log_info("all users can be listed again");
	collector->users_failed = false;
	health->users_us = clock_now_us();
	health->users_known = collector->users_known;
	health->users_never_seen = collector->users_never_seen;
	schedule(collector, 60 * conf_users_minutes(&collector->conf));
}

static void
on_done(void *arg, const struct error *err)
{
	struct collector *collector = arg;

	collector->users_child = NULL;
	if (conf_users_minutes(&collector->conf) == 0)
		return;
	if (err != NULL)
		fail(collector, err);
	else
		succeed(collector);
	collector_publish(collector);
}

static void
list_users(struct collector *collector)
{
	const char *argv[BACKEND_ARGS_MAX];
	struct error err;

	collector->users_known = 0;
	collector->users_never_seen = 0;
	collector->backend->command_users(&collector->conf, argv);
	collector->users_child = child_start(
	    collector->base, argv, USERS_SECONDS, on_lines, on_done, collector, &err);
	if (collector->users_child == NULL)
		on_done(collector, &err);
}

/* Who was ever there is known best with the accesses that the mail server keeps. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;

	(void)fd;
	(void)what;
	if (collector->users_child != NULL || collector->pop.child != NULL)
		return;
	if (!collector_pop_start(collector, list_users))
		list_users(collector);
}

void
collector_users_soon(struct collector *collector)
{
	if (collector->users_timer == NULL)
		return;
	if (conf_users_minutes(&collector->conf) > 0) {
		schedule(collector, 0);
		return;
	}
	evtimer_del(collector->users_timer);
	collector->health.users_us = 0;
	collector_publish(collector);
}

void
collector_users_open(struct collector *collector)
{
	if (collector->backend->command_users != NULL)
		collector->users_timer =
		    evtimer_new(collector->base, on_timer, collector);
}

void
collector_users_close(struct collector *collector)
{
	child_kill(collector->users_child);
	if (collector->users_timer != NULL)
		event_free(collector->users_timer);
}
