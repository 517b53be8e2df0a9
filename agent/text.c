/* SPDX-License-Identifier: ISC */
/* Strings of bytes that came from outside. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/text.h"

struct text
text_from(const char *s)
{
	return (struct text){ s, s ? strlen(s) : 0 };
}

bool
text_equal(struct text a, struct text b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

int
text_compare(struct text a, struct text b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

	if (order != 0)
		return order;
	return (a.length > b.length) - (a.length < b.length);
}

bool
text_cut(struct text *rest, char separator, struct text *before)
{
	const char *at =
	    rest->length > 0 ? memchr(rest->data, separator, rest->length) : NULL;

	if (at == NULL)
		return false;
	*before = (struct text){ rest->data, (size_t)(at - rest->data) };
	rest->length -= before->length + 1;
	rest->data = at + 1;
	return true;
}

struct text
text_split(struct text *rest, char separator)
{
	struct text before;

	if (text_cut(rest, separator, &before))
		return before;
	before = *rest;
	if (before.length > 0)
		rest->data += before.length;
	rest->length = 0;
	return before;
}

/* What the first byte says, 0 where no character starts so. */
static size_t
expected_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

size_t
text_utf8_length(const char *data, size_t length)
{
	const unsigned char *s = (const unsigned char *)data;
	size_t wanted = length ? expected_length(s[0]) : 0;

	if (wanted == 0 || wanted > length)
		return 0;
	for (size_t i = 1; i < wanted; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return wanted;
}

/* C0 and DEL are one byte; C1 controls (U+0080 to U+009F) two. */
static bool
must_escape(const unsigned char *s, size_t length)
{
	return length == 0 || s[0] < 0x20 || s[0] == 0x7f ||
	    (length == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

size_t
text_escape(char *buffer, size_t size, struct text text)
{
	size_t written = 0;
	size_t total = 0;

	for (size_t i = 0; i < text.length;) {
		size_t length = text_utf8_length(text.data + i, text.length - i);
		const unsigned char *s = (const unsigned char *)text.data + i;
		char escape[5];
		const char *piece = text.data + i;
		size_t piece_length = length;

		if (must_escape(s, length)) {
			snprintf(escape, sizeof escape, "\\x%02x", s[0]);
			piece = escape;
			piece_length = 4;
			length = 1;
		}
		if (total == written && written + piece_length < size) {
			memcpy(buffer + written, piece, piece_length);
			written += piece_length;
		}
		total += piece_length;
		i += length;
	}
	if (size > 0)
		buffer[written] = '\0';
	return total;
}

size_t
text_columns(const char *escaped)
{
	size_t columns = 0;

	for (; *escaped != '\0'; escaped++)
		columns += ((unsigned char)*escaped & 0xc0) != 0x80;
	return columns;
}
