/* SPDX-License-Identifier: ISC */
/*
 * The writing side of the board. A part is one pwrite(): neither a full nor a vanished file
 * system can do more than fail it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/board_file.h"
#include "agent/clock.h"
#include "agent/log.h"

struct board {
	int fd;
	char *path;
	pthread_mutex_t lock;
	bool failed; /* said once */
	struct board_file file;
};

static int
open_file(const char *path, struct error *err)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);

	if (fd == -1)
		return error_set(
		    err, "cannot open the board \"%s\": %s", path, strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		error_set(err, "the board \"%s\" is no plain file", path);
	else if (fcntl(fd, F_OFD_SETLK, &whole) == -1)
		error_set(err, "the board \"%s\" is kept by another imsconnd", path);
	else if ((errno = posix_fallocate(fd, 0, sizeof(struct board_file))) != 0)
		error_set(
		    err, "cannot write the board \"%s\": %s", path, strerror(errno));
	else
		return fd;
	close(fd);
	return -1;
}

/* With BOARD's lock held, or before anybody else has it. */
static void
write_part(struct board *board, const void *part, size_t length)
{
	off_t at = (const char *)part - (const char *)&board->file;
	ssize_t n = pwrite(board->fd, part, length, at);

	if (n != (ssize_t)length && !board->failed)
		log_error("cannot write the board \"%s\": %s", board->path,
		    n == -1 ? strerror(errno) : "cut short");
	board->failed = n != (ssize_t)length;
}

struct board *
board_open(const char *path, struct error *err)
{
	int fd = open_file(path, err);
	struct board *board;

	if (fd == -1)
		return NULL;
	board = xcalloc(1, sizeof *board);
	board->fd = fd;
	board->path = xstrdup(path);
	board->file.told.told.opened_us = clock_now_us();
	board->file.told.told.health.status = COLLECTOR_STARTING;
	pthread_mutex_init(&board->lock, NULL);
	board_tell_kicks(board, NULL, 0);
	return board;
}

void
board_close(struct board *board)
{
	if (board == NULL)
		return;
	close(board->fd);
	pthread_mutex_destroy(&board->lock);
	free(board->path);
	free(board);
}

struct board_told *
board_change(struct board *board)
{
	pthread_mutex_lock(&board->lock);
	return &board->file.told.told;
}

void
board_tell(struct board *board)
{
	struct board_told_part *part = &board->file.told;

	board_stamp_make(&part->stamp, 0, &part->told, sizeof part->told);
	write_part(board, part, sizeof *part);
	pthread_mutex_unlock(&board->lock);
}

void
board_tell_kicks(struct board *board, const struct board_kick *kicks, size_t count)
{
	struct board_kicks_part *part = &board->file.kicks;
	size_t length = count * sizeof *kicks;

	pthread_mutex_lock(&board->lock);
	if (count > 0)
		memcpy(part->kicks, kicks, length);
	board_stamp_make(&part->stamp, (uint32_t)count, part->kicks, length);
	write_part(board, part, sizeof part->stamp + length);
	pthread_mutex_unlock(&board->lock);
}

static void
copy_text(char *to, size_t size, const char *text)
{
	memset(to, 0, size);
	if (text != NULL)
		strncpy(to, text, size - 1);
}

void
board_tell_health(struct board *board, const struct health *health)
{
	struct board_told *told = board_change(board);

	told->health = *health;
	told->health.server_version = NULL;
	told->health.server_url = NULL;
	copy_text(
	    told->server_version, sizeof told->server_version, health->server_version);
	copy_text(told->server_url, sizeof told->server_url, health->server_url);
	board_tell(board);
}
