/* SPDX-License-Identifier: ISC */
/*
 * The dict server's thread, and how batches go to the collector and back. One batch is on its
 * way while the next one fills: the slower the disk, the larger the commits.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/dict_connection.h"

/* Where the batch that was handed over is. */
enum step {
	STEP_NONE,  /* there is none */
	STEP_READY, /* the collector may take it */
	STEP_TAKEN, /* the collector writes it */
	STEP_DURABLE,
	STEP_FAILED
};

struct dict_server {
	pthread_t thread;
	struct event_base *base;
	struct dict_connections *connections;
	struct dict_batch *filling;
	struct event *wake;
	int wake_fd;  /* to the thread: answered, or stop */
	int ready_fd; /* to the collector: a batch is ready */
	pthread_mutex_t lock;
	/* Under the lock: */
	bool stopping;
	enum step step;
	struct dict_batch *handed; /* whose step this is */
};

static void
signal_fd(int fd)
{
	const uint64_t one = 1;

	/* It can only fail because it is signalled already. */
	if (write(fd, &one, sizeof one) == -1)
		return;
}

static void
clear_fd(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) == -1)
		return;
}

/* The batch that came back, if one did. */
static struct dict_batch *
take_back(struct dict_server *server, bool *failed)
{
	struct dict_batch *batch = NULL;

	pthread_mutex_lock(&server->lock);
	*failed = server->step == STEP_FAILED;
	if (*failed || server->step == STEP_DURABLE) {
		batch = server->handed;
		server->handed = NULL;
		server->step = STEP_NONE;
	}
	pthread_mutex_unlock(&server->lock);
	return batch;
}

/* Hands over what was committed, unless a batch is on its way. */
static void
hand_over(struct dict_server *server)
{
	struct dict_batch *batch = server->filling;
	bool free_way;

	if (!dict_connections_wait(server->connections))
		return;
	pthread_mutex_lock(&server->lock);
	free_way = server->step == STEP_NONE;
	if (free_way && batch->count > 0) {
		server->handed = batch;
		server->step = STEP_READY;
	}
	pthread_mutex_unlock(&server->lock);
	if (!free_way || batch->count == 0)
		return;
	signal_fd(server->ready_fd);
	server->filling = dict_batch_new(batch->number + 1);
	dict_connections_fill(server->connections, server->filling);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	clear_fd(fd);
}

static bool
is_stopping(struct dict_server *server)
{
	bool stopping;

	pthread_mutex_lock(&server->lock);
	stopping = server->stopping;
	pthread_mutex_unlock(&server->lock);
	return stopping;
}

/* The next batch is on its way before the last one's clients are answered. */
static void
exchange(struct dict_server *server)
{
	bool failed;
	struct dict_batch *batch = take_back(server, &failed);

	hand_over(server);
	if (batch != NULL)
		dict_connections_answer(server->connections, batch->number, failed);
	dict_batch_free(batch);
	/* Who was answered may have had more to say. */
	hand_over(server);
	/* Records that were refused, and nothing to be written with them. */
	if (server->filling->count == 0 && server->handed == NULL)
		dict_connections_answer(
		    server->connections, server->filling->number, false);
}

static void *
run(void *arg)
{
	struct dict_server *server = arg;

	while (!is_stopping(server)) {
		event_base_loop(server->base, EVLOOP_ONCE);
		exchange(server);
	}
	return NULL;
}

static void
free_server(struct dict_server *server)
{
	dict_connections_free(server->connections);
	dict_batch_free(server->filling);
	dict_batch_free(server->handed);
	event_free(server->wake);
	event_base_free(server->base);
	close(server->wake_fd);
	close(server->ready_fd);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

struct dict_server *
dict_server_start(int listen_fd, size_t max_connections, struct error *err)
{
	struct dict_server *server = xcalloc(1, sizeof *server);
	int rc;

	pthread_mutex_init(&server->lock, NULL);
	server->base = event_base_new();
	server->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	server->ready_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	server->wake = event_new(
	    server->base, server->wake_fd, EV_READ | EV_PERSIST, on_wake, server);
	event_add(server->wake, NULL);
	server->connections =
	    dict_connections_new(server->base, listen_fd, max_connections);
	server->filling = dict_batch_new(1);
	dict_connections_fill(server->connections, server->filling);
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
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	pthread_mutex_unlock(&server->lock);
	signal_fd(server->wake_fd);
	pthread_join(server->thread, NULL);
	free_server(server);
}

int
dict_server_fd(const struct dict_server *server)
{
	return server->ready_fd;
}

const struct session *
dict_server_take(struct dict_server *server, size_t *count)
{
	const struct session *logins = NULL;

	clear_fd(server->ready_fd);
	pthread_mutex_lock(&server->lock);
	if (server->step == STEP_READY) {
		server->step = STEP_TAKEN;
		logins = server->handed->logins;
		*count = server->handed->count;
	}
	pthread_mutex_unlock(&server->lock);
	return logins;
}

void
dict_server_answer(struct dict_server *server, bool failed)
{
	pthread_mutex_lock(&server->lock);
	server->step = failed ? STEP_FAILED : STEP_DURABLE;
	pthread_mutex_unlock(&server->lock);
	signal_fd(server->wake_fd);
}
