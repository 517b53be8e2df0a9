/* SPDX-License-Identifier: ISC */
/*
 * The connections of sessions: real ones, on the loopback of a network of our own, in which the
 * usual ports are free.
 */
#include "config.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/collect/reconcile.h"
#include "agent/collect/tcp_session.h"
#include "tests/unit.h"

static struct tcp *tcp;
static bool has_network;

static int
enter_network(void **state)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	(void)state;
	has_network = unshare(CLONE_NEWNET) == 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (has_network)
		has_network = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	close(fd);
	return 0;
}

static int
leave_network(void **state)
{
	(void)state;
	tcp_close(tcp);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	if (!has_network)
		skip();
	return 0;
}

static struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int
listen_at(uint16_t port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* A session of ann's whose client has CLIENT_PORT (0: any), and its socket. */
static struct session
begin_session(enum service service, uint16_t port, uint16_t client_port, int *client)
{
	struct session session = { .service = service, .user = text_from("ann") };
	struct sockaddr_in near = loopback(client_port);
	struct sockaddr_in far = loopback(port);
	socklen_t length = sizeof near;
	int on = 1;

	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(*client, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	assert_int_equal(bind(*client, (struct sockaddr *)&near, sizeof near), 0);
	assert_int_equal(connect(*client, (struct sockaddr *)&far, sizeof far), 0);
	getsockname(*client, (struct sockaddr *)&near, &length);
	address_parse(&session.local.address, text_from("127.0.0.1"));
	session.local.port = port;
	session.remote =
	    (struct endpoint){ session.local.address, ntohs(near.sin_port) };
	return session;
}

/* Closes it so that nothing of it stays. */
static void
drop(int client)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(client);
}

static void
assert_open(struct session session, bool with_port, bool open)
{
	if (!with_port)
		session.local.port = 0;
	assert_int_equal(tcp_session_is_open(&tcp, &session), open);
}

static void
a_known_port_is_enough(void **state)
{
	int listener = listen_at(1430);
	int client;
	struct session session = begin_session(SERVICE_IMAP, 1430, 0, &client);

	(void)state;
	assert_open(session, true, true);
	assert_open(session, false, false);
	drop(client);
	assert_open(session, true, false);
	close(listener);
}

static void
an_unknown_port_is_a_usual_one(void **state)
{
	static const struct {
		enum service service;
		uint16_t port;
		bool open;
	} cases[] = { { SERVICE_IMAP, 143, true }, { SERVICE_IMAP, 993, true },
		{ SERVICE_POP3, 110, true }, { SERVICE_POP3, 995, true },
		{ SERVICE_IMAP, 110, false }, { SERVICE_POP3, 143, false },
		{ SERVICE_HTTP, 143, false } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int listener = listen_at(cases[i].port);
		int client;
		struct session session =
		    begin_session(cases[i].service, cases[i].port, 0, &client);

		assert_open(session, false, cases[i].open);
		drop(client);
		close(listener);
	}
}

static void
two_that_it_may_be_are_told(void **state)
{
	int plain = listen_at(143);
	int tls = listen_at(993);
	struct tcp_connection found;
	int client;
	int other;
	struct session session = begin_session(SERVICE_IMAP, 143, 0, &client);

	(void)state;
	begin_session(SERVICE_IMAP, 993, session.remote.port, &other);
	session.local.port = 0;
	assert_int_equal(tcp_find_session(tcp, SERVICE_IMAP, &session.local,
			     &session.remote, &found, NULL),
	    2);
	drop(client);
	drop(other);
	close(plain);
	close(tls);
}

static bool
is_open(void *arg, const struct session *session)
{
	(void)arg;
	return tcp_session_is_open(&tcp, session);
}

/* Of several sessions that are one to a listing, the one is over that has no connection. */
static void
connections_tell_which_session_is_over(void **state)
{
	const struct reconcile rules = { .asked_us = 1000 * (int64_t)1000000,
		.services = 1u << SERVICE_IMAP,
		.is_open = is_open };
	int listener = listen_at(1430);
	struct session known[2];
	struct judgement judged[2];
	struct listed row = {
		.service = SERVICE_IMAP, .count = 2, .user = text_from("ann")
	};
	uint32_t new;
	int client[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		known[i] = begin_session(SERVICE_IMAP, 1430, 0, &client[i]);
	known[0].created_us = known[1].created_us = 1;
	known[1].login_us = 1;
	row.remote = known[0].remote.address;
	drop(client[1]);
	reconcile_process(&rules, known, 2, &row, 1, judged, &new);
	assert_true(judged[0].open && judged[1].open); /* as it is listed */
	row.count = 1;
	reconcile_process(&rules, known, 2, &row, 1, judged, &new);
	assert_true(judged[0].open);
	assert_false(judged[1].open);
	drop(client[0]);
	reconcile_process(&rules, known, 2, &row, 1, judged, &new);
	assert_false(judged[0].open); /* the older one */
	assert_true(judged[1].open);
	close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_known_port_is_enough, set_up),
		cmocka_unit_test_setup(an_unknown_port_is_a_usual_one, set_up),
		cmocka_unit_test_setup(two_that_it_may_be_are_told, set_up),
		cmocka_unit_test_setup(connections_tell_which_session_is_over, set_up),
	};

	return cmocka_run_group_tests_name(
	    "tcp_session", tests, enter_network, leave_network);
}
