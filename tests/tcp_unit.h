/* SPDX-License-Identifier: ISC */
/* Real TCP connections on the loopback. */
#ifndef IMSC_TESTS_TCP_UNIT_H
#define IMSC_TESTS_TCP_UNIT_H

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/model.h"
#include "tests/unit.h"

/* A client and a server that are connected. */
struct pair {
	int client;
	int server;
	struct endpoint local;  /* the server's end */
	struct endpoint remote; /* the client's end */
};

/* The loopback's address as a family has it; with MAPPED, IPv4's in IPv6. */
static inline struct sockaddr_in6
loopback(bool mapped, uint16_t port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons(port) };

	if (mapped)
		address.sin6_addr =
		    (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff, 127, 0, 0, 1 } };
	return address;
}

static inline uint16_t
port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof address;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	return ntohs(address.sin6_port);
}

/* An IPv6 socket, which takes IPv4 in IPv6, too. */
static inline int
make_socket(bool mapped, uint16_t port)
{
	struct sockaddr_in6 address = loopback(mapped, port);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;
	int off = 0;

	assert_int_not_equal(fd, -1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static inline struct endpoint
endpoint_of(bool mapped, uint16_t port)
{
	struct endpoint end = { .port = port };

	assert_true(
	    address_parse(&end.address, text_from(mapped ? "127.0.0.1" : "::1")));
	return end;
}

/* CLIENT_PORT 0 is any. */
static inline struct pair
make_pair(int listener, bool mapped, uint16_t client_port)
{
	struct sockaddr_in6 server = loopback(mapped, port_of(listener));
	struct pair pair = { .client = make_socket(mapped, client_port) };

	assert_int_equal(
	    connect(pair.client, (struct sockaddr *)&server, sizeof server), 0);
	pair.server = accept(listener, NULL, NULL);
	assert_int_not_equal(pair.server, -1);
	pair.local = endpoint_of(mapped, port_of(pair.server));
	pair.remote = endpoint_of(mapped, port_of(pair.client));
	return pair;
}

/* Closes both sides so that the ports are free at once. */
static inline void
close_pair(struct pair *pair)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(pair->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(pair->client);
	close(pair->server);
}

static inline int
make_listener(bool mapped)
{
	int fd = make_socket(mapped, 0);

	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Whether octets still go from one side to the other. */
static inline bool
is_open(const struct pair *pair)
{
	struct pollfd ready = { .fd = pair->client, .events = POLLIN };
	char octet = 'x';

	if (send(pair->server, &octet, 1, MSG_NOSIGNAL) != 1)
		return false;
	assert_int_equal(poll(&ready, 1, 20000), 1);
	return recv(pair->client, &octet, 1, 0) == 1;
}

#endif
