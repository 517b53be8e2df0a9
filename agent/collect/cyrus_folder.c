/* SPDX-License-Identifier: ISC */
/* The folder of Cyrus's proc files. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/cyrus_folder.h"
#include "agent/collect/cyrus_proc.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	/* A file is written aside, and appears by its renaming. */
	FILE_MASK = IN_MOVED_TO | IN_DELETE,
	FOLDER_MASK = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
};

struct cyrus_folder {
	DIR *dir;
	int watch;
	struct stat identity;
};

static int
fail_to_watch(const char *path, int failure, struct error *err)
{
	if (failure == EMFILE || failure == ENOSPC)
		return error_set(err,
		    "cannot watch \"%s\": there are no more of its kind; raise "
		    "fs.inotify.%s (sysctl)",
		    path,
		    failure == EMFILE ? "max_user_instances" : "max_user_watches");
	return error_set(err, "cannot watch \"%s\": %s", path, strerror(failure));
}

/* By its descriptor, so that it is this one whatever its path is by now. */
static int
watch(struct cyrus_folder *folder, const char *path, struct error *err)
{
	char itself[32];

	folder->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (folder->watch == -1)
		return fail_to_watch(path, errno, err);
	snprintf(itself, sizeof itself, "/proc/self/fd/%d", dirfd(folder->dir));
	if (inotify_add_watch(folder->watch, itself, FILE_MASK | FOLDER_MASK) == -1)
		return fail_to_watch(path, errno, err);
	return 0;
}

struct cyrus_folder *
cyrus_folder_open(const char *path, struct error *err)
{
	struct cyrus_folder *folder = xcalloc(1, sizeof *folder);

	folder->watch = -1;
	folder->dir = opendir(path);
	if (folder->dir == NULL) {
		cyrus_proc_fail(path, errno, err);
	} else if (fstat(dirfd(folder->dir), &folder->identity) == -1) {
		error_set(err, "cannot look at \"%s\": %s", path, strerror(errno));
	} else if (watch(folder, path, err) == 0) {
		return folder;
	}
	cyrus_folder_close(folder);
	return NULL;
}

void
cyrus_folder_close(struct cyrus_folder *folder)
{
	if (folder == NULL)
		return;
	if (folder->dir != NULL)
		closedir(folder->dir);
	if (folder->watch != -1)
		close(folder->watch);
	free(folder);
}

int
cyrus_folder_fd(const struct cyrus_folder *folder)
{
	return dirfd(folder->dir);
}

int
cyrus_folder_watch_fd(const struct cyrus_folder *folder)
{
	return folder->watch;
}

bool
cyrus_folder_is_gone(const struct cyrus_folder *folder, const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 || st.st_dev != folder->identity.st_dev ||
	    st.st_ino != folder->identity.st_ino;
}

static enum cyrus_heard
take_event(const struct inotify_event *event, cyrus_file_call *call, void *arg)
{
	uint32_t pid = event->len > 0 ? cyrus_proc_pid(event->name) : 0;

	if (event->mask & IN_Q_OVERFLOW)
		return CYRUS_HEARD_LESS;
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
		return CYRUS_HEARD_LAST;
	if (pid != 0)
		call(arg, pid, event->mask & IN_DELETE);
	return CYRUS_HEARD_SOME;
}

enum cyrus_heard
cyrus_folder_hear(struct cyrus_folder *folder, cyrus_file_call *call, void *arg)
{
	union {
		struct inotify_event event;
		char octets[BUFFER_SIZE];
	} buffer;
	ssize_t n = read(folder->watch, buffer.octets, sizeof buffer);
	enum cyrus_heard heard = CYRUS_HEARD_SOME;

	if (n <= 0)
		return CYRUS_HEARD_ALL;
	for (ssize_t at = 0; at + (ssize_t)sizeof buffer.event <= n;) {
		const struct inotify_event *event =
		    (const struct inotify_event *)(const void *)(buffer.octets + at);
		enum cyrus_heard one = take_event(event, call, arg);

		if (one > heard)
			heard = one;
		at += (ssize_t)(sizeof *event + event->len);
	}
	return heard;
}

void
cyrus_folder_rewind(struct cyrus_folder *folder)
{
	rewinddir(folder->dir);
}

bool
cyrus_folder_read(
    struct cyrus_folder *folder, size_t count, cyrus_file_call *call, void *arg)
{
	for (size_t i = 0; i < count; i++) {
		const struct dirent *entry = readdir(folder->dir);
		uint32_t pid;

		if (entry == NULL)
			return false;
		pid = cyrus_proc_pid(entry->d_name);
		if (pid != 0)
			call(arg, pid, false);
	}
	return true;
}
