/* SPDX-License-Identifier: ISC */
/* A server of Dovecot's dict protocol: connections, transactions, answers. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/dict_parse.h"
#include "agent/collect/dict_server.h"
#include "agent/collect/login.h"
#include "agent/log.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	ACCEPT_AT_ONCE = 1000, /* so that others get their turn */
	RECORDS_MAX = 16,      /* not yet committed, of one connection */
	ANSWERS_MAX = 64,      /* not yet sent, of one connection */
	TRANSACTION_SIZE = 24,
	WARN_EVERY_SECONDS = 60
};

/* A login that was set and not yet committed. */
struct record {
	char transaction[TRANSACTION_SIZE];
	char *key; /* what the session's texts point into */
	struct session session;
};

/* An answer to be sent when all is durable. */
struct answer {
	bool async;
	bool refused;
	char transaction[TRANSACTION_SIZE];
};

struct connection {
	TAILQ_ENTRY(connection) by_age;     /* the longest silent first */
	TAILQ_ENTRY(connection) by_waiting; /* while answers are due */
	struct dict_server *server;
	struct event *readable;
	int fd;
	char *rest; /* the beginning of a line */
	size_t rest_length;
	struct record *records;
	size_t record_count;
	size_t record_capacity;
	struct answer *answers;
	size_t answer_count;
	size_t answer_capacity;
};

TAILQ_HEAD(connections, connection);

struct dict_server {
	struct event_base *base;
	struct event *acceptable;
	int listen_fd;
	size_t max_connections;
	size_t count;
	struct connections all;
	struct connections waiting;
	dict_login *login;
	void *arg;
	int64_t warned_us;
	char buffer[DICT_LINE_MAX + BUFFER_SIZE];
};

static void
warn(struct dict_server *server, const char *what, const struct error *err)
{
	int64_t now_us = clock_monotonic_us();

	if (server->warned_us != 0 &&
	    now_us - server->warned_us < (int64_t)WARN_EVERY_SECONDS * CLOCK_SECOND_US)
		return;
	server->warned_us = now_us;
	log_warning("dict socket: %s: %s", what, err->text);
}

static void
close_connection(struct connection *connection)
{
	struct dict_server *server = connection->server;

	TAILQ_REMOVE(&server->all, connection, by_age);
	if (connection->answer_count > 0)
		TAILQ_REMOVE(&server->waiting, connection, by_waiting);
	server->count--;
	event_free(connection->readable);
	close(connection->fd);
	for (size_t i = 0; i < connection->record_count; i++)
		free(connection->records[i].key);
	free(connection->records);
	free(connection->answers);
	free(connection->rest);
	free(connection);
}

/* A record is kept until its transaction is committed. */
static int
add_record(
    struct connection *connection, const struct dict_line *line, struct error *err)
{
	struct record record = { 0 };
	struct text key = { NULL, line->key.length };

	if (connection->record_count == RECORDS_MAX)
		return error_set(
		    err, "more than %d records without a commit", RECORDS_MAX);
	if (line->transaction.length >= TRANSACTION_SIZE)
		return error_set(err, "a transaction's name makes no sense");
	memcpy(record.transaction, line->transaction.data, line->transaction.length);
	key.data = record.key = xmemdup0(line->key.data, line->key.length);
	if (login_parse(&record.session, key, line->value, clock_now_us(), err) == -1) {
		warn(connection->server, "a login cannot be recorded", err);
		record.session.service = SERVICE_NONE;
	}
	connection->records = xgrow(connection->records, &connection->record_capacity,
	    connection->record_count + 1, sizeof record);
	connection->records[connection->record_count++] = record;
	return 0;
}

static bool
take_record(struct dict_server *server, const struct session *session)
{
	struct error err;

	if (session->service == SERVICE_NONE)
		return false;
	if (server->login(server->arg, session, &err) == 0)
		return true;
	warn(server, "a login was not recorded", &err);
	return false;
}

/* Hands the transaction's records over, if COMMITTED, and forgets them. */
static bool
end_transaction(struct connection *connection, struct text transaction, bool committed)
{
	struct dict_server *server = connection->server;
	size_t kept = 0;
	bool taken = true;

	for (size_t i = 0; i < connection->record_count; i++) {
		struct record *record = &connection->records[i];

		if (!text_equal(text_from(record->transaction), transaction)) {
			connection->records[kept++] = *record;
			continue;
		}
		if (committed)
			taken &= take_record(server, &record->session);
		free(record->key);
	}
	connection->record_count = kept;
	return taken;
}

static int
commit(struct connection *connection, const struct dict_line *line, struct error *err)
{
	struct dict_server *server = connection->server;
	struct answer answer = { .async = line->command == DICT_COMMIT_ASYNC };

	if (connection->answer_count == ANSWERS_MAX)
		return error_set(err, "more than %d commits at once", ANSWERS_MAX);
	if (line->transaction.length >= TRANSACTION_SIZE)
		return error_set(err, "a transaction's name makes no sense");
	memcpy(answer.transaction, line->transaction.data, line->transaction.length);
	answer.refused = !end_transaction(connection, line->transaction, true);
	if (connection->answer_count == 0)
		TAILQ_INSERT_TAIL(&server->waiting, connection, by_waiting);
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
handle_line(struct connection *connection, char *data, size_t length, struct error *err)
{
	struct dict_line line;

	switch (dict_parse(&line, data, length, err)) {
	case DICT_FAILED:
		return -1;
	case DICT_SET:
		return add_record(connection, &line, err);
	case DICT_COMMIT:
	case DICT_COMMIT_ASYNC:
		return commit(connection, &line, err);
	case DICT_ROLLBACK:
		end_transaction(connection, line.transaction, false);
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

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;
	struct dict_server *server = connection->server;
	char *buffer = server->buffer;
	struct error err = { 0 };
	ssize_t n;

	(void)what;
	n = recv(fd, buffer + connection->rest_length, BUFFER_SIZE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_connection(connection);
		return;
	}
	if (connection->rest_length > 0)
		memcpy(buffer, connection->rest, connection->rest_length);
	TAILQ_REMOVE(&server->all, connection, by_age);
	TAILQ_INSERT_TAIL(&server->all, connection, by_age);
	if (handle_input(
		connection, buffer, connection->rest_length + (size_t)n, &err) == -1) {
		warn(server, "a client was refused", &err);
		close_connection(connection);
	}
}

static void
add_connection(struct dict_server *server, int fd)
{
	struct connection *connection = xcalloc(1, sizeof *connection);

	if (server->count == server->max_connections)
		close_connection(TAILQ_FIRST(&server->all));
	connection->server = server;
	connection->fd = fd;
	connection->readable =
	    event_new(server->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
	if (connection->readable == NULL || event_add(connection->readable, NULL) == -1)
		log_error("cannot watch a connection to the dict socket");
	TAILQ_INSERT_TAIL(&server->all, connection, by_age);
	server->count++;
	/* What a login has to say came with it. */
	on_readable(fd, EV_READ, connection);
}

static void
on_acceptable(evutil_socket_t listen_fd, short what, void *arg)
{
	struct dict_server *server = arg;
	struct error err;

	(void)what;
	for (size_t i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			add_connection(server, fd);
			continue;
		}
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		error_set(&err, "%s", strerror(errno));
		warn(server, "cannot accept a connection", &err);
		if ((errno == EMFILE || errno == ENFILE) && !TAILQ_EMPTY(&server->all))
			close_connection(TAILQ_FIRST(&server->all));
		return;
	}
}

struct dict_server *
dict_server_new(struct event_base *base, int listen_fd, size_t max_connections,
    dict_login *login, void *arg)
{
	struct dict_server *server = xcalloc(1, sizeof *server);

	evutil_make_socket_nonblocking(listen_fd);
	TAILQ_INIT(&server->all);
	TAILQ_INIT(&server->waiting);
	server->base = base;
	server->listen_fd = listen_fd;
	server->max_connections = max_connections;
	server->login = login;
	server->arg = arg;
	server->acceptable =
	    event_new(base, listen_fd, EV_READ | EV_PERSIST, on_acceptable, server);
	event_add(server->acceptable, NULL);
	return server;
}

void
dict_server_free(struct dict_server *server)
{
	if (server == NULL)
		return;
	while (!TAILQ_EMPTY(&server->all))
		close_connection(TAILQ_FIRST(&server->all));
	event_free(server->acceptable);
	close(server->listen_fd);
	free(server);
}

bool
dict_server_waiting(const struct dict_server *server)
{
	return !TAILQ_EMPTY(&server->waiting);
}

/* All answers of a connection in one piece. */
static int
answer_connection(struct connection *connection, const struct error *failed)
{
	char text[ANSWERS_MAX * (TRANSACTION_SIZE + 128) + 1];
	size_t used = 0;

	for (size_t i = 0; i < connection->answer_count; i++) {
		const struct answer *answer = &connection->answers[i];
		const char *words = "O";

		if (failed != NULL)
			words = "Fimsconnd: its store cannot be written";
		else if (answer->refused)
			words = "Fimsconnd: the record of the login makes no sense";
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s\n",
		    answer->async ? "A" : "", answer->async ? answer->transaction : "",
		    answer->async ? "\t" : "", words);
	}
	connection->answer_count = 0;
	return send_text(connection, text);
}

void
dict_server_answer(struct dict_server *server, const struct error *failed)
{
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&server->waiting)) != NULL) {
		TAILQ_REMOVE(&server->waiting, connection, by_waiting);
		if (answer_connection(connection, failed) == -1)
			close_connection(connection);
	}
}
