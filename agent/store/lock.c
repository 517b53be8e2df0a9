/* SPDX-License-Identifier: ISC */
/* The collector's lock: an open file description lock on a file beside the data. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/store/lock.h"

struct store_lock {
	int fd;
};

static int
open_file(const char *path, int flags)
{
	char file[4096];

	if (snprintf(file, sizeof file, "%s/imsconnd.lock", path) >= (int)sizeof file) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(file, flags | O_CLOEXEC, 0644);
}

struct store_lock *
store_lock_take(const char *path, struct error *err)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct store_lock *lock;
	int fd = open_file(path, O_RDWR | O_CREAT);

	if (fd == -1) {
		error_set(
		    err, "cannot open \"%s/imsconnd.lock\": %s", path, strerror(errno));
		return NULL;
	}
	if (fcntl(fd, F_OFD_SETLK, &whole) == -1) {
		error_set(
		    err, "the store in \"%s\" is in use by another imsconnd", path);
		close(fd);
		return NULL;
	}
	lock = xcalloc(1, sizeof *lock);
	lock->fd = fd;
	return lock;
}

void
store_lock_release(struct store_lock *lock)
{
	if (lock == NULL)
		return;
	close(lock->fd);
	free(lock);
}

bool
store_lock_is_taken(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_file(path, O_RDONLY);
	bool taken;

	if (fd == -1)
		return false;
	/* Asking needs no right to write, only taking does. */
	taken = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
	close(fd);
	return taken;
}
