/* SPDX-License-Identifier: ISC */
/* The socket that Cyrus's processes send their events to. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/cyrus_socket.h"
#include "agent/collect/local_socket.h"
#include "agent/log.h"

enum {
	WARN_EVERY_SECONDS = 60,
	REFUSED_AT_ONCE = 64 /* so that nonsense does not keep us */
};

struct cyrus_socket {
	int fd;
	char *path;
	char *owner;
	uint64_t refused;
	int64_t warned_us; /* monotonic */
	char buffer[CYRUS_EVENT_MAX + 1];
};

struct cyrus_socket *
cyrus_socket_open(
    const char *path, const char *group, const char *owner, struct error *err)
{
	int fd = local_socket_receive(path, group, "cyrus.event_group", err);
	struct cyrus_socket *sock;
	int on = 1;

	if (fd == -1)
		return NULL;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1) {
		error_set(
		    err, "cannot know who sends to \"%s\": %s", path, strerror(errno));
		unlink(path);
		close(fd);
		return NULL;
	}
	sock = xcalloc(1, sizeof *sock);
	sock->fd = fd;
	sock->path = xstrdup(path);
	sock->owner = xstrdup(owner);
	return sock;
}

void
cyrus_socket_close(struct cyrus_socket *socket)
{
	if (socket == NULL)
		return;
	unlink(socket->path);
	close(socket->fd);
	free(socket->path);
	free(socket->owner);
	free(socket);
}

int
cyrus_socket_fd(const struct cyrus_socket *socket)
{
	return socket->fd;
}

static void
refuse(struct cyrus_socket *socket, const struct error *why)
{
	int64_t now_us = clock_monotonic_us();

	socket->refused++;
	if (socket->warned_us != 0 &&
	    now_us - socket->warned_us < WARN_EVERY_SECONDS * (int64_t)CLOCK_SECOND_US)
		return;
	socket->warned_us = now_us;
	log_warning("event socket: an event is refused: %s (the %juth)", why->text,
	    (uintmax_t)socket->refused);
}

/* Whose processes these are may change while we run. */
static bool
is_believed(const struct cyrus_socket *socket, uid_t uid)
{
	struct stat st;

	return uid == 0 || uid == geteuid() ||
	    (stat(socket->owner, &st) == 0 && st.st_uid == uid);
}

static int
check_sender(const struct cyrus_socket *socket, const struct ucred *sender, bool known,
    const struct cyrus_event *event, struct error *err)
{
	if (!known)
		return error_set(err, "it is not known who sent it");
	if (!is_believed(socket, sender->uid))
		return error_set(err,
		    "its sender has user id %u, which is not that of Cyrus, who owns "
		    "\"%s\"",
		    (unsigned)sender->uid, socket->owner);
	if (event->session.process.pid != (uint32_t)sender->pid)
		return error_set(err, "process %d sent it for process %u",
		    (int)sender->pid, event->session.process.pid);
	return 0;
}

static bool
find_sender(struct msghdr *message, struct ucred *sender)
{
	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL;
	     control = CMSG_NXTHDR(message, control))
		if (control->cmsg_level == SOL_SOCKET &&
		    control->cmsg_type == SCM_CREDENTIALS &&
		    control->cmsg_len == CMSG_LEN(sizeof *sender)) {
			memcpy(sender, CMSG_DATA(control), sizeof *sender);
			return true;
		}
	return false;
}

/* 1: an event; 0: there is no datagram; -1: what came is refused. */
static int
receive(struct cyrus_socket *socket, struct cyrus_event *event, struct error *err)
{
	union {
		struct cmsghdr header;
		char octets[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = { socket->buffer, sizeof socket->buffer };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct ucred sender;
	bool known;
	ssize_t n = recvmsg(socket->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n == -1)
		return 0;
	known = find_sender(&message, &sender);
	if (n > CYRUS_EVENT_MAX) {
		*event = (struct cyrus_event){ .kind = CYRUS_EVENT_OTHER };
		return error_set(err, "it is longer than %d octets", CYRUS_EVENT_MAX);
	}
	if (cyrus_event_parse(event, socket->buffer, (size_t)n, clock_now_us(), err) ==
	    -1)
		return -1;
	if (event->kind == CYRUS_EVENT_OTHER)
		return 1;
	return check_sender(socket, &sender, known, event, err) == -1 ? -1 : 1;
}

int
cyrus_socket_take(struct cyrus_socket *socket, struct cyrus_event *event)
{
	struct error why;

	for (int i = 0; i < REFUSED_AT_ONCE; i++) {
		int rc = receive(socket, event, &why);

		if (rc != -1)
			return rc;
		refuse(socket, &why);
		cyrus_event_fini(event);
	}
	return 0;
}
