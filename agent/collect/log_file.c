/* SPDX-License-Identifier: ISC */
/*
 * A log that is a file which others append lines to: whole lines only, each once, also after
 * the file was moved away and made anew, copied and truncated, or truncated; and after a
 * restart, by the position.
 */
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
#include "agent/collect/log_source.h"

enum {
	BLOCK = 256 * 1024,
	CHECKED = 256 /* octets before a position that are looked at */
};

struct log_file {
	char *path;
	int fd;     /* -1 while none is open */
	int notify; /* -1 if there is no inotify */
	int watch;
	char block[BLOCK];
};

/* A position, taken apart. */
struct place {
	uint64_t device;
	uint64_t inode;
	uint64_t offset;
	uint64_t check; /* of the octets before OFFSET: whether it is that file */
	int64_t last_us;
	int64_t not_before_us;
};

static void
set_position(struct log_position *position, const struct place *place)
{
	snprintf(position->place, sizeof position->place,
	    "%" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64, place->device, place->inode,
	    place->offset, place->check);
	position->not_before_us = place->not_before_us;
}

/* A place that cannot be is nowhere: what is read then need not be new. */
static struct place
parse_position(const struct log_position *position)
{
	const char *at = position->place;
	uint64_t numbers[4];
	size_t count;
	char *end;

	for (count = 0; count < 4; count++, at = end) {
		numbers[count] = strtoull(at, &end, 16);
		if (end == at)
			break;
	}
	if (count < 4 || *at != '\0')
		return (struct place){ .last_us = position->last_us,
			.not_before_us = position->last_us };
	return (struct place){ numbers[0], numbers[1], numbers[2], numbers[3],
		position->last_us, position->not_before_us };
}

static void *
log_file_open(const char *where, const struct conf *conf, struct error *err)
{
	struct log_file *file = xcalloc(1, sizeof *file);

	(void)conf;
	(void)err;
	file->path = xstrdup(where);
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

static void
log_file_close(void *state)
{
	struct log_file *file = state;

	close_file(file);
	if (file->notify != -1)
		close(file->notify);
	free(file->path);
	free(file);
}

static int
log_file_fd(const void *state)
{
	const struct log_file *file = state;

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
has_content(int fd, const struct place *place)
{
	return place->offset == 0 || check_of(fd, place->offset) == place->check;
}

static bool
is_file(const struct stat *st, const struct place *place)
{
	return st->st_dev == place->device && st->st_ino == place->inode;
}

static void
identify(struct place *place, const struct stat *st)
{
	place->device = st->st_dev;
	place->inode = st->st_ino;
}

/* Reads from the beginning of what may have been read, in part, under another name. */
static void
begin(struct place *place, const struct stat *st)
{
	identify(place, st);
	place->offset = 0;
	place->check = 0;
	place->not_before_us = place->last_us;
}

/* A file whose name begins as ours, moved away while nobody looked; -1 if there is none. */
static int
open_moved(const struct log_file *file, const struct place *place)
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
		    entry->d_ino != place->inode)
			continue;
		found = openat(
		    dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (found != -1 &&
		    (fstat(found, &st) == -1 || !S_ISREG(st.st_mode) ||
			!has_content(found, place))) {
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
open_file(struct log_file *file, struct place *place, struct error *err)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int moved = -1;

	if (fd == -1 && errno == EACCES)
		return log_source_denied(file->path, err);
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		error_set(err, "cannot read \"%s\": %s", file->path,
		    fd == -1 ? strerror(errno) : "it is not a file");
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (place->inode == 0) {
		identify(place, &st);
	} else if (!is_file(&st, place)) {
		moved = open_moved(file, place);
		if (moved == -1 && place->offset > 0 && has_content(fd, place))
			identify(place, &st);
		else if (moved == -1)
			begin(place, &st);
	}
	if (moved != -1) {
		close(fd);
		fd = moved;
		if (fstat(fd, &st) == 0)
			identify(place, &st);
	}
	use_file(file, fd);
	return 0;
}

/* Whether the name belongs to another file by now, which is being written to. */
static bool
was_moved(const struct log_file *file, const struct place *place)
{
	struct stat st;

	return stat(file->path, &st) == 0 && S_ISREG(st.st_mode) &&
	    !is_file(&st, place) && st.st_size > 0;
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
read_block(struct log_file *file, struct place *place, struct text *lines)
{
	ssize_t n = pread(file->fd, file->block, BLOCK, (off_t)place->offset);
	const char *first = file->block;
	const char *last;
	size_t used;

	*lines = (struct text){ file->block, 0 };
	if (n <= 0)
		return 0;
	last = memrchr(file->block, '\n', (size_t)n);
	if (is_within_line(file->fd, place->offset)) {
		first = memchr(file->block, '\n', (size_t)n);
		first = first != NULL ? first + 1 : file->block + n;
		last = last != NULL ? last : first - 1;
	} else if (last == NULL) {
		if ((size_t)n <= LOG_LINE_MAX)
			return 0;
		first = file->block + n;
		last = first - 1;
	}
	used = (size_t)(last + 1 - file->block);
	if (last + 1 > first)
		*lines = (struct text){ first, (size_t)(last + 1 - first) };
	place->offset += used;
	place->check = check_of(file->fd, place->offset);
	return 1;
}

static void
take_lines(struct text lines, log_take *take, void *arg)
{
	while (lines.length > 0) {
		const char *end = memchr(lines.data, '\n', lines.length);
		struct log_entry entry = { .line = { lines.data,
					       (size_t)(end - lines.data) } };

		take(arg, &entry);
		lines.length -= entry.line.length + 1;
		lines.data = end + 1;
	}
}

/* The next lines after PLACE; PLACE is moved behind them. As log_source's read. */
static int
next_lines(
    struct log_file *file, struct place *place, struct text *lines, struct error *err)
{
	struct stat st;
	bool moved;
	int rc;

	clear_notify(file);
	if (file->fd != -1 && (fstat(file->fd, &st) == -1 || !is_file(&st, place)))
		close_file(file);
	if (file->fd == -1 && open_file(file, place, err) == -1)
		return -1;
	if (!has_content(file->fd, place) && fstat(file->fd, &st) == 0)
		begin(place, &st);
	/* First whether it moved, then its rest: nobody writes to it after that. */
	moved = was_moved(file, place);
	rc = read_block(file, place, lines);
	if (rc != 0 || !moved)
		return rc;
	close_file(file);
	*place = (struct place){ .last_us = place->last_us };
	if (open_file(file, place, err) == -1)
		return -1;
	return read_block(file, place, lines);
}

static int
log_file_read(void *state, struct log_position *position, log_take *take, void *arg,
    struct error *err)
{
	struct place place = parse_position(position);
	struct text lines = { 0 };
	int rc = next_lines(state, &place, &lines, err);

	if (rc == -1)
		return -1;
	set_position(position, &place);
	take_lines(lines, take, arg);
	return rc;
}

const struct log_source log_file_source = {
	.name = "file",
	.open = log_file_open,
	.close = log_file_close,
	.fd = log_file_fd,
	.read = log_file_read,
};
