/* SPDX-License-Identifier: ISC */
/* Following a file that others append lines to. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/log_file.h"

enum {
	BLOCK = 256 * 1024,
	CHECKED = 256 /* octets before a position that are looked at */
};

struct log_file {
	char *path;
	size_t line_max;
	int fd;     /* -1 while none is open */
	int notify; /* -1 if there is no inotify */
	int watch;
	char block[BLOCK];
};

void
log_position_format(char text[LOG_POSITION_SIZE], const struct log_position *position)
{
	snprintf(text, LOG_POSITION_SIZE,
	    "file %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64,
	    position->device, position->inode, position->offset, position->check,
	    (uint64_t)position->last_us, (uint64_t)position->not_before_us);
}

bool
log_position_parse(struct log_position *position, struct text text)
{
	char copy[LOG_POSITION_SIZE];
	uint64_t numbers[6];
	char *at = copy + 4;

	memset(position, 0, sizeof *position);
	if (text.length >= sizeof copy || text.length < 4 ||
	    memcmp(text.data, "file", 4) != 0)
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	for (size_t i = 0; i < 6; i++) {
		if (*at != ' ')
			return false;
		numbers[i] = strtoull(at, &at, 16);
	}
	*position = (struct log_position){ numbers[0], numbers[1], numbers[2],
		numbers[3], (int64_t)numbers[4], (int64_t)numbers[5] };
	return *at == '\0';
}

struct log_file *
log_file_new(const char *path, size_t line_max)
{
	struct log_file *file = xcalloc(1, sizeof *file);

	file->path = xstrdup(path);
	file->line_max = line_max;
	file->fd = -1;
	file->watch = -1;
	file->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return file;
}

static void
close_file(struct log_file *file)
{
	if (file->fd != -1)
		close(file->fd);
	file->fd = -1;
	if (file->watch != -1)
		inotify_rm_watch(file->notify, file->watch);
	file->watch = -1;
}

void
log_file_free(struct log_file *file)
{
	if (file == NULL)
		return;
	close_file(file);
	if (file->notify != -1)
		close(file->notify);
	free(file->path);
	free(file);
}

int
log_file_fd(const struct log_file *file)
{
	return file->notify;
}

static void
clear_notify(struct log_file *file)
{
	char events[4096];

	while (file->notify != -1 && read(file->notify, events, sizeof events) > 0)
		;
}

/* From now on FD is read. */
static void
use_file(struct log_file *file, int fd)
{
	char path[32];

	close_file(file);
	file->fd = fd;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (file->notify != -1)
		file->watch = inotify_add_watch(file->notify, path, IN_MODIFY);
}

/* FNV-1a of the octets before OFFSET; 0 if they are not there. */
static uint64_t
check_of(int fd, uint64_t offset)
{
	size_t length = offset < CHECKED ? (size_t)offset : CHECKED;
	unsigned char octets[CHECKED];
	uint64_t hash = 0xcbf29ce484222325u;

	if (pread(fd, octets, length, (off_t)(offset - length)) != (ssize_t)length)
		return 0;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ octets[i]) * 0x100000001b3u;
	return hash;
}

/* Whether FD has before the position what was read there. */
static bool
has_content(int fd, const struct log_position *position)
{
	return position->offset == 0 ||
	    check_of(fd, position->offset) == position->check;
}

static bool
is_file(const struct stat *st, const struct log_position *position)
{
	return st->st_dev == position->device && st->st_ino == position->inode;
}

static void
identify(struct log_position *position, const struct stat *st)
{
	position->device = st->st_dev;
	position->inode = st->st_ino;
}

/* Reads from the beginning of what may have been read, in part, under another name. */
static void
begin(struct log_position *position, const struct stat *st)
{
	identify(position, st);
	position->offset = 0;
	position->check = 0;
	position->not_before_us = position->last_us;
}

/* A file whose name begins as ours, moved away while nobody looked; -1 if there is none. */
static int
open_moved(const struct log_file *file, const struct log_position *position)
{
	char *for_folder = xstrdup(file->path);
	char *for_name = xstrdup(file->path);
	const char *name = basename(for_name);
	DIR *folder = opendir(dirname(for_folder));
	struct dirent *entry;
	int found = -1;

	while (found == -1 && folder != NULL && (entry = readdir(folder)) != NULL) {
		struct stat st;

		if (strncmp(entry->d_name, name, strlen(name)) != 0 ||
		    entry->d_ino != position->inode)
			continue;
		found = openat(
		    dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (found != -1 &&
		    (fstat(found, &st) == -1 || !S_ISREG(st.st_mode) ||
			!has_content(found, position))) {
			close(found);
			found = -1;
		}
	}
	if (folder != NULL)
		closedir(folder);
	free(for_folder);
	free(for_name);
	return found;
}

/* Opens the file that the position is of, or else the one that is there now. */
static int
open_file(struct log_file *file, struct log_position *position, struct error *err)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int moved = -1;

	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		error_set(err, "cannot read \"%s\": %s", file->path,
		    fd == -1 ? strerror(errno) : "it is not a file");
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (position->inode == 0) {
		identify(position, &st);
	} else if (!is_file(&st, position)) {
		moved = open_moved(file, position);
		if (moved == -1 && position->offset > 0 && has_content(fd, position))
			identify(position, &st);
		else if (moved == -1)
			begin(position, &st);
	}
	if (moved != -1) {
		close(fd);
		fd = moved;
		if (fstat(fd, &st) == 0)
			identify(position, &st);
	}
	use_file(file, fd);
	return 0;
}

/* Whether the name belongs to another file by now, which is being written to. */
static bool
was_moved(const struct log_file *file, const struct log_position *position)
{
	struct stat st;

	return stat(file->path, &st) == 0 && S_ISREG(st.st_mode) &&
	    !is_file(&st, position) && st.st_size > 0;
}

static bool
is_within_line(int fd, uint64_t offset)
{
	char before;

	return offset > 0 && pread(fd, &before, 1, (off_t)offset - 1) == 1 &&
	    before != '\n';
}

/* What is left of a line that is too long is left out without a word. */
static int
read_block(struct log_file *file, struct log_position *position, struct text *lines)
{
	ssize_t n = pread(file->fd, file->block, BLOCK, (off_t)position->offset);
	const char *first = file->block;
	const char *last;
	size_t used;

	*lines = (struct text){ file->block, 0 };
	if (n <= 0)
		return 0;
	last = memrchr(file->block, '\n', (size_t)n);
	if (is_within_line(file->fd, position->offset)) {
		first = memchr(file->block, '\n', (size_t)n);
		first = first != NULL ? first + 1 : file->block + n;
		last = last != NULL ? last : first - 1;
	} else if (last == NULL) {
		if ((size_t)n <= file->line_max)
			return 0;
		first = file->block + n;
		last = first - 1;
	}
	used = (size_t)(last + 1 - file->block);
	if (last + 1 > first)
		*lines = (struct text){ first, (size_t)(last + 1 - first) };
	position->offset += used;
	position->check = check_of(file->fd, position->offset);
	return 1;
}

int
log_file_read(struct log_file *file, struct log_position *position, struct text *lines,
    struct error *err)
{
	struct stat st;
	bool moved;
	int rc;

	clear_notify(file);
	if (file->fd != -1 && (fstat(file->fd, &st) == -1 || !is_file(&st, position)))
		close_file(file);
	if (file->fd == -1 && open_file(file, position, err) == -1)
		return -1;
	if (!has_content(file->fd, position) && fstat(file->fd, &st) == 0)
		begin(position, &st);
	/* First whether it moved, then its rest: nobody writes to it after that. */
	moved = was_moved(file, position);
	rc = read_block(file, position, lines);
	if (rc != 0 || !moved)
		return rc;
	close_file(file);
	*position = (struct log_position){ .last_us = position->last_us };
	if (open_file(file, position, err) == -1)
		return -1;
	return read_block(file, position, lines);
}
