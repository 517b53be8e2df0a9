/* SPDX-License-Identifier: ISC */
/* When a line of a log was written. Pure but for the zone of the host. */
#ifndef IMSC_LOG_TIME_H
#define IMSC_LOG_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/clock.h"
#include "agent/text.h"

/* A line that is further ahead of us was written by another clock. */
#define LOG_AHEAD_US (60LL * CLOCK_SECOND_US)

/*
 * Takes the time and the blank behind it off LINE: "Nov  2 03:04:05", "2026-11-02 03:04:05",
 * or "2026-11-02T03:04:05.678901+01:00". Without a zone it is this host's; without a year it
 * is the last one that fits; a time that comes twice a year is the last one that has been.
 * Without a fraction it is NOW_US if that is in the same second. False if LINE begins
 * otherwise.
 */
bool log_take_time(struct text *line, int64_t now_us, int64_t *time_us);

#endif
