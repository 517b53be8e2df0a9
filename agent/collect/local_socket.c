/* SPDX-License-Identifier: ISC */
/* Listening sockets in the file system, and such that receive. */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/local_socket.h"

/* Clients queue here while we are busy or away; the kernel cuts it at somaxconn. */
enum {
	BACKLOG = 4096
};

/* Removes a socket that nobody listens to; refuses one that is alive, or no socket. */
static int
clear_path(const struct sockaddr_un *address, int type, struct error *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int alive;
	int fd;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ?
		    0 :
		    error_set(err, "cannot look at \"%s\": %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, "\"%s\" is in the way: it is no socket", path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return error_set(err, "cannot make a socket: %s", strerror(errno));
	alive = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
	    errno == EAGAIN || errno == EPROTOTYPE;
	close(fd);
	if (alive)
		return error_set(
		    err, "\"%s\" is in use: another imsconnd is running", path);
	if (unlink(path) == -1 && errno != ENOENT)
		return error_set(
		    err, "cannot remove \"%s\": %s", path, strerror(errno));
	return 0;
}

static int
find_group(const char *name, const char *key, gid_t *gid, struct error *err)
{
	const struct group *group = getgrnam(name);

	if (group == NULL)
		return error_set(err,
		    "there is no group \"%s\"; name the group of those who connect in "
		    "%s",
		    name, key);
	*gid = group->gr_gid;
	return 0;
}

/* One missing directory is made; systemd's RuntimeDirectory= does it otherwise. */
static void
make_directory(const char *path)
{
	char *copy = xstrdup(path);

	mkdir(dirname(copy), 0755);
	free(copy);
}

static int
make_socket(
    const char *path, const char *group, const char *key, int type, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	gid_t gid = (gid_t)-1;
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return error_set(err, "the socket's path \"%s\" is too long", path);
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (group[0] != '\0' && find_group(group, key, &gid, err) == -1)
		return -1;
	make_directory(path);
	if (clear_path(&address, type, err) == -1)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return error_set(err, "cannot make a socket: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1) {
		error_set(err, "cannot bind to \"%s\": %s", path, strerror(errno));
		goto fail;
	}
	if (chown(path, (uid_t)-1, gid) == -1 || chmod(path, 0660) == -1) {
		error_set(err, "cannot give \"%s\" to group \"%s\": %s", path, group,
		    strerror(errno));
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

int
local_socket_listen(
    const char *path, const char *group, const char *key, struct error *err)
{
	int fd = make_socket(path, group, key, SOCK_STREAM, err);

	if (fd == -1 || listen(fd, BACKLOG) == 0)
		return fd;
	error_set(err, "cannot listen on \"%s\": %s", path, strerror(errno));
	close(fd);
	return -1;
}

int
local_socket_receive(
    const char *path, const char *group, const char *key, struct error *err)
{
	return make_socket(path, group, key, SOCK_DGRAM, err);
}
