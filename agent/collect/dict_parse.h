/* SPDX-License-Identifier: ISC */
/*
 * Dovecot's dict protocol, server side, as far as a plugin that records needs it: versions 3
 * (Dovecot 2.3.17 and newer) and 4 (2.4). Lines of a command letter and tab-separated,
 * tab-escaped parameters.
 */
#ifndef IMSC_DICT_PARSE_H
#define IMSC_DICT_PARSE_H

#include "agent/error.h"
#include "agent/text.h"

/* No line of a login can be longer. */
enum {
	DICT_LINE_MAX = 16 * 1024
};

enum dict_command {
	DICT_FAILED = -1,
	DICT_IGNORED = 0,
	DICT_HELLO,        /* H: the version was looked at */
	DICT_SET,          /* S: TRANSACTION, KEY, VALUE */
	DICT_COMMIT,       /* C: TRANSACTION; answered with a reply */
	DICT_COMMIT_ASYNC, /* D: TRANSACTION; answered with A, TRANSACTION, a reply */
	DICT_ROLLBACK,     /* R: TRANSACTION */
	DICT_LOOKUP        /* L: answered with "not found" */
};

struct dict_line {
	enum dict_command command;
	struct text transaction;
	struct text key;
	struct text value;
};

/* Takes a line without its end apart, in place: the texts point into DATA. */
enum dict_command dict_parse(
    struct dict_line *line, char *data, size_t length, struct error *err);

#endif
