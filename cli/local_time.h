/* SPDX-License-Identifier: ISC */
/*
 * Times as the original command prints them, "17/Jun/2003:11:24:03": local time, months of
 * the C locale; fast enough for millions.
 */
#ifndef IMSC_LOCAL_TIME_H
#define IMSC_LOCAL_TIME_H

#include <stddef.h>
#include <stdint.h>

enum {
	LOCAL_TIME_COLUMNS = 20, /* up to the year 9999 */
	LOCAL_TIME_SIZE = 32
};

struct local_time;

/* For the time zone that TZ names now. */
struct local_time *local_time_new(void);
void local_time_free(struct local_time *zone);

/* Any time, in microseconds since the epoch. Returns the text's length. */
size_t local_time_format(
    struct local_time *zone, char buffer[LOCAL_TIME_SIZE], int64_t time_us);

#endif
