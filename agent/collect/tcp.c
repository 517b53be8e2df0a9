/* SPDX-License-Identifier: ISC */
/*
 * TCP connections by sock_diag(7). A question that names both ends the kernel answers by its hash: it
 * costs the same, however many connections there are. Listing them costs some microseconds each.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "agent/alloc.h"
#include "agent/collect/tcp.h"
#include "agent/collect/tcp_info.h"

enum {
	/* The kernel answers at once. This is for the case that it does not. */
	DEADLINE_SECONDS = 2,
	ANSWER_SIZE = 32768 /* no message of the kernel is longer */
};

/* A client that has closed its side is still somebody's session. */
static const uint32_t open_states = 1u << TCP_ESTABLISHED | 1u << TCP_CLOSE_WAIT;

struct tcp {
	struct mnl_socket *socket;
	unsigned sequence;
	_Alignas(struct nlmsghdr) char buffer[ANSWER_SIZE];
};

/* A request with room for nothing else. */
struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

static void
put_address(__be32 to[4], const struct address *address)
{
	memcpy(to, address->bytes, address->length);
}

/* For the one socket with these ends, and with this cookie if it is not 0. */
static struct request
make_request(uint16_t type, const struct tcp_connection *ends)
{
	struct request request = {
		.header = { .nlmsg_len = sizeof request,
		    .nlmsg_type = type,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.body = { .sdiag_family =
			      ends->local.address.length == 4 ? AF_INET : AF_INET6,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = ~0u },
	};
	struct inet_diag_sockid *id = &request.body.id;

	put_address(id->idiag_src, &ends->local.address);
	put_address(id->idiag_dst, &ends->remote.address);
	id->idiag_sport = htons(ends->local.port);
	id->idiag_dport = htons(ends->remote.port);
	id->idiag_if = ends->interface;
	if (ends->cookie == 0) {
		id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
		id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	} else {
		id->idiag_cookie[0] = (uint32_t)ends->cookie;
		id->idiag_cookie[1] = (uint32_t)(ends->cookie >> 32);
	}
	return request;
}

/* Hands every message of the answer to TAKE. -1 with errno if the kernel says no. */
static int
ask(struct tcp *tcp, struct request *request, mnl_cb_t take, void *arg)
{
	unsigned port = mnl_socket_get_portid(tcp->socket);
	ssize_t n;
	int more;

	request->header.nlmsg_seq = ++tcp->sequence;
	if (mnl_socket_sendto(tcp->socket, request, sizeof *request) == -1)
		return -1;
	do {
		n = mnl_socket_recvfrom(tcp->socket, tcp->buffer, sizeof tcp->buffer);
		if (n == -1)
			return -1;
		more =
		    mnl_cb_run(tcp->buffer, (size_t)n, tcp->sequence, port, take, arg);
	} while (more > MNL_CB_STOP);
	return more;
}

static int
take_nothing(const struct nlmsghdr *header, void *arg)
{
	(void)header;
	(void)arg;
	return MNL_CB_OK;
}

/* A list of the connections in no state at all: an error only if the kernel has no lists. */
static int
probe(struct tcp *tcp)
{
	struct request request =
	    make_request(SOCK_DIAG_BY_FAMILY, &(struct tcp_connection){ 0 });

	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request.body.sdiag_family = AF_INET;
	request.body.idiag_states = 0;
	return ask(tcp, &request, take_nothing, NULL);
}

static int
open_socket(struct tcp *tcp)
{
	const struct timeval deadline = { .tv_sec = DEADLINE_SECONDS };

	tcp->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (tcp->socket == NULL ||
	    mnl_socket_bind(tcp->socket, 0, MNL_SOCKET_AUTOPID) == -1)
		return -1;
	return setsockopt(mnl_socket_get_fd(tcp->socket), SOL_SOCKET, SO_RCVTIMEO,
	    &deadline, sizeof deadline);
}

struct tcp *
tcp_open(struct error *err)
{
	struct tcp *tcp = xcalloc(1, sizeof *tcp);

	if (open_socket(tcp) == 0 && probe(tcp) == 0)
		return tcp;
	error_set(err, "the kernel tells of no TCP connections: %s", strerror(errno));
	tcp_close(tcp);
	return NULL;
}

void
tcp_close(struct tcp *tcp)
{
	if (tcp == NULL)
		return;
	if (tcp->socket != NULL)
		mnl_socket_close(tcp->socket);
	free(tcp);
}

static void
take_cookie(const struct inet_diag_msg *msg, struct tcp_connection *connection)
{
	connection->cookie =
	    (uint64_t)msg->id.idiag_cookie[1] << 32 | msg->id.idiag_cookie[0];
}

static void
take_traffic(const struct nlmsghdr *header, struct tcp_connection *found)
{
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, header, sizeof(struct inet_diag_msg))
	{
		if (mnl_attr_get_type(attribute) == INET_DIAG_INFO)
			tcp_info_read(mnl_attr_get_payload(attribute),
			    mnl_attr_get_payload_len(attribute), &found->octets,
			    &found->silent_us);
	}
}

/* Fills in what is told of it. A client that has closed its side is still somebody's session. */
static int
take_connection(const struct nlmsghdr *header, void *arg)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(header);
	struct tcp_connection *found = arg;

	if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(header) < sizeof *msg ||
	    !(open_states & 1u << msg->idiag_state))
		return MNL_CB_OK;
	take_cookie(msg, found);
	take_traffic(header, found);
	return MNL_CB_OK;
}

static bool
are_known(const struct endpoint *local, const struct endpoint *remote)
{
	return (local->address.length == 4 || local->address.length == 16) &&
	    local->address.length == remote->address.length && local->port != 0 &&
	    remote->port != 0;
}

int
tcp_find(struct tcp *tcp, const struct endpoint *local, const struct endpoint *remote,
    struct tcp_connection *found, struct error *err)
{
	struct request request;

	*found = (struct tcp_connection){ .local = *local, .remote = *remote };
	if (!are_known(local, remote))
		return 0;
	request = make_request(SOCK_DIAG_BY_FAMILY, found);
	request.body.idiag_ext = 1u << (INET_DIAG_INFO - 1);
	if (ask(tcp, &request, take_connection, found) == -1 && errno != ENOENT)
		return error_set(err, "the kernel does not find a TCP connection: %s",
		    strerror(errno));
	return found->cookie != 0;
}

struct listing_sockets {
	tcp_each *each;
	void *arg;
};

static struct endpoint
end_of(uint8_t family, const __be32 address[4], __be16 port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *octets = (const uint8_t *)address;
	struct endpoint end = { .port = ntohs(port) };
	bool is_mapped =
	    family == AF_INET6 && memcmp(octets, mapped, sizeof mapped) == 0;

	end.address.length = family == AF_INET || is_mapped ? 4 : 16;
	memcpy(end.address.bytes, octets + (is_mapped ? 12 : 0), end.address.length);
	return end;
}

static int
take_socket(const struct nlmsghdr *header, void *arg)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(header);
	const struct listing_sockets *list = arg;
	struct tcp_socket socket = { 0 };

	if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(header) < sizeof *msg || msg->idiag_inode == 0)
		return MNL_CB_OK;
	socket.inode = msg->idiag_inode;
	socket.connection = (struct tcp_connection){
		.local =
		    end_of(msg->idiag_family, msg->id.idiag_src, msg->id.idiag_sport),
		.remote =
		    end_of(msg->idiag_family, msg->id.idiag_dst, msg->id.idiag_dport),
		.interface = msg->id.idiag_if,
	};
	take_cookie(msg, &socket.connection);
	list->each(list->arg, &socket);
	return MNL_CB_OK;
}

int
tcp_list(struct tcp *tcp, tcp_each *each, void *arg, struct error *err)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct listing_sockets list = { each, arg };

	for (size_t i = 0; i < sizeof families; i++) {
		struct request request =
		    make_request(SOCK_DIAG_BY_FAMILY, &(struct tcp_connection){ 0 });

		request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		request.body.sdiag_family = families[i];
		request.body.idiag_states = open_states;
		if (ask(tcp, &request, take_socket, &list) == -1)
			return error_set(err,
			    "the kernel does not list TCP connections: %s",
			    strerror(errno));
	}
	return 0;
}

int
tcp_destroy(struct tcp *tcp, const struct tcp_connection *connection, struct error *err)
{
	struct request request = make_request(SOCK_DESTROY, connection);

	if (connection->cookie == 0)
		return error_set(err, "the connection is not known");
	if (ask(tcp, &request, take_nothing, NULL) == 0)
		return 1;
	switch (errno) {
	case ENOENT: /* no such ends any more */
	case ESTALE: /* somebody else's by now */
		return 0;
	case EPERM:
		return error_set_kind(
		    err, ERROR_DENIED, "be root or have CAP_NET_ADMIN");
	case EOPNOTSUPP:
		return error_set(err, "the kernel has no CONFIG_INET_DIAG_DESTROY");
	default:
		return error_set(err, "the kernel refuses: %s", strerror(errno));
	}
}
