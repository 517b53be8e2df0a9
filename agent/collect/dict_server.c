/* SPDX-License-Identifier: ISC */
/* The dict server's thread. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/dict_connection.h"
#include "agent/collect/local_socket.h"

struct dict_server {
	pthread_t thread;
	atomic_bool stopping;
	struct event_base *base;
	struct event *answered;
	struct dict_connections *connections;
	struct news_queue *news;
	struct dict_forward *forward; /* or NULL */
	char *made; /* the socket that is ours; NULL: a service manager's */
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
	struct news_batch *batch;
	uint64_t number;

	news_queue_tell(server->news);
	while ((batch = news_queue_answered(server->news)) != NULL) {
		dict_connections_answer(
		    server->connections, batch->number, batch->failed);
		news_batch_free(batch);
	}
	/* Who was answered may have had more to say. */
	news_queue_tell(server->news);
	/* Records that were refused, and nothing to be written with them. */
	if (news_queue_idle(server->news, &number))
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
	news_queue_free(server->news);
	free(server->made);
	free(server);
}

static struct dict_server *
start_thread(int listen_fd, const struct conf *conf, struct error *err)
{
	struct dict_server *server = xcalloc(1, sizeof *server);
	int rc;

	server->base = event_base_new();
	server->news = news_queue_new();
	server->answered = event_new(server->base, news_queue_answered_fd(server->news),
	    EV_READ | EV_PERSIST, on_answered, NULL);
	event_add(server->answered, NULL);
	if (conf->dict_forward[0] != '\0')
		server->forward = dict_forward_new(
		    server->base, conf->dict_forward, conf->dict_forward_precision);
	server->connections = dict_connections_new(server->base, listen_fd,
	    (size_t)conf->dict_connections, server->news, server->forward);
	rc = pthread_create(&server->thread, NULL, run, server);
	if (rc == 0)
		return server;
	error_set(err, "cannot start a thread: %s", strerror(rc));
	free_server(server);
	return NULL;
}

static bool
wanted(const struct conf *conf)
{
	return conf->dict_socket[0] != '\0';
}

/* Takes the socket of a service manager, or makes its own. */
static int
start(void **feed, void *state, const struct conf *conf, int fd, struct error *err)
{
	struct dict_server *server;
	bool made = fd == -1;

	(void)state;
	if (made && !wanted(conf))
		return 0;
	if (made)
		fd = local_socket_listen(
		    conf->dict_socket, conf->dict_group, "dovecot.dict_group", err);
	server = fd != -1 ? start_thread(fd, conf, err) : NULL;
	if (server == NULL)
		return -1;
	if (made)
		server->made = xstrdup(conf->dict_socket);
	*feed = server;
	return 0;
}

static void
stop(void *feed)
{
	struct dict_server *server = feed;

	/* A login waits for seconds at a socket that nobody listens to, but not for none. */
	if (server->made != NULL)
		unlink(server->made);
	atomic_store(&server->stopping, true);
	news_queue_wake(server->news);
	pthread_join(server->thread, NULL);
	free_server(server);
}

static int
ready_fd(const void *feed)
{
	const struct dict_server *server = feed;

	return news_queue_ready_fd(server->news);
}

static const struct news *
take(void *feed, size_t *count)
{
	const struct dict_server *server = feed;

	return news_queue_take(server->news, count);
}

static void
answer(void *feed, bool failed)
{
	const struct dict_server *server = feed;

	news_queue_answer(server->news, failed);
}

const struct backend_feed dict_feed = {
	.capabilities = 1u << CAPABILITY_LOGIN_TIME | 1u << CAPABILITY_AUTH_MECH,
	.wanted = wanted,
	.start = start,
	.stop = stop,
	.fd = ready_fd,
	.take = take,
	.answer = answer,
};
