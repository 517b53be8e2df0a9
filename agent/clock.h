/* SPDX-License-Identifier: ISC */
/* The time, in microseconds. */
#ifndef IMSC_CLOCK_H
#define IMSC_CLOCK_H

#include <stdint.h>
#include <time.h>

enum {
	CLOCK_SECOND_US = 1000000,
	CLOCK_MS_US = 1000
};

static inline int64_t
clock_read_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

/* Since the epoch. */
static inline int64_t
clock_now_us(void)
{
	return clock_read_us(CLOCK_REALTIME);
}

/* For durations and deadlines only. */
static inline int64_t
clock_monotonic_us(void)
{
	return clock_read_us(CLOCK_MONOTONIC);
}

#endif
