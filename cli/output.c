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
	size_t gap;    /* before the cell that is open */
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

/* The high bits of the octets that are not from 0x20 to 0x7e are set, if there are any. */
static uint64_t
mark_odd(const char *octets)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, octets, sizeof word);
	return word | (word - 0x20 * ones) | (word + ones);
}

/* Nothing in it would be escaped, and it takes a column a byte. */
static inline bool
is_plain(struct text text)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	char rest[sizeof(uint64_t)] = "        ";
	uint64_t marks = 0;
	size_t i = 0;

	for (; text.length - i >= sizeof rest; i += sizeof rest)
		marks |= mark_odd(text.data + i);
	for (size_t j = 0; i + j < text.length; j++)
		rest[j] = text.data[i + j];
	marks |= mark_odd(rest);
	return (marks & high_bits) == 0 && text.length < OUTPUT_ESCAPED_SIZE;
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

/* Escapes TEXT. Returns the bytes, and in COLUMNS what they take. */
static inline size_t
write_text(char buffer[OUTPUT_ESCAPED_SIZE], struct text text, size_t *columns)
{
	size_t length;

	if (is_plain(text)) {
		memcpy(buffer, text.data, text.length);
		*columns = text.length;
		return text.length;
	}
	text_escape(buffer, OUTPUT_ESCAPED_SIZE, text);
	length = strlen(buffer);
	*columns = text_columns(buffer);
	return length;
}

void
output_text(struct output *output, struct text text)
{
	size_t columns;

	output->used +=
	    write_text(make_room(output, OUTPUT_ESCAPED_SIZE), text, &columns);
}

char *
output_open_cell(struct output *output, size_t start, size_t room)
{
	size_t least = output->column > 0 ? OUTPUT_GAP : 0;
	size_t gap = least;
	char *at;

	if (start > output->column + least)
		gap = start - output->column;
	at = make_room(output, OUTPUT_GAP + gap + room);
	memset(at, ' ', OUTPUT_GAP); /* mostly, it is not more */
	if (gap > OUTPUT_GAP)
		memset(at, ' ', gap);
	output->gap = gap;
	return at + gap;
}

/* LENGTH bytes that take so many COLUMNS. */
static void
close_cell(struct output *output, size_t length, size_t columns)
{
	if (length == 0)
		return;
	output->used += output->gap + length;
	output->column += output->gap + columns;
}

void
output_close_cell(struct output *output, size_t length)
{
	close_cell(output, length, length);
}

void
output_string_cell(struct output *output, size_t start, const char *s)
{
	size_t length = strlen(s);

	memcpy(output_open_cell(output, start, length), s, length);
	output_close_cell(output, length);
}

void
output_text_cell(struct output *output, size_t start, struct text text)
{
	char *cell = output_open_cell(output, start, OUTPUT_ESCAPED_SIZE);
	size_t columns;
	size_t length = write_text(cell, text, &columns);

	close_cell(output, length, columns);
}

void
output_end_row(struct output *output)
{
	*make_room(output, 1) = '\n';
	output->used++;
	output->column = 0;
}
