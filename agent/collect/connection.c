/* SPDX-License-Identifier: ISC */
/* The TCP connection that a process serves: its descriptors are borrowed and asked. */
#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/collect/connection.h"
#include "agent/collect/process.h"

/* A session's process has its client among the first ones. */
enum {
	LOOK_AT = 48
};

typedef int get_name(int fd, struct sockaddr *address, socklen_t *length);

/* One end of a TCP connection; IPv4 in IPv6 as IPv4. */
static bool
get_end(int fd, get_name *get, struct endpoint *end)
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

/* A connection's ends. */
struct connection {
	struct endpoint local;
	struct endpoint remote;
};

static bool
fits(const struct endpoint *known, const struct endpoint *found)
{
	return (known->address.length == 0 ||
		   address_equal(&known->address, &found->address)) &&
	    (known->port == 0 || known->port == found->port);
}

/* Counts a descriptor that has no other ends than the known ones, and keeps them. */
static int
look_at(int pidfd, int number, const struct connection *known, struct connection *found)
{
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	struct connection ends;
	bool is_it;

	if (fd == -1)
		return 0;
	is_it = get_end(fd, getpeername, &ends.remote) &&
	    get_end(fd, getsockname, &ends.local) &&
	    fits(&known->remote, &ends.remote) && fits(&known->local, &ends.local);
	if (is_it)
		*found = ends;
	close(fd);
	return is_it;
}

bool
connection_find(uint32_t pid, struct endpoint *local, struct endpoint *remote)
{
	int pidfd = remote->address.length > 0 ? process_open(pid) : -1;
	struct connection known = { *local, *remote };
	struct connection ends;
	int found = 0;

	if (pidfd == -1)
		return false;
	for (int number = 0; number < LOOK_AT && found < 2; number++)
		found += look_at(pidfd, number, &known, &ends);
	close(pidfd);
	if (found != 1)
		return false;
	*local = ends.local;
	*remote = ends.remote;
	return true;
}
