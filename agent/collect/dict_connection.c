/* SPDX-License-Identifier: ISC */
/* The dict server's connections: lines, transactions, answers. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event_struct.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/dict_connection.h"
#include "agent/collect/dict_parse.h"
#include "agent/log.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	ACCEPT_AT_ONCE = 1000, /* so that others get their turn */
	ANSWERS_MAX = 64,      /* not yet sent, of one connection */
	WARN_EVERY_SECONDS = 60
};

/* An answer to be sent when its batch is durable. */
struct answer {
	uint64_t batch;
	bool async;
	bool refused;
	char transaction[DICT_TRANSACTION_SIZE];
};

struct connection {
	TAILQ_ENTRY(connection) by_age;     /* the longest silent first */
	TAILQ_ENTRY(connection) by_waiting; /* while answers are due */
	struct dict_connections *owner;
	struct event readable;
	bool registered; /* else what came with the accept was enough so far */
	int fd;
	char *rest; /* the beginning of a line */
	size_t rest_length;
	struct dict_records records;          /* not yet committed */
	struct dict_forward_client forwarded; /* likewise */
	struct answer *answers;
	size_t answer_count;
	size_t answer_capacity;
};

TAILQ_HEAD(queue, connection);

struct dict_connections {
	struct event_base *base;
	struct event *acceptable;
	int listen_fd;
	size_t max_connections;
	size_t count;
	struct queue all;
	struct queue waiting;
	struct news_queue *news;
	struct dict_forward *forward; /* NULL if nobody else is told */
	int64_t warned_us;
	char buffer[DICT_LINE_MAX + BUFFER_SIZE];
};

static void
warn(struct dict_connections *connections, const char *what, const struct error *err)
{
	int64_t now_us = clock_monotonic_us();

	if (connections->warned_us != 0 &&
	    now_us - connections->warned_us <
		(int64_t)WARN_EVERY_SECONDS * CLOCK_SECOND_US)
		return;
	connections->warned_us = now_us;
	log_warning("dict socket: %s: %s", what, err->text);
}

static void
close_connection(struct connection *connection)
{
	struct dict_connections *connections = connection->owner;

	TAILQ_REMOVE(&connections->all, connection, by_age);
	if (connection->answer_count > 0)
		TAILQ_REMOVE(&connections->waiting, connection, by_waiting);
	connections->count--;
	if (connection->registered)
		event_del(&connection->readable);
	close(connection->fd);
	dict_records_fini(&connection->records);
	dict_forward_client_fini(&connection->forwarded);
	free(connection->answers);
	free(connection->rest);
	free(connection);
}

static int
commit(struct connection *connection, const struct dict_line *line, struct error *err)
{
	struct dict_connections *connections = connection->owner;
	struct answer answer = { .async = line->command == DICT_COMMIT_ASYNC };
	struct news_batch *batch;

	if (connection->answer_count == ANSWERS_MAX)
		return error_set(err, "more than %d commits at once", ANSWERS_MAX);
	if (line->transaction.length >= DICT_TRANSACTION_SIZE)
		return error_set(err, "a transaction's name makes no sense");
	memcpy(answer.transaction, line->transaction.data, line->transaction.length);
	batch = news_queue_lock(connections->news);
	answer.batch = batch->number;
	answer.refused =
	    !dict_records_commit(&connection->records, line->transaction, batch);
	news_queue_unlock(connections->news);
	if (connection->answer_count == 0)
		TAILQ_INSERT_TAIL(&connections->waiting, connection, by_waiting);
	connection->answers = xgrow(connection->answers, &connection->answer_capacity,
	    connection->answer_count + 1, sizeof answer);
	connection->answers[connection->answer_count++] = answer;
	return 0;
}

static int
send_text(struct connection *connection, const char *text)
{
	size_t length = strlen(text);

	/* A client that does not take a few octets will not take them later. */
	return send(connection->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		(ssize_t)length ?
	    0 :
	    -1;
}

static int
set(struct connection *connection, const struct dict_line *line, struct error *err)
{
	struct error why;

	if (dict_records_add(&connection->records, line, &why, err) == -1)
		return -1;
	if (why.text[0] != '\0')
		warn(connection->owner, "a login cannot be recorded", &why);
	return 0;
}

static int
handle_line(struct connection *connection, char *data, size_t length, struct error *err)
{
	struct dict_forward *forward = connection->owner->forward;
	enum dict_command command;
	struct dict_line line;

	if (forward != NULL)
		dict_forward_hear(&connection->forwarded, data, length);
	command = dict_parse(&line, data, length, err);
	if (forward != NULL)
		dict_forward_take(forward, &connection->forwarded, command, &line);
	switch (command) {
	case DICT_FAILED:
		return -1;
	case DICT_SET:
		return set(connection, &line, err);
	case DICT_COMMIT:
	case DICT_COMMIT_ASYNC:
		return commit(connection, &line, err);
	case DICT_ROLLBACK:
		dict_records_drop(&connection->records, line.transaction);
		return 0;
	case DICT_LOOKUP:
		if (send_text(connection, "N\n") == -1)
			return error_set(err, "it does not read its answers");
		return 0;
	default:
		return 0;
	}
}

/* Handles the whole lines of LENGTH octets in the buffer and keeps what is left. */
static int
handle_input(
    struct connection *connection, char *data, size_t length, struct error *err)
{
	char *end;

	while ((end = memchr(data, '\n', length)) != NULL) {
		size_t line = (size_t)(end - data);

		if (handle_line(connection, data, line, err) == -1)
			return -1;
		data += line + 1;
		length -= line + 1;
	}
	if (length > DICT_LINE_MAX)
		return error_set(err, "a line of more than %d octets", DICT_LINE_MAX);
	free(connection->rest);
	connection->rest = length ? xmemdup0(data, length) : NULL;
	connection->rest_length = length;
	return 0;
}

/* Reads what is there. -1 if that was the connection's end. */
static int
read_connection(struct connection *connection)
{
	struct dict_connections *connections = connection->owner;
	char *buffer = connections->buffer;
	struct error err = { 0 };
	ssize_t n;

	n = recv(connection->fd, buffer + connection->rest_length, BUFFER_SIZE,
	    MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		close_connection(connection);
		return -1;
	}
	if (connection->rest_length > 0)
		memcpy(buffer, connection->rest, connection->rest_length);
	TAILQ_REMOVE(&connections->all, connection, by_age);
	TAILQ_INSERT_TAIL(&connections->all, connection, by_age);
	if (handle_input(
		connection, buffer, connection->rest_length + (size_t)n, &err) == 0)
		return 0;
	warn(connections, "a client was refused", &err);
	close_connection(connection);
	return -1;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_connection(arg);
}

/* Waits for what else it says, and for its end. */
static void
watch_connection(struct connection *connection)
{
	if (connection->registered)
		return;
	connection->registered = true;
	if (event_add(&connection->readable, NULL) == 0)
		return;
	log_error("cannot watch a connection to the dict socket");
	connection->registered = false;
	close_connection(connection);
}

/*
 * What a login has to say came with it, mostly: then nothing has to be waited for until it is
 * answered.
 */
static void
add_connection(struct dict_connections *connections, int fd)
{
	struct connection *connection = xcalloc(1, sizeof *connection);

	if (connections->count == connections->max_connections)
		close_connection(TAILQ_FIRST(&connections->all));
	connection->owner = connections;
	connection->fd = fd;
	event_assign(&connection->readable, connections->base, fd, EV_READ | EV_PERSIST,
	    on_readable, connection);
	TAILQ_INSERT_TAIL(&connections->all, connection, by_age);
	connections->count++;
	if (read_connection(connection) == 0 && connection->answer_count == 0)
		watch_connection(connection);
}

static void
on_acceptable(evutil_socket_t listen_fd, short what, void *arg)
{
	struct dict_connections *connections = arg;
	struct error err;

	(void)what;
	for (size_t i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			add_connection(connections, fd);
			continue;
		}
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		error_set(&err, "%s", strerror(errno));
		warn(connections, "cannot accept a connection", &err);
		if ((errno == EMFILE || errno == ENFILE) &&
		    !TAILQ_EMPTY(&connections->all))
			close_connection(TAILQ_FIRST(&connections->all));
		return;
	}
}

struct dict_connections *
dict_connections_new(struct event_base *base, int listen_fd, size_t max_connections,
    struct news_queue *news, struct dict_forward *forward)
{
	struct dict_connections *connections = xcalloc(1, sizeof *connections);

	evutil_make_socket_nonblocking(listen_fd);
	TAILQ_INIT(&connections->all);
	TAILQ_INIT(&connections->waiting);
	connections->base = base;
	connections->listen_fd = listen_fd;
	connections->max_connections = max_connections;
	connections->news = news;
	connections->forward = forward;
	connections->acceptable = event_new(
	    base, listen_fd, EV_READ | EV_PERSIST, on_acceptable, connections);
	event_add(connections->acceptable, NULL);
	return connections;
}

void
dict_connections_free(struct dict_connections *connections)
{
	while (!TAILQ_EMPTY(&connections->all))
		close_connection(TAILQ_FIRST(&connections->all));
	event_free(connections->acceptable);
	close(connections->listen_fd);
	free(connections);
}

/* All answers of a connection for a batch, in one piece; those for a later one stay. */
static int
answer_connection(struct connection *connection, uint64_t number, bool failed)
{
	char text[ANSWERS_MAX * (DICT_TRANSACTION_SIZE + 64) + 1];
	size_t used = 0;
	size_t done = 0;

	while (done < connection->answer_count &&
	    connection->answers[done].batch <= number) {
		const struct answer *answer = &connection->answers[done++];
		const char *words = "O";

		if (failed)
			words = "Fimsconnd: its store cannot be written";
		else if (answer->refused)
			words = "Fimsconnd: the record of the login makes no sense";
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s\n",
		    answer->async ? "A" : "", answer->async ? answer->transaction : "",
		    answer->async ? "\t" : "", words);
	}
	connection->answer_count -= done;
	memmove(connection->answers, connection->answers + done,
	    connection->answer_count * sizeof *connection->answers);
	return done > 0 ? send_text(connection, text) : 0;
}

void
dict_connections_answer(
    struct dict_connections *connections, uint64_t number, bool failed)
{
	struct queue answered = TAILQ_HEAD_INITIALIZER(answered);
	struct queue later = TAILQ_HEAD_INITIALIZER(later);
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&connections->waiting)) != NULL) {
		int sent = answer_connection(connection, number, failed);

		TAILQ_REMOVE(&connections->waiting, connection, by_waiting);
		if (connection->answer_count > 0)
			TAILQ_INSERT_TAIL(&later, connection, by_waiting);
		else if (sent == 0)
			TAILQ_INSERT_TAIL(&answered, connection, by_waiting);
		else
			close_connection(connection);
	}
	TAILQ_CONCAT(&connections->waiting, &later, by_waiting);
	/* Who was answered hangs up; most have by now. */
	while ((connection = TAILQ_FIRST(&answered)) != NULL) {
		TAILQ_REMOVE(&answered, connection, by_waiting);
		if (!connection->registered && read_connection(connection) == 0)
			watch_connection(connection);
	}
}
