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
#include <sys/un.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/anvil.h"
#include "agent/collect/anvil_parse.h"
#include "agent/collect/process.h"

#define HELLO "VERSION\tanvil\t1\t0\n"
#define QUESTION "CONNECT-DUMP\n"

enum {
	BUFFER_SIZE = 256 * 1024
};

struct anvil {
	struct event_base *base;
	char *path;
	backend_lost *lost;
	void *lost_arg;
	int fd; /* -1: not connected */
	struct event *readable;
	int master_fd; /* pidfd of Dovecot's master, which made the socket; -1: unknown */
	struct event *master_gone;
	uint64_t started_ticks; /* when it was started; 0: unknown */
	int64_t started_us;
	struct event *deadline;
	struct event *start; /* so that DONE is never called from anvil_list() */
	/* The question under way, if LISTING is not NULL: */
	struct listing *listing;
	size_t max_sessions;
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
	if (anvil->master_fd == -1)
		return;
	event_free(anvil->master_gone);
	close(anvil->master_fd);
	anvil->master_fd = -1;
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

static void
parse(struct anvil *anvil)
{
	struct error err = { 0 };
	size_t consumed;

	switch (anvil_parse(anvil->buffer, anvil->used, &consumed, anvil->listing,
	    anvil->max_sessions, &err)) {
	case ANVIL_FAILED:
		fail(anvil, &err);
		return;
	case ANVIL_MORE:
		anvil->used -= consumed;
		memmove(anvil->buffer, anvil->buffer + consumed, anvil->used);
		return;
	case ANVIL_DONE:
		if (consumed == anvil->used) {
			if (anvil->master_fd == -1)
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

/* The same start is the same time, though the clock may have been set meanwhile. */
static void
note_start(struct anvil *anvil, uint32_t pid)
{
	uint64_t ticks;

	if (!process_started(pid, &ticks))
		ticks = 0;
	if (ticks != anvil->started_ticks)
		anvil->started_us = ticks != 0 ? process_ticks_us(ticks) : 0;
	anvil->started_ticks = ticks;
}

/* The one who made the socket listen; not told across process namespaces. */
static void
watch_master(struct anvil *anvil)
{
	struct ucred peer = { 0 };
	socklen_t length = sizeof peer;

	getsockopt(anvil->fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
	note_start(anvil, (uint32_t)peer.pid);
	if (peer.pid <= 0)
		return;
	anvil->master_fd = process_open((uint32_t)peer.pid);
	if (anvil->master_fd == -1)
		return;
	anvil->master_gone =
	    event_new(anvil->base, anvil->master_fd, EV_READ, on_master_gone, anvil);
	event_add(anvil->master_gone, NULL);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct anvil *anvil = arg;
	struct error err;

	(void)fd;
	(void)what;
	error_set(&err, "no whole answer within %d seconds", anvil->timeout_seconds);
	/* It may only be slow: its list is not lost. */
	disconnect(anvil);
	error_prefix(&err, "cannot list the sessions at \"%s\"", anvil->path);
	finish(anvil, &err);
}

static int
fail_connect(struct anvil *anvil, int number, struct error *err)
{
	const char *path = anvil->path;

	switch (number) {
	case ENOENT:
		return error_set_kind(err, ERROR_MISSING,
		    "cannot connect to \"%s\": no such "
		    "socket; is Dovecot running, and is dovecot.anvil_socket right?",
		    path);
	case EACCES:
	case EPERM:
		return error_set_kind(err, ERROR_DENIED,
		    "cannot connect to \"%s\": permission "
		    "denied; be root, or give its unix_listener a group of yours",
		    path);
	case ECONNREFUSED:
		return error_set_kind(err, ERROR_MISSING,
		    "cannot connect to \"%s\": "
		    "connection refused; Dovecot is not running",
		    path);
	case EAGAIN:
		return error_set(
		    err, "cannot connect to \"%s\": its queue is full", path);
	default:
		return error_set(
		    err, "cannot connect to \"%s\": %s", path, strerror(number));
	}
}

static int
connect_socket(struct anvil *anvil, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int saved;

	if (strlen(anvil->path) >= sizeof address.sun_path)
		return error_set(
		    err, "the socket's path \"%s\" is too long", anvil->path);
	strncpy(address.sun_path, anvil->path, sizeof address.sun_path - 1);
	anvil->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (anvil->fd == -1)
		return error_set(err, "cannot make a socket: %s", strerror(errno));
	if (connect(anvil->fd, (struct sockaddr *)&address, sizeof address) == -1) {
		saved = errno;
		close(anvil->fd);
		anvil->fd = -1;
		return fail_connect(anvil, saved, err);
	}
	anvil->readable =
	    event_new(anvil->base, anvil->fd, EV_READ | EV_PERSIST, on_readable, anvil);
	event_add(anvil->readable, NULL);
	watch_master(anvil);
	return 0;
}

/* The question fits any socket's buffer; if it does not go at once, nobody reads there. */
static int
ask(struct anvil *anvil, struct error *err)
{
	bool fresh = anvil->fd == -1;
	const char *words = fresh ? HELLO QUESTION : QUESTION;

	if (fresh && connect_socket(anvil, err) == -1)
		return -1;
	if (send(anvil->fd, words, strlen(words), MSG_NOSIGNAL) ==
	    (ssize_t)strlen(words))
		return 0;
	disconnect(anvil);
	if (!fresh) {
		if (anvil->lost != NULL)
			anvil->lost(anvil->lost_arg);
		return ask(anvil, err);
	}
	return error_set(
	    err, "cannot write to \"%s\": %s", anvil->path, strerror(errno));
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
	anvil->master_fd = -1;
	anvil->deadline = evtimer_new(base, on_deadline, anvil);
	anvil->start = event_new(base, -1, 0, on_ask, anvil);
	return anvil;
}

void
anvil_free(struct anvil *anvil)
{
	disconnect(anvil);
	event_free(anvil->deadline);
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
	anvil->max_sessions = max_sessions;
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
	return anvil->started_us;
}
