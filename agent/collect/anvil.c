/* SPDX-License-Identifier: ISC */
/*
 * A connection to Dovecot's anvil: connect, ask, gather the answer, notice the end. As an anvil
 * with a client outlives its master, the master is watched, and let go of when it ends.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/anvil.h"
#include "agent/collect/anvil_parse.h"
#include "agent/collect/anvil_socket.h"
#include "agent/collect/dovecot_master.h"

#define QUESTION "CONNECT-DUMP\n"

/* The empty line says that we are no service with a process of Dovecot's. */
static const char *const hellos[] = {
	[ANVIL_1] = "VERSION\tanvil\t1\t0\n" QUESTION,
	[ANVIL_2] = "VERSION\tanvil-client\t2\t0\n\n" QUESTION,
};

enum {
	BUFFER_SIZE = 256 * 1024,
	/* A server that says nothing for so long speaks protocol 1, which has no greeting. */
	SILENCE_MS = 100
};

struct anvil {
	struct event_base *base;
	char *path;
	backend_lost *lost;
	void *lost_arg;
	int fd; /* -1: not connected */
	struct event *readable;
	struct dovecot_master master;
	enum anvil_protocol protocol; /* of the connection, once it is known */
	enum anvil_protocol spoken;   /* of the last connection of which it was */
	bool greets; /* it was spoken to before it greeted: not again */
	struct event *silence;
	struct event *deadline;
	struct event *start; /* so that DONE is never called from anvil_list() */
	/* The question under way, if LISTING is not NULL: */
	struct listing *listing;
	struct anvil_answer answer;
	int timeout_seconds;
	backend_done *done;
	void *done_arg;
	char *buffer;
	size_t used;
};

static void
disconnect(struct anvil *anvil)
{
	if (anvil->fd == -1)
		return;
	event_free(anvil->readable);
	anvil->readable = NULL;
	close(anvil->fd);
	anvil->fd = -1;
	anvil->protocol = ANVIL_UNKNOWN;
	evtimer_del(anvil->silence);
	dovecot_master_release(&anvil->master);
}

/* Ends the question; the callee may ask the next one at once. */
static void
finish(struct anvil *anvil, const struct error *err)
{
	evtimer_del(anvil->deadline);
	anvil->listing = NULL;
	anvil->used = 0;
	free(anvil->buffer);
	anvil->buffer = NULL;
	anvil->done(anvil->done_arg, err);
}

/* A connection that broke, while idle or in the middle of an answer. */
static void
fail(struct anvil *anvil, struct error *err)
{
	disconnect(anvil);
	error_prefix(err, "cannot list the sessions at \"%s\"", anvil->path);
	/* One that was not understood has lost nothing. */
	if (anvil->lost != NULL && err->kind != ERROR_NEWER)
		anvil->lost(anvil->lost_arg);
	if (anvil->listing != NULL)
		finish(anvil, err);
}

static int
say(struct anvil *anvil, const char *words, struct error *err)
{
	/* It fits any socket's buffer; if it does not go at once, nobody reads there. */
	if (send(anvil->fd, words, strlen(words), MSG_NOSIGNAL) ==
	    (ssize_t)strlen(words))
		return 0;
	return error_set(
	    err, "cannot write to \"%s\": %s", anvil->path, strerror(errno));
}

static int
say_hello(struct anvil *anvil, enum anvil_protocol protocol, struct error *err)
{
	anvil->protocol = anvil->spoken = anvil->answer.protocol = protocol;
	return say(anvil, hellos[protocol], err);
}

static void
consume(struct anvil *anvil, size_t consumed)
{
	anvil->used -= consumed;
	memmove(anvil->buffer, anvil->buffer + consumed, anvil->used);
}

/* Whether what came is a greeting, to be read before anything else. */
static bool
is_greeted(const struct anvil *anvil)
{
	static const char word[] = "VERSION\t";

	return anvil->protocol == ANVIL_UNKNOWN ||
	    (anvil->protocol == ANVIL_1 && !anvil->answer.begun &&
		anvil->used >= sizeof word - 1 &&
		memcmp(anvil->buffer, word, sizeof word - 1) == 0);
}

/* Answers the greeting; true if what follows can be read. */
static bool
take_greeting(struct anvil *anvil)
{
	const char *end = memchr(anvil->buffer, '\n', anvil->used);
	struct error err = { 0 };
	struct text line = { anvil->buffer, anvil->used };

	if (anvil->protocol == ANVIL_1) { /* it was only slow, and is offended now */
		disconnect(anvil);
		anvil->greets = true;
		anvil->used = 0;
		event_active(anvil->start, 0, 0);
		return false;
	}
	if (end == NULL && anvil->used < ANVIL_LINE_MAX)
		return false;
	if (end != NULL)
		line.length = (size_t)(end - anvil->buffer);
	evtimer_del(anvil->silence);
	if (anvil_parse_greeting(line, &err) == ANVIL_2 &&
	    say_hello(anvil, ANVIL_2, &err) == 0) {
		consume(anvil, line.length + 1);
		return true;
	}
	fail(anvil, &err);
	return false;
}

static void
parse(struct anvil *anvil)
{
	struct error err = { 0 };
	size_t consumed;

	if (is_greeted(anvil) && !take_greeting(anvil))
		return;
	switch (
	    anvil_parse(&anvil->answer, anvil->buffer, anvil->used, &consumed, &err)) {
	case ANVIL_FAILED:
		fail(anvil, &err);
		return;
	case ANVIL_MORE:
		consume(anvil, consumed);
		return;
	case ANVIL_DONE:
		if (consumed == anvil->used) {
			if (anvil->master.gone == NULL)
				disconnect(anvil);
			finish(anvil, NULL);
			return;
		}
		error_set(&err, "anvil goes on behind the end of its answer");
		fail(anvil, &err);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct anvil *anvil = arg;
	struct error err = { 0 };
	char byte;
	ssize_t n;

	(void)what;
	if (anvil->listing == NULL)
		n = recv(fd, &byte, 1, 0);
	else
		n = recv(fd, anvil->buffer + anvil->used, BUFFER_SIZE - anvil->used, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && anvil->listing != NULL) {
		anvil->used += (size_t)n;
		parse(anvil);
		return;
	}
	if (n > 0)
		error_set(&err, "anvil says something unasked");
	else if (n < 0)
		error_set(&err, "%s", strerror(errno));
	else
		error_set(&err, "anvil closed the connection%s",
		    anvil->listing ? " before the end of its answer" : "");
	fail(anvil, &err);
}

static void
on_master_gone(evutil_socket_t fd, short what, void *arg)
{
	struct error err = { 0 };

	(void)fd;
	(void)what;
	error_set_kind(&err, ERROR_MISSING, "Dovecot has stopped");
	fail(arg, &err);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct anvil *anvil = arg;
	struct error err;

	(void)fd;
	(void)what;
	error_set(&err, "no whole answer within %d seconds", anvil->timeout_seconds);
	if (anvil->protocol == ANVIL_UNKNOWN)
		anvil->greets = false; /* as it seems */
	/* It may only be slow: its list is not lost. */
	disconnect(anvil);
	error_prefix(&err, "cannot list the sessions at \"%s\"", anvil->path);
	finish(anvil, &err);
}

static int
connect_socket(struct anvil *anvil, struct error *err)
{
	anvil->fd = anvil_socket_connect(anvil->path, err);
	if (anvil->fd == -1)
		return -1;
	anvil->readable =
	    event_new(anvil->base, anvil->fd, EV_READ | EV_PERSIST, on_readable, anvil);
	event_add(anvil->readable, NULL);
	dovecot_master_watch(&anvil->master, anvil->base,
	    anvil_socket_master(anvil->fd), on_master_gone, anvil);
	return 0;
}

/* Waits for the greeting, as far as there may be one. */
static int
ask_first(struct anvil *anvil, struct error *err)
{
	if (connect_socket(anvil, err) == -1)
		return -1;
	if (anvil->greets)
		return 0;
	if (anvil_socket_is_mute(anvil->path))
		return say_hello(anvil, ANVIL_1, err);
	evtimer_add(anvil->silence, &(struct timeval){ .tv_usec = SILENCE_MS * 1000 });
	return 0;
}

static int
ask(struct anvil *anvil, struct error *err)
{
	if (anvil->fd != -1) {
		if (say(anvil, QUESTION, err) == 0)
			return 0;
		disconnect(anvil);
		if (anvil->lost != NULL)
			anvil->lost(anvil->lost_arg);
	}
	if (ask_first(anvil, err) == 0)
		return 0;
	disconnect(anvil);
	return -1;
}

static void
on_silence(evutil_socket_t fd, short what, void *arg)
{
	struct anvil *anvil = arg;
	struct error err;

	(void)fd;
	(void)what;
	if (say_hello(anvil, ANVIL_1, &err) == -1)
		fail(anvil, &err);
}

static void
on_ask(evutil_socket_t fd, short what, void *arg)
{
	struct anvil *anvil = arg;
	struct error err;

	(void)fd;
	(void)what;
	if (ask(anvil, &err) == -1)
		finish(anvil, &err);
	else
		evtimer_add(anvil->deadline,
		    &(struct timeval){ .tv_sec = anvil->timeout_seconds });
}

struct anvil *
anvil_new(struct event_base *base, const char *path, backend_lost *lost, void *arg)
{
	struct anvil *anvil = xcalloc(1, sizeof *anvil);

	anvil->base = base;
	anvil->path = xstrdup(path);
	anvil->lost = lost;
	anvil->lost_arg = arg;
	anvil->fd = -1;
	dovecot_master_init(&anvil->master);
	anvil->deadline = evtimer_new(base, on_deadline, anvil);
	anvil->silence = evtimer_new(base, on_silence, anvil);
	anvil->start = event_new(base, -1, 0, on_ask, anvil);
	return anvil;
}

void
anvil_free(struct anvil *anvil)
{
	disconnect(anvil);
	event_free(anvil->deadline);
	event_free(anvil->silence);
	event_free(anvil->start);
	free(anvil->buffer);
	free(anvil->path);
	free(anvil);
}

void
anvil_list(struct anvil *anvil, struct listing *listing, size_t max_sessions,
    int timeout_seconds, backend_done *done, void *arg)
{
	anvil->listing = listing;
	anvil->answer =
	    (struct anvil_answer){ anvil->protocol, listing, max_sessions, false };
	anvil->timeout_seconds = timeout_seconds;
	anvil->done = done;
	anvil->done_arg = arg;
	anvil->buffer = xcalloc(1, BUFFER_SIZE);
	anvil->used = 0;
	listing->asked_us = clock_now_us();
	listing->services = 1u << SERVICE_IMAP | 1u << SERVICE_POP3;
	event_active(anvil->start, 0, 0);
}

int64_t
anvil_started_us(const struct anvil *anvil)
{
	return anvil->master.started_us;
}

enum anvil_protocol
anvil_protocol(const struct anvil *anvil)
{
	return anvil->spoken;
}
