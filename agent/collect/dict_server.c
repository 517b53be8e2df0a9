/* SPDX-License-Identifier: ISC */
/* The dict server's thread. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/dict_connection.h"
#include "agent/collect/local_socket.h"

struct dict_server {
	pthread_t thread;
	atomic_bool stopping;
	struct event_base *base;
	struct event *answered;
	struct dict_connections *connections;
	struct dict_batches *batches;
	struct dict_forward *forward; /* or NULL */
};

/* Only so that the loop ends: exchange() looks at everything. */
static void
on_answered(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* The next batch is told of before the last one's clients are answered. */
static void
exchange(struct dict_server *server)
{
	struct dict_batch *batch;
	uint64_t number;

	dict_batches_tell(server->batches);
	while ((batch = dict_batches_answered(server->batches)) != NULL) {
		dict_connections_answer(
		    server->connections, batch->number, batch->failed);
		dict_batch_free(batch);
	}
	/* Who was answered may have had more to say. */
	dict_batches_tell(server->batches);
	/* Records that were refused, and nothing to be written with them. */
	if (dict_batches_idle(server->batches, &number))
		dict_connections_answer(server->connections, number, false);
}

static void *
run(void *arg)
{
	struct dict_server *server = arg;

	while (!atomic_load(&server->stopping)) {
		event_base_loop(server->base, EVLOOP_ONCE);
		exchange(server);
	}
	return NULL;
}

static void
free_server(struct dict_server *server)
{
	dict_connections_free(server->connections);
	dict_forward_free(server->forward);
	event_free(server->answered);
	event_base_free(server->base);
	dict_batches_free(server->batches);
	free(server);
}

int
dict_listen(const char *path, const char *group, struct error *err)
{
	return local_socket_listen(path, group, "dovecot.dict_group", err);
}

struct dict_server *
dict_server_start(int listen_fd, size_t max_connections, const struct dict_site *site,
    struct error *err)
{
	struct dict_server *server = xcalloc(1, sizeof *server);
	int rc;

	server->base = event_base_new();
	server->batches = dict_batches_new();
	server->answered =
	    event_new(server->base, dict_batches_answered_fd(server->batches),
		EV_READ | EV_PERSIST, on_answered, NULL);
	event_add(server->answered, NULL);
	if (site->path[0] != '\0')
		server->forward =
		    dict_forward_new(server->base, site->path, site->precision);
	server->connections = dict_connections_new(
	    server->base, listen_fd, max_connections, server->batches, server->forward);
	rc = pthread_create(&server->thread, NULL, run, server);
	if (rc == 0)
		return server;
	error_set(err, "cannot start a thread: %s", strerror(rc));
	free_server(server);
	return NULL;
}

void
dict_server_stop(struct dict_server *server)
{
	if (server == NULL)
		return;
	atomic_store(&server->stopping, true);
	dict_batches_wake(server->batches);
	pthread_join(server->thread, NULL);
	free_server(server);
}

int
dict_server_fd(const struct dict_server *server)
{
	return dict_batches_ready_fd(server->batches);
}

const struct session *
dict_server_take(struct dict_server *server, size_t *count)
{
	return dict_batches_take(server->batches, count);
}

void
dict_server_answer(struct dict_server *server, bool failed)
{
	dict_batches_answer(server->batches, failed);
}
