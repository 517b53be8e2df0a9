/* SPDX-License-Identifier: ISC */
/* Lines of Dovecot's dict protocol. */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "agent/collect/dict_parse.h"
#include "agent/collect/dovecot_text.h"

/* The next parameter, unescaped; empty and false at the end of the line. */
static bool
next(char **at, size_t *left, struct text *field)
{
	char *tab = memchr(*at, '\t', *left);
	size_t length = tab ? (size_t)(tab - *at) : *left;

	*field = (struct text){ *at, dovecot_unescape(*at, length) };
	*at += length + (tab != NULL);
	*left -= length + (tab != NULL);
	return field->length != SIZE_MAX;
}

static enum dict_command
parse_hello(char *at, size_t left, struct error *err)
{
	struct text major;
	char shown[24];

	if (next(&at, &left, &major) &&
	    (text_equal(major, text_from("3")) || text_equal(major, text_from("4"))))
		return DICT_HELLO;
	if (major.length == SIZE_MAX)
		major.length = 0;
	text_escape(shown, sizeof shown, major);
	error_set(err, "the client speaks dict protocol \"%s\"; 3 and 4 are understood",
	    shown);
	return DICT_FAILED;
}

static enum dict_command
parse_set(struct dict_line *line, char *at, size_t left, struct error *err)
{
	if (next(&at, &left, &line->transaction) && next(&at, &left, &line->key) &&
	    next(&at, &left, &line->value))
		return DICT_SET;
	error_set(err, "a broken escape in the record of a login");
	return DICT_FAILED;
}

static enum dict_command
parse_transaction(struct dict_line *line, enum dict_command command, char *at,
    size_t left, struct error *err)
{
	if (next(&at, &left, &line->transaction) && line->transaction.length <= 20)
		return command;
	error_set(err, "a transaction's name makes no sense");
	return DICT_FAILED;
}

enum dict_command
dict_parse(struct dict_line *line, char *data, size_t length, struct error *err)
{
	memset(line, 0, sizeof *line);
	if (length == 0) {
		error_set(err, "an empty line");
		return DICT_FAILED;
	}
	switch (data[0]) {
	case 'H':
		return parse_hello(data + 1, length - 1, err);
	case 'S':
		return parse_set(line, data + 1, length - 1, err);
	case 'C':
		return parse_transaction(line, DICT_COMMIT, data + 1, length - 1, err);
	case 'D':
		return parse_transaction(
		    line, DICT_COMMIT_ASYNC, data + 1, length - 1, err);
	case 'R':
		return parse_transaction(
		    line, DICT_ROLLBACK, data + 1, length - 1, err);
	case 'L':
		return DICT_LOOKUP;
	case 'A': /* atomic increment */
	case 'B': /* begin */
	case 'I': /* iterate */
	case 'T': /* timestamp */
	case 'U': /* unset */
		return DICT_IGNORED;
	default:
		error_set(err, "an unknown command 0x%02x", (unsigned char)data[0]);
		return DICT_FAILED;
	}
}
