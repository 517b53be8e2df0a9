/* SPDX-License-Identifier: ISC */
/* What a line of a mail server's log tells: a backend reads it, the collector applies it. */
#ifndef IMSC_LOG_LINE_H
#define IMSC_LOG_LINE_H

/* A longer line tells nothing. */
enum {
	LOG_LINE_MAX = 16 * 1024
};

enum log_line {
	LOG_LINE_OTHER = 0,
	LOG_LINE_LOGIN,
	LOG_LINE_LOGOUT
};

#endif
