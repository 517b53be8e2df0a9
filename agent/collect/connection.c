/* SPDX-License-Identifier: ISC */
/* The TCP connections that a process serves: its descriptors are borrowed and asked. */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/collect/connection.h"
#include "agent/collect/process.h"

enum {
	LOOK_AT = 48, /* a session's process has its client among the first ones */
	DESCRIPTORS_MAX = 65536
};

typedef int get_address(int fd, struct sockaddr *address, socklen_t *length);

/* One end of a TCP connection; IPv4 in IPv6 as IPv4. */
static bool
get_end(int fd, get_address *get, struct endpoint *end)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_storage storage;
	socklen_t length = sizeof storage;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&storage;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&storage;
	const uint8_t *octets = v6->sin6_addr.s6_addr;

	memset(end, 0, sizeof *end);
	if (get(fd, (struct sockaddr *)&storage, &length) == -1)
		return false;
	if (storage.ss_family == AF_INET) {
		end->address.length = 4;
		memcpy(end->address.bytes, &v4->sin_addr, 4);
		end->port = ntohs(v4->sin_port);
	} else if (storage.ss_family == AF_INET6) {
		bool is_v4 = memcmp(octets, mapped, sizeof mapped) == 0;

		end->address.length = is_v4 ? 4 : 16;
		memcpy(
		    end->address.bytes, octets + (is_v4 ? 12 : 0), end->address.length);
		end->port = ntohs(v6->sin6_port);
	}
	return end->address.length > 0;
}

/* What is known of the ends that are looked for, and what was found. */
struct search {
	const struct endpoint *local;
	const struct endpoint *remote;
	struct tcp_connection *found;
	size_t count;
	size_t max;
};

static bool
fits(const struct endpoint *known, const struct endpoint *found)
{
	return (known->address.length == 0 ||
		   address_equal(&known->address, &found->address)) &&
	    (known->port == 0 || known->port == found->port);
}

/* Which socket it is, for the kernel; false if it does not say. */
static bool
get_name(int fd, struct tcp_connection *connection)
{
	socklen_t length = sizeof connection->cookie;
	int interface = 0;
	socklen_t size = sizeof interface;

	if (getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &interface, &size) == 0)
		connection->interface = (uint32_t)interface;
	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &connection->cookie, &length) == 0;
}

/* A process may have a connection by several descriptors. */
static bool
is_found(const struct search *search, uint64_t cookie)
{
	for (size_t i = 0; i < search->count; i++)
		if (search->found[i].cookie == cookie)
			return true;
	return false;
}

/* What has no other ends than the known ones. */
static void
keep(struct search *search, const struct tcp_connection *connection)
{
	if (search->count < search->max && fits(search->remote, &connection->remote) &&
	    fits(search->local, &connection->local) &&
	    !is_found(search, connection->cookie))
		search->found[search->count++] = *connection;
}

static void
look_at(int fd, struct search *search)
{
	struct tcp_connection connection = { 0 };

	if (get_end(fd, getpeername, &connection.remote) &&
	    get_end(fd, getsockname, &connection.local) && get_name(fd, &connection))
		keep(search, &connection);
}

/* Looks at the process's descriptors below END. False if that is not allowed. */
static bool
look_through(uint32_t pid, int end, struct search *search)
{
	int pidfd = process_open(pid);
	bool allowed = true;

	if (pidfd == -1)
		return true;
	for (int number = 0; number < end && search->count < search->max && allowed;
	     number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

		if (fd == -1 && errno != EBADF)
			allowed = false;
		if (fd == -1)
			continue;
		look_at(fd, search);
		close(fd);
	}
	close(pidfd);
	return allowed;
}

/* The same by their names. */
static void
look_up(uint32_t pid, int end, struct tcp_sockets *sockets, struct search *search)
{
	for (int number = 0; number < end && search->count < search->max; number++) {
		uint32_t inode = process_socket(pid, number);
		const struct tcp_connection *connection;

		if (inode == 0 && errno == EACCES)
			break;
		connection = inode != 0 ? tcp_sockets_find(sockets, inode) : NULL;
		if (connection != NULL)
			keep(search, connection);
	}
}

bool
connection_find(uint32_t pid, struct tcp_sockets *sockets, struct endpoint *local,
    struct endpoint *remote)
{
	struct tcp_connection found[2];
	struct search search = { local, remote, found, 0, 2 };

	if (remote->address.length == 0)
		return false;
	if (!look_through(pid, LOOK_AT, &search) && sockets != NULL)
		look_up(pid, LOOK_AT, sockets, &search);
	if (search.count != 1)
		return false;
	*local = found[0].local;
	*remote = found[0].remote;
	return true;
}

size_t
connection_list(uint32_t pid, const struct address *address,
    struct tcp_connection *found, size_t max)
{
	const struct endpoint local = { 0 };
	const struct endpoint remote = { *address, 0 };
	struct search search = { &local, &remote, found, 0, max };

	if (address->length > 0)
		look_through(pid, DESCRIPTORS_MAX, &search);
	return search.count;
}

bool
connection_shut(uint32_t pid, int number, uint32_t inode)
{
	int pidfd = process_open(pid);
	int fd = pidfd != -1 ? (int)syscall(SYS_pidfd_getfd, pidfd, number, 0) : -1;
	struct stat st;
	bool is_it = fd != -1 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_ino == inode;
	bool shut = is_it && shutdown(fd, SHUT_RDWR) == 0;

	if (fd != -1)
		close(fd);
	if (pidfd != -1)
		close(pidfd);
	return shut;
}
