/* SPDX-License-Identifier: ISC */
/* Pairs of a key and a value, as Cyrus logs them. */
#include "config.h"

#include <string.h>

#include "agent/collect/cyrus_logfmt.h"

static void
skip(struct text *text, size_t length)
{
	text->data += length;
	text->length -= length;
}

/* What may be in a word: printable ASCII but for what separates. */
static bool
is_of_word(char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

static struct text
take_word(struct text *line)
{
	struct text word = *line;
	size_t length = 0;

	while (length < line->length && is_of_word(line->data[length]))
		length++;
	word.length = length;
	skip(line, length);
	return word;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c | 0x20);

	return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/* "x{e4}", behind a backslash. */
static bool
take_octet(struct text *line, char *octet)
{
	int high;
	int low;

	if (line->length < 5 || line->data[1] != '{' || line->data[4] != '}')
		return false;
	high = hex_digit(line->data[2]);
	low = hex_digit(line->data[3]);
	if (high == -1 || low == -1)
		return false;
	*octet = (char)(high * 16 + low);
	skip(line, 5);
	return true;
}

/* What stands behind a backslash. */
static bool
take_escape(struct text *line, char *octet)
{
	static const char escapes[] = "nrt\\\"";
	static const char meant[] = "\n\r\t\\\"";
	const char *at;

	if (line->length == 0 || line->data[0] == '\0')
		return false;
	if (line->data[0] == 'x')
		return take_octet(line, octet);
	at = strchr(escapes, line->data[0]);
	if (at == NULL)
		return false;
	*octet = meant[at - escapes];
	skip(line, 1);
	return true;
}

/* Behind the first quote; takes the last one, too. */
static bool
take_quoted(struct text *line, struct text *value, char **room)
{
	char *at = *room;

	while (line->length > 0 && line->data[0] != '"') {
		char octet = line->data[0];

		skip(line, 1);
		if (octet == '\\' && !take_escape(line, &octet))
			return false;
		*at++ = octet;
	}
	if (line->length == 0)
		return false;
	skip(line, 1);
	*value = (struct text){ *room, (size_t)(at - *room) };
	*room = at;
	return true;
}

bool
cyrus_logfmt_take(struct text *line, struct text *key, struct text *value, char **room)
{
	struct text rest = *line;

	*key = take_word(&rest);
	if (key->length == 0 || rest.length == 0 || rest.data[0] != '=')
		return false;
	skip(&rest, 1);
	if (rest.length > 0 && rest.data[0] == '"') {
		skip(&rest, 1);
		if (!take_quoted(&rest, value, room))
			return false;
	} else {
		*value = take_word(&rest);
		if (value->length == 0)
			return false;
		if (text_equal(*value, text_from("~null~")))
			value->length = 0;
	}
	if (rest.length > 0 && rest.data[0] != ' ')
		return false;
	skip(&rest, rest.length > 0);
	*line = rest;
	return true;
}
