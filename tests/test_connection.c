/* SPDX-License-Identifier: ISC */
/* The TCP connection that a process serves: this one's own, on the loopback. */
#include "config.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/collect/connection.h"
#include "agent/collect/process.h"
#include "tests/unit.h"

enum {
	MOST = 8
};

/* Descriptors that are closed behind each case. */
static int opened[MOST];
static size_t opened_count;

static int
begin(void **state)
{
	(void)state;
	opened_count = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	while (opened_count > 0)
		close(opened[--opened_count]);
	return 0;
}

static int
keep(int fd)
{
	assert_int_not_equal(fd, -1);
	assert_true(opened_count < MOST);
	return opened[opened_count++] = fd;
}

static struct sockaddr_in
loopback(const char *address, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct address parsed;

	assert_true(address_parse(&parsed, text_from(address)));
	memcpy(&in.sin_addr, parsed.bytes, 4);
	return in;
}

static int
bind_socket(const char *address)
{
	int fd = keep(socket(AF_INET, SOCK_STREAM, 0));
	struct sockaddr_in in = loopback(address, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	return fd;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in in;
	socklen_t length = sizeof in;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &length), 0);
	return ntohs(in.sin_port);
}

/* A listening socket of 127.0.0.1. */
static int
open_server(void)
{
	int fd = bind_socket("127.0.0.1");

	assert_int_equal(listen(fd, MOST), 0);
	return fd;
}

/* A client from ADDRESS, whom SERVER has accepted; returns his port. */
static uint16_t
connect_client(int server, const char *address)
{
	struct sockaddr_in to = loopback("127.0.0.1", port_of(server));
	int client = bind_socket(address);

	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
	keep(accept(server, NULL, NULL));
	return port_of(client);
}

static struct endpoint
make_end(const char *address, uint16_t port)
{
	struct endpoint e = { .port = port };

	assert_true(address_parse(&e.address, text_from(address)));
	return e;
}

static bool
find(struct endpoint *local, struct endpoint *remote)
{
	return connection_find((uint32_t)getpid(), NULL, local, remote);
}

static void
both_ends_are_found_by_the_clients_address(void **state)
{
	int server = open_server();
	uint16_t port = connect_client(server, "127.0.0.7");
	struct endpoint local = { 0 };
	struct endpoint remote = make_end("127.0.0.7", 0);
	struct endpoint wanted = make_end("127.0.0.1", port_of(server));

	(void)state;
	connect_client(server, "127.0.0.8");
	if (!find(&local, &remote))
		skip(); /* nobody may look, not even at himself */
	assert_int_equal(remote.port, port);
	assert_int_equal(local.port, wanted.port);
	assert_true(address_equal(&local.address, &wanted.address));
}

static void
nothing_is_made_of_several(void **state)
{
	int server = open_server();
	struct endpoint local = { 0 };
	struct endpoint remote = make_end("127.0.0.7", 0);

	(void)state;
	connect_client(server, "127.0.0.7");
	connect_client(server, "127.0.0.7");
	assert_false(find(&local, &remote));
	assert_int_equal(remote.port, 0);
	assert_int_equal(local.address.length, 0);
}

/* A proxy on the client's own host: the mail server told of the client's connection to it. */
static void
a_connection_with_other_ends_than_the_known_is_not_it(void **state)
{
	int server = open_server();
	uint16_t port = connect_client(server, "127.0.0.7");
	struct endpoint local = { 0 };
	struct endpoint remote = make_end("127.0.0.7", port ^ 1);

	(void)state;
	assert_false(find(&local, &remote));
	assert_int_equal(local.address.length, 0);
	remote = make_end("127.0.0.7", 0);
	local = make_end("127.0.0.9", 0);
	assert_false(find(&local, &remote));
	assert_int_equal(remote.port, 0);
	remote = make_end("127.0.0.7", port);
	local = make_end("127.0.0.1", 0);
	if (!find(&local, &remote))
		skip();
	assert_int_equal(local.port, port_of(server));
}

static void
without_an_address_nobody_is_looked_for(void **state)
{
	struct endpoint local = { 0 };
	struct endpoint remote = { 0 };

	(void)state;
	connect_client(open_server(), "127.0.0.7");
	assert_false(find(&local, &remote));
}

static void
all_of_an_address_are_listed(void **state)
{
	int server = open_server();
	uint16_t port = connect_client(server, "127.0.0.7");
	struct address address = make_end("127.0.0.7", 0).address;
	struct tcp_connection found[3];
	uint32_t pid = (uint32_t)getpid();

	(void)state;
	connect_client(server, "127.0.0.8");
	connect_client(server, "127.0.0.7");
	if (connection_list(pid, &address, found, 3) == 0)
		skip();
	assert_int_equal(connection_list(pid, &address, found, 3), 2);
	assert_int_equal(found[0].remote.port, port);
	assert_int_equal(found[0].local.port, port_of(server));
	assert_int_not_equal(found[0].cookie, 0);
	assert_int_not_equal(found[1].cookie, found[0].cookie);
	assert_int_equal(connection_list(pid, &address, found, 1), 1);
	address = make_end("127.0.0.9", 0).address;
	assert_int_equal(connection_list(pid, &address, found, 3), 0);
}

static void
the_right_socket_is_shut(void **state)
{
	uint32_t pid = (uint32_t)getpid();
	int pair[2];
	uint32_t inode;
	char octet;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	keep(pair[0]);
	keep(pair[1]);
	inode = process_socket(pid, pair[0]);
	assert_int_not_equal(inode, 0);
	assert_false(connection_shut(pid, pair[0], inode + 1));
	assert_false(connection_shut(pid, pair[1], inode));
	assert_false(connection_shut(pid, 1000000, inode));
	assert_int_equal(send(pair[0], "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(recv(pair[1], &octet, 1, 0), 1);
	if (!connection_shut(pid, pair[0], inode))
		skip(); /* nobody may look, not even at himself */
	assert_int_equal(send(pair[0], "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(recv(pair[1], &octet, 1, 0), 0);
}

static void
on_signal(int number)
{
	(void)number;
}

static void
who_catches_a_signal_is_seen(void **state)
{
	uint32_t pid = (uint32_t)getpid();
	struct sigaction once = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND };

	(void)state;
	if (process_catches(pid, SIGUSR1))
		skip(); /* valgrind does */
	assert_int_equal(sigaction(SIGUSR1, &once, NULL), 0);
	assert_true(process_catches(pid, SIGUSR1));
	assert_false(process_catches(pid, SIGUSR2));
	assert_int_equal(raise(SIGUSR1), 0);
	assert_false(process_catches(pid, SIGUSR1));
	assert_true(process_catches(UINT32_MAX, SIGUSR1)); /* nobody knows */
}

#define CONNECTION_CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONNECTION_CASE(both_ends_are_found_by_the_clients_address),
		CONNECTION_CASE(nothing_is_made_of_several),
		CONNECTION_CASE(a_connection_with_other_ends_than_the_known_is_not_it),
		CONNECTION_CASE(without_an_address_nobody_is_looked_for),
		CONNECTION_CASE(all_of_an_address_are_listed),
		CONNECTION_CASE(the_right_socket_is_shut),
		CONNECTION_CASE(who_catches_a_signal_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
