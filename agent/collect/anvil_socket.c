/* SPDX-License-Identifier: ISC */
/* Anvil's socket. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/collect/anvil_socket.h"

static int
fail_connect(const char *path, int number, struct error *err)
{
	switch (number) {
	case ENOENT:
		return error_set_kind(err, ERROR_MISSING,
		    "cannot connect to \"%s\": no such "
		    "socket; is Dovecot running, and is dovecot.anvil_socket right?",
		    path);
	case EACCES:
	case EPERM:
		return error_set_kind(err, ERROR_DENIED,
		    "cannot connect to \"%s\": permission "
		    "denied; be root, or give its unix_listener a group of yours",
		    path);
	case ECONNREFUSED:
		return error_set_kind(err, ERROR_MISSING,
		    "cannot connect to \"%s\": "
		    "connection refused; Dovecot is not running",
		    path);
	case EAGAIN:
		return error_set(
		    err, "cannot connect to \"%s\": its queue is full", path);
	default:
		return error_set(
		    err, "cannot connect to \"%s\": %s", path, strerror(number));
	}
}

int
anvil_socket_connect(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int saved;
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return error_set(err, "the socket's path \"%s\" is too long", path);
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return error_set(err, "cannot make a socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	saved = errno;
	close(fd);
	return fail_connect(path, saved, err);
}

uint32_t
anvil_socket_master(int fd)
{
	struct ucred peer = { 0 };
	socklen_t length = sizeof peer;

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
	return peer.pid > 0 ? (uint32_t)peer.pid : 0;
}

/* Only they have the service "ipc"; what an earlier one left behind is older. */
bool
anvil_socket_is_mute(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat anvil;
	struct stat ipc;
	char *other;
	bool made;

	if (slash == NULL ||
	    asprintf(&other, "%.*s/ipc", (int)(slash - path), path) == -1)
		return false;
	made = stat(path, &anvil) == 0 && stat(other, &ipc) == 0 &&
	    ipc.st_mtime >= anvil.st_mtime - 1;
	free(other);
	return made;
}
