/* SPDX-License-Identifier: ISC */
/* The feed's connections: lines in, answers out, and bounds on both. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/feed.h"
#include "agent/collect/feed_request.h"
#include "agent/log.h"

enum {
	READ_AT_ONCE = 16 * 1024,
	ACCEPT_AT_ONCE = 100,
	REQUESTS_AT_ONCE = 64, /* of one connection in a turn */
	UNSENT_MAX =
	    64 * 1024, /* octets that a client did not take; then it is not read */
	WARN_EVERY_SECONDS = 60
};

/* An answer that waits for the commit; DURABLE: if that fails, it is another one. */
struct held {
	char *text;
	bool durable;
};

struct connection {
	TAILQ_ENTRY(connection) by_age;     /* the longest silent first */
	TAILQ_ENTRY(connection) by_holding; /* while answers are held */
	struct feed *feed;
	int fd;
	struct event *readable;
	struct event *writable;
	struct event *again; /* there are more requests than one turn takes */
	struct evbuffer *in;
	struct evbuffer *out;
	struct held held[REQUESTS_AT_ONCE];
	size_t held_count;
	bool ended; /* nothing more is read; it is closed when all is answered */
};

TAILQ_HEAD(connections, connection);

struct feed {
	struct event_base *base;
	struct event *acceptable;
	int listen_fd;
	size_t max_connections;
	size_t count;
	struct connections all;
	struct connections holding;
	feed_apply *apply;
	void *arg;
	int64_t warned_us;
};

static void
warn(struct feed *feed, const char *what, const char *why)
{
	int64_t now_us = clock_monotonic_us();

	if (feed->warned_us != 0 &&
	    now_us - feed->warned_us < (int64_t)WARN_EVERY_SECONDS * CLOCK_SECOND_US)
		return;
	feed->warned_us = now_us;
	log_warning("feed socket: %s: %s", what, why);
}

static void
close_connection(struct connection *connection)
{
	struct feed *feed = connection->feed;

	TAILQ_REMOVE(&feed->all, connection, by_age);
	if (connection->held_count > 0)
		TAILQ_REMOVE(&feed->holding, connection, by_holding);
	for (size_t i = 0; i < connection->held_count; i++)
		free(connection->held[i].text);
	feed->count--;
	event_free(connection->readable);
	event_free(connection->writable);
	event_free(connection->again);
	evbuffer_free(connection->in);
	evbuffer_free(connection->out);
	close(connection->fd);
	free(connection);
}

/* Answers at once, unless others have to come before. Takes TEXT. */
static void
answer(struct connection *connection, char *text, bool durable)
{
	struct feed *feed = connection->feed;

	if (!durable && connection->held_count == 0) {
		evbuffer_add(connection->out, text, strlen(text));
		free(text);
		return;
	}
	if (connection->held_count == 0)
		TAILQ_INSERT_TAIL(&feed->holding, connection, by_holding);
	connection->held[connection->held_count++] = (struct held){ text, durable };
}

static void
refuse(struct connection *connection, const char *why)
{
	warn(connection->feed, "a request was refused", why);
	answer(connection, feed_answer_error(why), false);
}

static void
handle_line(struct connection *connection, const char *line, size_t length)
{
	struct feed *feed = connection->feed;
	struct feed_request request;
	enum web_answer outcome;
	struct error err;

	if (feed_request_parse(&request, line, length, clock_now_us(), &err) == -1 ||
	    feed->apply(feed->arg, &request.event, &outcome, &err) == -1)
		refuse(connection, err.text);
	else
		answer(
		    connection, feed_answer(outcome), request.event.kind != WEB_ALIVE);
	feed_request_fini(&request);
}

/* The next whole line; NULL if there is none. One that is too long ends all. */
static char *
take_line(struct connection *connection, size_t *length)
{
	struct evbuffer_ptr end =
	    evbuffer_search_eol(connection->in, NULL, NULL, EVBUFFER_EOL_LF);
	ssize_t octets = end.pos;

	if (octets == -1)
		octets = (ssize_t)evbuffer_get_length(connection->in);
	if (octets > FEED_LINE_MAX) {
		refuse(connection, "the line is too long");
		connection->ended = true;
		evbuffer_drain(connection->in, SIZE_MAX);
		return NULL;
	}
	return evbuffer_readln(connection->in, length, EVBUFFER_EOL_LF);
}

/* Sends what the client takes. -1 if that was the connection's end. */
static int
send_answers(struct connection *connection)
{
	while (evbuffer_get_length(connection->out) > 0)
		if (evbuffer_write(connection->out, connection->fd) <= 0) {
			if (errno != EAGAIN && errno != EINTR) {
				close_connection(connection);
				return -1;
			}
			event_add(connection->writable, NULL);
			return 0;
		}
	return 0;
}

/* Handles a share of the requests, and sees to it that the rest gets its turn. */
static void
serve(struct connection *connection)
{
	size_t length;
	char *line;

	for (size_t i = 0; connection->held_count < REQUESTS_AT_ONCE &&
	     i < REQUESTS_AT_ONCE && (line = take_line(connection, &length)) != NULL;
	     i++) {
		handle_line(connection, line, length);
		free(line);
	}
	if (send_answers(connection) == -1)
		return;
	if (evbuffer_get_length(connection->out) > UNSENT_MAX ||
	    connection->held_count > 0)
		return; /* on_writable() or feed_commit() goes on */
	if (evbuffer_search_eol(connection->in, NULL, NULL, EVBUFFER_EOL_LF).pos != -1)
		event_add(
		    connection->again, &(struct timeval){ 0 }); /* in the next turn */
	else if (!connection->ended)
		event_add(connection->readable, NULL);
	else if (evbuffer_get_length(connection->out) == 0)
		close_connection(connection);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;
	struct feed *feed = connection->feed;
	int n = evbuffer_read(connection->in, fd, READ_AT_ONCE);

	(void)what;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		close_connection(connection);
		return;
	}
	connection->ended = n == 0;
	TAILQ_REMOVE(&feed->all, connection, by_age);
	TAILQ_INSERT_TAIL(&feed->all, connection, by_age);
	serve(connection);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	serve(arg);
}

static void
add_connection(struct feed *feed, int fd)
{
	struct connection *connection = xcalloc(1, sizeof *connection);
	struct event_base *base = feed->base;

	if (feed->count == feed->max_connections)
		close_connection(TAILQ_FIRST(&feed->all));
	connection->feed = feed;
	connection->fd = fd;
	connection->in = xchecked(evbuffer_new());
	connection->out = xchecked(evbuffer_new());
	connection->readable =
	    xchecked(event_new(base, fd, EV_READ, on_readable, connection));
	connection->writable =
	    xchecked(event_new(base, fd, EV_WRITE, on_writable, connection));
	connection->again = xchecked(event_new(base, -1, 0, on_writable, connection));
	TAILQ_INSERT_TAIL(&feed->all, connection, by_age);
	feed->count++;
	event_add(connection->readable, NULL);
}

static void
on_acceptable(evutil_socket_t listen_fd, short what, void *arg)
{
	struct feed *feed = arg;

	(void)what;
	for (size_t i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			add_connection(feed, fd);
			continue;
		}
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		warn(feed, "cannot accept a connection", strerror(errno));
		if ((errno == EMFILE || errno == ENFILE) && !TAILQ_EMPTY(&feed->all))
			close_connection(TAILQ_FIRST(&feed->all));
		return;
	}
}

struct feed *
feed_new(struct event_base *base, int listen_fd, size_t max_connections,
    feed_apply *apply, void *arg)
{
	struct feed *feed = xcalloc(1, sizeof *feed);

	evutil_make_socket_nonblocking(listen_fd);
	TAILQ_INIT(&feed->all);
	TAILQ_INIT(&feed->holding);
	feed->base = base;
	feed->listen_fd = listen_fd;
	feed->max_connections = max_connections;
	feed->apply = apply;
	feed->arg = arg;
	feed->acceptable = xchecked(
	    event_new(base, listen_fd, EV_READ | EV_PERSIST, on_acceptable, feed));
	event_add(feed->acceptable, NULL);
	return feed;
}

void
feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	while (!TAILQ_EMPTY(&feed->all))
		close_connection(TAILQ_FIRST(&feed->all));
	event_free(feed->acceptable);
	close(feed->listen_fd);
	free(feed);
}

static void
release(struct connection *connection, bool failed)
{
	for (size_t i = 0; i < connection->held_count; i++) {
		struct held *held = &connection->held[i];
		char *text = held->text;

		if (failed && held->durable) {
			free(text);
			text = feed_answer_error("the store cannot be written");
		}
		evbuffer_add(connection->out, text, strlen(text));
		free(text);
	}
	connection->held_count = 0;
}

void
feed_commit(struct feed *feed, bool failed)
{
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&feed->holding)) != NULL) {
		TAILQ_REMOVE(&feed->holding, connection, by_holding);
		release(connection, failed);
		/* What more it asks for is of the next turn. */
		event_active(connection->again, 0, 0);
	}
}
