/* SPDX-License-Identifier: ISC */
/*
 * Where the lines of a mail server's log come from, behind one struct of functions: a file, or
 * systemd's journal. An implementation is one file that ends in one const struct. Nothing of
 * it knows what is in a line.
 */
#ifndef IMSC_LOG_SOURCE_H
#define IMSC_LOG_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/collect/log_line.h"
#include "agent/conf.h"
#include "agent/error.h"

enum {
	LOG_PLACE_SIZE = 320,
	LOG_POSITION_SIZE = LOG_PLACE_SIZE + 64
};

/* Up to where a log was read. All zero is: nothing was read ever. */
struct log_position {
	char place[LOG_PLACE_SIZE]; /* in the source's own words; "" is nowhere */
	int64_t last_us; /* the caller's: when the last line that matters was written */
	int64_t not_before_us; /* LAST_US when lines came that need not be new */
};

typedef void log_take(void *arg, const struct log_entry *entry);

struct log_source {
	const char *name; /* one word */
	/*
	 * WHERE is what stands behind the name in the configuration. NULL if that cannot be;
	 * whether there is a log shows when it is read.
	 */
	void *(*open)(const char *where, const struct conf *conf, struct error *err);
	void (*close)(void *state);
	/* Always the same; readable when there may be more; -1: only looking tells. */
	int (*fd)(const void *state);
	/*
	 * Has TAKE called for some lines after POSITION, each borrowed for the call, and
	 * moves POSITION behind them. 1 if there may be more at once, 0 if not, -1 if it
	 * cannot be read; then none were taken.
	 */
	int (*read)(void *state, struct log_position *position, log_take *take,
	    void *arg, struct error *err);
};

extern const struct log_source log_file_source;
extern const struct log_source log_journal_source;

/* The source of what the configuration names, and WHERE it is. */
const struct log_source *log_source_find(const char *name, const char **where);

/* Whether the log can be read that CONF has, if it has one. */
int log_source_check(const struct conf *conf, struct error *err);

/* That we may not read what is at PATH, and who may; -1. */
int log_source_denied(const char *path, struct error *err);

/* As text, to be kept. */
void log_position_format(char text[LOG_POSITION_SIZE],
    const struct log_position *position, const struct log_source *source);

/*
 * And back; false, and all zero, if it is none. One of another source has no place here: it is
 * read on from its time.
 */
bool log_position_parse(
    struct log_position *position, struct text text, const struct log_source *source);

#endif
