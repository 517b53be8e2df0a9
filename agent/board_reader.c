/* SPDX-License-Identifier: ISC */
/* Reading the board, by pread(): a file that is cut short cannot hurt who reads so. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/board_file.h"
#include "agent/board_reader.h"
#include "agent/privacy.h"

enum {
	ATTEMPTS = 4 /* to read a part while it is being written */
};

int
board_reader_open(struct board_reader *reader, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	*reader = (struct board_reader){ .fd = -1 };
	if (fd == -1 && errno == ENOENT)
		return error_set_kind(err, ERROR_MISSING,
		    "there is no board \"%s\"; imsconnd makes it", path);
	if (fd == -1)
		return error_set(
		    err, "cannot open the board \"%s\": %s", path, strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, "the board \"%s\" is no plain file", path);
	}
	reader->fd = fd;
	reader->device = st.st_dev;
	reader->inode = st.st_ino;
	return 0;
}

void
board_reader_close(struct board_reader *reader)
{
	if (reader->fd != -1)
		close(reader->fd);
	reader->fd = -1;
}

bool
board_reader_is_at(const struct board_reader *reader, const char *path)
{
	struct stat st;

	return reader->fd != -1 && stat(path, &st) == 0 &&
	    st.st_dev == reader->device && st.st_ino == reader->inode;
}

bool
board_reader_is_kept(const struct board_reader *reader)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* Asking needs no right to write, only taking does. */
	return fcntl(reader->fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

static bool
is_ended(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool
is_sound(const struct board_told *told)
{
	const struct health *health = &told->health;

	return is_ended(told->store_path, sizeof told->store_path) &&
	    told->store_path[0] == '/' && told->privacy >= PRIVACY_FULL &&
	    told->privacy <= PRIVACY_AGGREGATE &&
	    told->inactive_rows <= BOARD_DAYS_MAX &&
	    (unsigned)health->status >= COLLECTOR_OK &&
	    (unsigned)health->status <= COLLECTOR_STARTING &&
	    (unsigned)health->server <= SERVER_DOWN &&
	    is_ended(health->last_error, sizeof health->last_error) &&
	    is_ended(health->store_name, sizeof health->store_name) &&
	    is_ended(told->server_version, sizeof told->server_version) &&
	    is_ended(told->server_url, sizeof told->server_url);
}

static void
point(struct board_told *told)
{
	struct health *health = &told->health;

	health->server_version =
	    told->server_version[0] != '\0' ? told->server_version : NULL;
	health->server_url = told->server_url[0] != '\0' ? told->server_url : NULL;
}

static int
read_told(const struct board_reader *reader, struct board_told_part *part)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		ssize_t n = pread(
		    reader->fd, part, sizeof *part, offsetof(struct board_file, told));

		if (n != (ssize_t)sizeof *part || !board_stamp_is_known(&part->stamp))
			return -1;
		if (board_stamp_fits(&part->stamp, &part->told, sizeof part->told))
			return 0;
	}
	return -1;
}

/* Mostly nothing was told since it was read. */
static bool
is_unchanged(const struct board_reader *reader)
{
	struct board_stamp stamp;

	return reader->checksum != 0 &&
	    pread(reader->fd, &stamp, sizeof stamp,
		offsetof(struct board_file, told)) == sizeof stamp &&
	    board_stamp_is_known(&stamp) && stamp.checksum == reader->checksum;
}

int
board_reader_get(
    struct board_reader *reader, struct board_told *told, struct error *err)
{
	struct board_told_part part;

	if (is_unchanged(reader))
		return 0;
	if (read_told(reader, &part) == -1 || !is_sound(&part.told))
		return error_set(err,
		    "the board is not one of imsconn " PACKAGE_VERSION
		    "; start imsconnd again");
	*told = part.told;
	point(told);
	reader->checksum = part.stamp.checksum;
	return 0;
}

/* The number of kicks, -1 to try again. */
static int
read_kicks(const struct board_reader *reader, struct board_kick *kicks)
{
	const off_t at = offsetof(struct board_file, kicks);
	struct board_stamp stamp;
	size_t length;

	if (pread(reader->fd, &stamp, sizeof stamp, at) != sizeof stamp ||
	    !board_stamp_is_known(&stamp) || stamp.count > BOARD_KICKS_MAX)
		return 0;
	length = stamp.count * sizeof *kicks;
	if (length > 0 &&
	    pread(reader->fd, kicks, length, at + (off_t)sizeof stamp) !=
		(ssize_t)length)
		return 0;
	return board_stamp_fits(&stamp, kicks, length) ? (int)stamp.count : -1;
}

size_t
board_reader_get_kicks(const struct board_reader *reader, struct board_kick *kicks)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		int count = read_kicks(reader, kicks);

		if (count >= 0)
			return (size_t)count;
	}
	return 0;
}
