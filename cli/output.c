/* SPDX-License-Identifier: ISC */
/* Lines of text on their way to a file descriptor. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "cli/output.h"

enum {
	BUFFER_SIZE = 256 * 1024
};

struct output {
	int fd;
	int failure; /* errno of the write that failed */
	size_t used;
	size_t column; /* of the row that is being written */
	char buffer[BUFFER_SIZE];
};

struct output *
output_new(int fd)
{
	struct output *output = xcalloc(1, sizeof *output);

	output->fd = fd;
	return output;
}

void
output_free(struct output *output)
{
	free(output);
}

int
output_flush(struct output *output)
{
	size_t done = 0;

	while (output->failure == 0 && done < output->used) {
		ssize_t n =
		    write(output->fd, output->buffer + done, output->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			output->failure = errno;
	}
	output->used = 0;
	return output->failure;
}

/* Room for LENGTH bytes, which must not be more than the buffer has. */
static char *
make_room(struct output *output, size_t length)
{
	if (length > BUFFER_SIZE - output->used)
		output_flush(output);
	return output->buffer + output->used;
}

void
output_put(struct output *output, const char *s, size_t length)
{
	memcpy(make_room(output, length), s, length);
	output->used += length;
}

void
output_string(struct output *output, const char *s)
{
	output_put(output, s, strlen(s));
}

void
output_number(struct output *output, size_t number)
{
	char s[24];
	int length = snprintf(s, sizeof s, "%zu", number);

	output_put(output, s, (size_t)length);
}

/* Nothing in it would be escaped, and it takes a column a byte. */
static bool
is_plain(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	return text.length < OUTPUT_ESCAPED_SIZE;
}

size_t
output_columns(struct text text)
{
	char escaped[OUTPUT_ESCAPED_SIZE];

	if (is_plain(text))
		return text.length;
	text_escape(escaped, sizeof escaped, text);
	return text_columns(escaped);
}

/* Returns the columns it took. */
static size_t
put_text(struct output *output, struct text text)
{
	char *start = make_room(output, OUTPUT_ESCAPED_SIZE);

	if (is_plain(text)) {
		output_put(output, text.data, text.length);
		return text.length;
	}
	text_escape(start, OUTPUT_ESCAPED_SIZE, text);
	output->used += strlen(start);
	return text_columns(start);
}

void
output_text(struct output *output, struct text text)
{
	put_text(output, text);
}

static void
start_cell(struct output *output, size_t start)
{
	size_t gap = output->column > 0 ? OUTPUT_GAP : 0;

	if (start > output->column + gap)
		gap = start - output->column;
	memset(make_room(output, gap), ' ', gap);
	output->used += gap;
	output->column += gap;
}

void
output_cell(struct output *output, size_t start, const char *s, size_t length)
{
	if (length == 0)
		return;
	start_cell(output, start);
	output_put(output, s, length);
	output->column += length;
}

void
output_string_cell(struct output *output, size_t start, const char *s)
{
	output_cell(output, start, s, strlen(s));
}

void
output_text_cell(struct output *output, size_t start, struct text text)
{
	if (text.length == 0)
		return;
	start_cell(output, start);
	output->column += put_text(output, text);
}

void
output_end_row(struct output *output)
{
	output_put(output, "\n", 1);
	output->column = 0;
}
