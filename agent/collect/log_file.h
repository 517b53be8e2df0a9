/* SPDX-License-Identifier: ISC */
/*
 * Follows a file that others append lines to: whole lines only, each once, also after the
 * file was moved away and made anew, copied and truncated, or truncated; and after a
 * restart, by a position that the caller keeps. Nothing here knows what is in a line.
 */
#ifndef IMSC_LOG_FILE_H
#define IMSC_LOG_FILE_H

#include <stdint.h>

#include "agent/error.h"
#include "agent/text.h"

/* Up to where a file was read. All zero is: nothing was read ever. */
struct log_position {
	uint64_t device;
	uint64_t inode;
	uint64_t offset;
	uint64_t check;  /* of the octets before OFFSET: whether it is that file */
	int64_t last_us; /* the caller's: when the last line that matters was written */
	int64_t not_before_us; /* LAST_US when a file was begun that need not be new */
};

enum {
	LOG_POSITION_SIZE = 160
};
/* As text, to be kept, and back; false if it is none. */
void log_position_format(
    char text[LOG_POSITION_SIZE], const struct log_position *position);
bool log_position_parse(struct log_position *position, struct text text);

struct log_file;

/* Longer lines are left out. */
struct log_file *log_file_new(const char *path, size_t line_max);
void log_file_free(struct log_file *file);

/* Readable when the file was written to; other changes are seen only by looking. */
int log_file_fd(const struct log_file *file);

/*
 * The next lines after POSITION, each with its end, borrowed until the next call; POSITION
 * is moved behind them. 1, though LINES may be empty; 0 if there are none yet; -1 if there
 * is no such file or we may not read it.
 */
int log_file_read(struct log_file *file, struct log_position *position,
    struct text *lines, struct error *err);

#endif
