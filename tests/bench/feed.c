/* SPDX-License-Identifier: ISC */
/*
 * feed [-k] [-c CLIENTS] [-p] STORE SOCKET LOGINS USERS: logins of sample users, as Dovecot
 * tells them: a connection each (-k: CLIENTS that stay), closed when the login is
 * acknowledged. Each login has a process of its own, which lives as long as feed does; with
 * -p only its number. Prints the logins acknowledged, the microseconds, the commits, and how
 * many acknowledged logins are not in the store.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/store/user.h"
#include "tests/bench/sample.h"

enum {
	CLIENTS = 64, /* unless told */
	CLIENTS_MAX = 10000,
	RECORD_MAX = 512,
	EVENTS = 256,
	SILENCE_MS = 10000
};

struct client {
	int fd;         /* -1: none */
	uint32_t login; /* what it waits for */
};

static struct {
	struct sockaddr_un address;
	bool keeps;
	bool numbers_only;
	uint32_t logins;
	uint32_t users;
	uint32_t sent;
	uint32_t acked;
	bool *is_acked;
	pid_t *processes;
	struct client *clients;
	size_t count;
	int epoll;
} feed;

/* Login I is of a user of no certain order, as they come. */
static void
make_login(struct sample *sample, uint32_t i)
{
	uint32_t user = sample_shuffle(i % feed.users, feed.users);

	sample_make(sample, user, feed.users);
	sample->session.login_us = sample_login_us(user) + CLOCK_SECOND_US;
	sample->session.process.pid =
	    feed.numbers_only ? SAMPLE_PID + user : (uint32_t)feed.processes[i];
}

static size_t
write_record(char *record, uint32_t i, bool greets)
{
	const struct session *session;
	char ip[ENDPOINT_TEXT_SIZE];
	struct endpoint remote;
	struct sample sample;

	make_login(&sample, i);
	session = &sample.session;
	remote = (struct endpoint){ .address = session->remote.address };
	endpoint_format(ip, &remote);
	return (size_t)snprintf(record, RECORD_MAX,
	    "%sB1\t%s\nS1\tshared/"
	    "ims1|imap|%s|%u|%s|%u|192.0.2.10|143|PLAIN|%s|%s\t%lld\nC1\n",
	    greets ? "H3\t2\t0\t\timsconn\n" : "", sample.user, sample.id,
	    session->process.pid, ip, session->remote.port, sample.user, sample.user,
	    (long long)session->login_us);
}

/* Blocks as Dovecot's does while the queue of the socket is full. */
static void
open_client(struct client *client)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd == -1 ||
	    connect(client->fd, (struct sockaddr *)&feed.address,
		sizeof feed.address) == -1)
		sample_die("feed: cannot connect: %s", strerror(errno));
	epoll_ctl(feed.epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static void
close_client(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

/* The next login, if there is one. */
static void
log_in(struct client *client)
{
	char record[RECORD_MAX];
	bool greets = client->fd == -1;
	size_t length;

	if (feed.sent == feed.logins)
		return;
	client->login = feed.sent++;
	if (greets)
		open_client(client);
	length = write_record(record, client->login, greets);
	if (send(client->fd, record, length, MSG_NOSIGNAL) != (ssize_t)length)
		sample_die("feed: cannot send a login: %s", strerror(errno));
}

static void
on_answer(struct client *client)
{
	char answer[128];
	ssize_t n = recv(client->fd, answer, sizeof answer, MSG_DONTWAIT);

	if (n < 2 || memcmp(answer, "O\n", 2) != 0)
		sample_die("feed: a login was not acknowledged: %.*s",
		    n > 0 ? (int)n : 6, n > 0 ? answer : "closed");
	feed.is_acked[client->login] = true;
	feed.acked++;
	if (!feed.keeps)
		close_client(client);
	log_in(client);
}

/* All logins; returns how long they took. */
static int64_t
run(void)
{
	struct epoll_event events[EVENTS];
	int64_t start_us = clock_monotonic_us();

	for (size_t i = 0; i < feed.count; i++)
		log_in(&feed.clients[i]);
	while (feed.acked < feed.logins) {
		int n = epoll_wait(feed.epoll, events, EVENTS, SILENCE_MS);

		if (n <= 0)
			sample_die("feed: no answer; %u of %u logins were acknowledged",
			    feed.acked, feed.logins);
		for (int i = 0; i < n; i++)
			on_answer(events[i].data.ptr);
	}
	return clock_monotonic_us() - start_us;
}

/* Says that it is there by giving up the pipe, and ends with its parent. */
static void
be_process(const int *pipe_fds)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	for (;;)
		pause();
}

/* What a login's process is to imsconnd: something that lives until the logout. */
static void
start_processes(void)
{
	int pipe_fds[2];
	char byte;

	feed.processes = xcalloc(feed.logins, sizeof *feed.processes);
	if (feed.numbers_only)
		return;
	if (pipe(pipe_fds) == -1)
		sample_die("feed: cannot make a pipe: %s", strerror(errno));
	for (uint32_t i = 0; i < feed.logins; i++) {
		feed.processes[i] = fork();
		if (feed.processes[i] == -1)
			sample_die("feed: cannot fork: %s", strerror(errno));
		if (feed.processes[i] == 0)
			be_process(pipe_fds);
	}
	close(pipe_fds[1]);
	/* The end of the file comes when all of them run. */
	if (read(pipe_fds[0], &byte, 1) != 0)
		sample_die("feed: cannot wait for the processes: %s", strerror(errno));
	close(pipe_fds[0]);
}

static void
stop_processes(void)
{
	for (uint32_t i = 0; i < feed.logins && !feed.numbers_only; i++)
		kill(feed.processes[i], SIGKILL);
	for (uint32_t i = 0; i < feed.logins && !feed.numbers_only; i++)
		waitpid(feed.processes[i], NULL, 0);
}

static struct view *
open_view(const char *path, struct store **store)
{
	struct error err;
	struct view *view;

	if (store_open(store, path, STORE_READ, 0, &err) == -1 ||
	    view_open(&view, *store, &err) == -1)
		sample_die("feed: %s", err.text);
	return view;
}

/* How many logins are acknowledged and not on record as the last of their user. */
static uint32_t
count_lost(struct view *view)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < feed.logins; i++) {
		const struct access *access = NULL;
		struct sample sample;
		struct user user;

		make_login(&sample, i);
		if (user_find(view, sample.session.user, &user))
			access = user_access(&user, SERVICE_IMAP);
		if (feed.is_acked[i] &&
		    (access == NULL || access->login_us != sample.session.login_us))
			lost++;
	}
	return lost;
}

static void
set_up(char **argv, int clients)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	feed.address.sun_family = AF_UNIX;
	strncpy(feed.address.sun_path, argv[1], sizeof feed.address.sun_path - 1);
	feed.users = sample_number(argv[3], 1, SAMPLE_USERS_MAX);
	feed.logins = sample_number(argv[2], 1, feed.users);
	feed.is_acked = xcalloc(feed.logins, sizeof *feed.is_acked);
	feed.count = (size_t)clients;
	feed.clients = xcalloc(feed.count, sizeof *feed.clients);
	for (size_t i = 0; i < feed.count; i++)
		feed.clients[i].fd = -1;
	start_processes();
	feed.epoll = epoll_create1(EPOLL_CLOEXEC);
}

int
main(int argc, char **argv)
{
	uint32_t clients = CLIENTS;
	struct store *store;
	struct view *view;
	struct error err;
	uint64_t before;
	int64_t took_us;
	int option;

	while ((option = getopt(argc, argv, "c:kp")) != -1) {
		if (option == 'c')
			clients = sample_number(optarg, 1, CLIENTS_MAX);
		feed.keeps |= option == 'k';
		feed.numbers_only |= option == 'p';
	}
	if (argc - optind != 4)
		sample_die("usage: feed [-kp] [-c clients] store socket logins users");
	set_up(argv + optind, (int)clients);
	view = open_view(argv[optind], &store);
	before = view_generation(view);
	view_release(view);
	took_us = run();
	if (view_renew(view, &err) == -1)
		sample_die("feed: %s", err.text);
	printf("%u %lld %llu %u\n", feed.acked, (long long)took_us,
	    (unsigned long long)(view_generation(view) - before), count_lost(view));
	view_close(view);
	store_close(store);
	stop_processes();
	return 0;
}
