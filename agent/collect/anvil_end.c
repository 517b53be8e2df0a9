/* SPDX-License-Identifier: ISC */
/* Has anvil end connections. */
#include "config.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/anvil_end.h"
#include "agent/collect/anvil_socket.h"
#include "agent/collect/dovecot_text.h"

/* The empty line says that we are no service with a process of Dovecot's. */
#define HELLO "VERSION\tanvil-client\t2\t0\n\n"

struct anvil_end {
	struct event_base *base;
	char *path;
	struct bufferevent *connection; /* NULL: there is none */
};

static void
on_answer(struct bufferevent *connection, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(connection);

	(void)arg;
	evbuffer_drain(input, evbuffer_get_length(input));
}

static void
disconnect(struct anvil_end *end)
{
	if (end->connection != NULL)
		bufferevent_free(end->connection);
	end->connection = NULL;
}

static void
on_event(struct bufferevent *connection, short what, void *arg)
{
	(void)connection;
	(void)what;
	disconnect(arg);
}

struct anvil_end *
anvil_end_new(struct event_base *base, const char *path)
{
	struct anvil_end *end = xcalloc(1, sizeof *end);

	end->base = base;
	end->path = xstrdup(path);
	return end;
}

void
anvil_end_free(struct anvil_end *end)
{
	if (end == NULL)
		return;
	disconnect(end);
	free(end->path);
	free(end);
}

static int
connect_anvil(struct anvil_end *end, struct error *err)
{
	int fd = anvil_socket_connect(end->path, err);

	if (fd == -1)
		return -1;
	end->connection =
	    xchecked(bufferevent_socket_new(end->base, fd, BEV_OPT_CLOSE_ON_FREE));
	bufferevent_setcb(end->connection, on_answer, NULL, on_event, end);
	bufferevent_enable(end->connection, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(end->connection), HELLO);
	return 0;
}

int
anvil_end_connection(struct anvil_end *end, const struct listed *row, struct error *err)
{
	struct evbuffer *output;
	char *user;

	if (end->connection == NULL && connect_anvil(end, err) == -1)
		return -1;
	output = bufferevent_get_output(end->connection);
	user = dovecot_escape(row->user);
	evbuffer_add_printf(output, "KICK-USER\t%s\t", user);
	for (size_t i = 0; i < sizeof row->connection.octets; i++)
		evbuffer_add_printf(output, "%02x", row->connection.octets[i]);
	evbuffer_add_printf(output, "\n");
	free(user);
	return 0;
}
