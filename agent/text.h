/* SPDX-License-Identifier: ISC */
/* Strings of bytes that came from outside: compared, and escaped before anyone sees them. */
#ifndef IMSC_TEXT_H
#define IMSC_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes, any of them, with no NUL at the end. An empty one is "not known". */
struct text {
	const char *data;
	size_t length;
};

struct text text_from(const char *s);
bool text_equal(struct text a, struct text b);
/* As memcmp; a prefix comes first. */
int text_compare(struct text a, struct text b);

/* Takes what stands before SEPARATOR off REST, with it; false, and nothing, if there is none. */
bool text_cut(struct text *rest, char separator, struct text *before);
/* The same, or all of REST, if there is none. */
struct text text_split(struct text *rest, char separator);

/*
 * Writes TEXT with control characters and what is not UTF-8 as \xNN, so that it can neither
 * break a line nor steer a terminal. Always ends in NUL and never cuts a
 * character or an escape in two. Returns the bytes written, or would-be bytes as
 * snprintf(3) if SIZE is too small. 4 * TEXT.length + 1 is always enough.
 */
size_t text_escape(char *buffer, size_t size, struct text text);

/* The length of the UTF-8 character at DATA, 0 if there is none (RFC 3629). */
size_t text_utf8_length(const char *data, size_t length);

/* The columns a terminal shows for escaped text: characters, not bytes. */
size_t text_columns(const char *escaped);

#endif
