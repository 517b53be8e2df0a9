/* SPDX-License-Identifier: ISC */
/*
 * TCP connections of this host by the kernel's socket diagnostics: found by their ends, listed, and
 * ended. Only those of our network namespace are seen.
 */
#ifndef IMSC_TCP_H
#define IMSC_TCP_H

#include "agent/error.h"
#include "agent/model.h"

/* One connection. No other one ever has its cookie, also if it has the same ends later. */
struct tcp_connection {
	struct endpoint local;
	struct endpoint remote;
	uint32_t interface; /* that its socket is bound to; 0: none */
	uint64_t cookie;
	struct octets octets; /* until it was found: in is what came, */
	int64_t silent_us;    /* and nothing has come for so long */
};

struct tcp;

/* Fails if the kernel does not tell of TCP connections. */
struct tcp *tcp_open(struct error *err);
void tcp_close(struct tcp *tcp);

/*
 * Finds the open connection of two ends, of which everything must be known. 1 and FOUND, 0 if
 * there is none, -1 if the kernel did not answer.
 */
int tcp_find(struct tcp *tcp, const struct endpoint *local,
    const struct endpoint *remote, struct tcp_connection *found, struct error *err);

/* One with the inode of its socket; IPv4 in IPv6 as IPv4. */
struct tcp_socket {
	uint32_t inode;
	struct tcp_connection connection;
};

/* Hands all open connections of the host to EACH. -1 if the kernel did not tell all of them. */
typedef void tcp_each(void *arg, const struct tcp_socket *socket);
int tcp_list(struct tcp *tcp, tcp_each *each, void *arg, struct error *err);

/*
 * Ends a connection as if its other end were gone: both sides get an error. 1 if it did, 0 if
 * it was over already, -1 if it could not: ERROR_DENIED without CAP_NET_ADMIN.
 */
int tcp_destroy(
    struct tcp *tcp, const struct tcp_connection *connection, struct error *err);

#endif
