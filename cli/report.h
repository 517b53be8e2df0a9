/* SPDX-License-Identifier: ISC */
/*
 * What the command prints, as the original prints it. A report only prints: everything is
 * handed to it, and it waits in a buffer until that is full or flushed.
 */
#ifndef IMSC_REPORT_H
#define IMSC_REPORT_H

#include "agent/collect/hook.h"
#include "agent/collect/kick.h"
#include "agent/collect/roster_rows.h"
#include "agent/model.h"

/* The services of -a, in its order; the last one only where it is listed. */
enum access_column {
	ACCESS_IMAP,
	ACCESS_HTTP,
	ACCESS_POP3,
	ACCESS_PROXY,
	ACCESS_COLUMNS
};

/* One row of -a; 0 is "not recorded". */
struct access_row {
	struct text uid;
	int64_t last_us[ACCESS_COLUMNS];
};

struct report;

/* Prints to FD. */
struct report *report_new(int fd);
/* Drops what was not flushed. */
void report_free(struct report *report);
/* Writes what waits. 0, or the errno of the first write that ever failed. */
int report_flush(struct report *report);

/* From now on -a has the column of a proxy, too. */
void report_show_proxy(struct report *report);

/* The header, then a row each; the first column fits COLUMNS as far as that is sensible. */
void report_access_header(struct report *report, size_t columns);
void report_access(struct report *report, const struct access_row *row);

/* The header and the rows, in the order they have. */
void report_sessions(
    struct report *report, const struct roster_row *const *rows, size_t count);
/* How many rows there were. */
void report_summary(struct report *report, enum service service, size_t count);

/* That nothing is shown of WHAT as the configuration does not enable it. */
void report_disabled(struct report *report, const char *what);

/* What came of a kick. What went wrong goes to stderr, behind what waits. */
void report_kick(struct report *report, const struct kick *kick);

/* What came of --block and --unblock; likewise. */
void report_hook(struct report *report, const struct hook *hook);

/* --blocked: a row each, in this order. */
void report_blocks(struct report *report, const struct block *blocks, size_t count);

#endif
