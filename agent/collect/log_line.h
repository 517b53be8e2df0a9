/* SPDX-License-Identifier: ISC */
/* What a line of a mail server's log tells: a backend reads it, the collector applies it. */
#ifndef IMSC_LOG_LINE_H
#define IMSC_LOG_LINE_H

#include <stdint.h>

#include "agent/text.h"

/* A longer line tells nothing. */
enum {
	LOG_LINE_MAX = 16 * 1024
};

/*
 * A line of a log, without its end. A file's line has at its beginning when it was written and by
 * whom: then all else is empty.
 */
struct log_entry {
	struct text line;
	int64_t at_us;
	struct text program; /* as it calls itself */
	uint32_t pid;
};

enum log_line {
	LOG_LINE_OTHER = 0,
	LOG_LINE_LOGIN,
	LOG_LINE_LOGOUT
};

#endif
