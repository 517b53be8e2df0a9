/* SPDX-License-Identifier: ISC */
/* Times as RFC 3339 has them. Pure. */
#ifndef IMSC_FEED_TIME_H
#define IMSC_FEED_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/text.h"

/* "2026-11-02T03:04:05.678Z", "2026-11-02T03:04:05+01:00"; since 1970. False: it is none. */
bool feed_time_parse(struct text text, int64_t *time_us);

#endif
