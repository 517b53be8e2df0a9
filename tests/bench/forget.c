/* SPDX-License-Identifier: ISC */
/*
 * forget SOCKET: a dict server that acknowledges every login and keeps none: the bound for what
 * takes logins on a connection each. One client after the other; ends with its parent.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/sample.h"

enum {
	BACKLOG = 4096
};

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (fd == -1 || bind(fd, (struct sockaddr *)&address, sizeof address) == -1 ||
	    listen(fd, BACKLOG) == -1)
		sample_die("forget: cannot listen: %s", strerror(errno));
	return fd;
}

int
main(int argc, char **argv)
{
	char octets[4096];
	int listening;

	if (argc != 2)
		sample_die("usage: forget socket");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listening = listen_at(argv[1]);
	for (;;) {
		int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

		if (fd == -1)
			sample_die("forget: cannot accept: %s", strerror(errno));
		if (recv(fd, octets, sizeof octets, 0) > 0 &&
		    send(fd, "O\n", 2, MSG_NOSIGNAL) == 2)
			recv(fd, octets, sizeof octets, 0); /* its end */
		close(fd);
	}
}
