/* SPDX-License-Identifier: ISC */
/*
 * Lines of text on their way to a file descriptor: a buffer that knows in which column of
 * its line it is, and escapes what came from outside.
 */
#ifndef IMSC_OUTPUT_H
#define IMSC_OUTPUT_H

#include "agent/model.h"

enum {
	OUTPUT_GAP = 2, /* blanks between columns, at least */
	OUTPUT_ESCAPED_SIZE = 4 * USER_NAME_MAX + 1
};

struct output;

struct output *output_new(int fd);
/* Drops what was not flushed. */
void output_free(struct output *output);
/* Writes what waits. 0, or the errno of the first write that ever failed. */
int output_flush(struct output *output);

/* As they are. */
void output_put(struct output *output, const char *s, size_t length);
void output_string(struct output *output, const char *s);
void output_number(struct output *output, size_t number);

/* Escaped. */
void output_text(struct output *output, struct text text);
/* The columns that TEXT takes so. */
size_t output_columns(struct text text);

/*
 * A cell of a row, which begins at column START: further right if what stands before it is
 * too long. An empty one leaves nothing, so that no row ends in blanks.
 */
void output_string_cell(struct output *output, size_t start, const char *s);
void output_text_cell(struct output *output, size_t start, struct text text);
/* Such a cell that is written in place: up to ROOM bytes of a column each, then so many. */
char *output_open_cell(struct output *output, size_t start, size_t room);
void output_close_cell(struct output *output, size_t length);
void output_end_row(struct output *output);

#endif
