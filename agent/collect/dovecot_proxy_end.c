/* SPDX-License-Identifier: ISC */
/* Users whose logins are passed on no more: gathered, and named to doveadm as many at once as can be. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/arena.h"
#include "agent/collect/child.h"
#include "agent/collect/dovecot_proxy_end.h"
#include "agent/log.h"

enum {
	USERS_AT_ONCE = 100, /* of USER_NAME_MAX each, so that any kernel takes them */
	WORDS = 4            /* "doveadm proxy kick --" */
};

struct dovecot_proxy_end {
	struct event_base *base;
	const struct conf *conf;
	struct event *start; /* in the next turn, when more may have been named */
	struct child *child;
	struct arena *arena;
	const char **users;
	size_t count;
	size_t capacity;
	size_t next; /* the first who was not named to doveadm yet */
};

static void on_start(evutil_socket_t fd, short what, void *arg);

static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	(void)arg;
	(void)lines;
	(void)err;
	return true;
}

static void
on_done(void *arg, const struct error *err)
{
	struct dovecot_proxy_end *end = arg;

	end->child = NULL;
	if (err != NULL)
		log_warning(
		    "what is passed on of users cannot be ended: %s", err->text);
	on_start(-1, 0, end);
}

static void
on_start(evutil_socket_t fd, short what, void *arg)
{
	struct dovecot_proxy_end *end = arg;
	const char *argv[WORDS + USERS_AT_ONCE + 1] = { end->conf->doveadm, "proxy",
		"kick", "--" };
	struct error err;
	size_t n = WORDS;

	(void)fd;
	(void)what;
	if (end->child != NULL || end->next == end->count)
		return;
	while (n < WORDS + USERS_AT_ONCE && end->next < end->count)
		argv[n++] = end->users[end->next++];
	end->child = child_start(
	    end->base, argv, end->conf->timeout_seconds, on_lines, on_done, end, &err);
	if (end->child == NULL)
		log_warning("what is passed on of users cannot be ended: %s", err.text);
}

struct dovecot_proxy_end *
dovecot_proxy_end_new(struct event_base *base, const struct conf *conf)
{
	struct dovecot_proxy_end *end = xcalloc(1, sizeof *end);

	end->base = base;
	end->conf = conf;
	end->arena = arena_new();
	end->start = event_new(base, -1, 0, on_start, end);
	return end;
}

void
dovecot_proxy_end_free(struct dovecot_proxy_end *end)
{
	if (end == NULL)
		return;
	child_kill(end->child);
	event_free(end->start);
	arena_free(end->arena);
	free(end->users);
	free(end);
}

int
dovecot_proxy_end_user(
    struct dovecot_proxy_end *end, struct text user, struct error *err)
{
	if (user.length == 0 || user.length > USER_NAME_MAX ||
	    memchr(user.data, '\0', user.length) != NULL)
		return error_set(err, "doveadm cannot be told such a name");
	/* One who is named for each of his logins is named once, as they mostly follow each other. */
	if (end->count > end->next &&
	    text_equal(text_from(end->users[end->count - 1]), user))
		return 0;
	end->users =
	    xgrow(end->users, &end->capacity, end->count + 1, sizeof *end->users);
	end->users[end->count++] = arena_text(end->arena, user).data;
	event_active(end->start, 0, 0);
	return 0;
}
