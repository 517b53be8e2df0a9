/* SPDX-License-Identifier: ISC */
/*
 * What a listing is expected to say: most processes have one session, which is listed as it
 * is known. Such a one is ticked off; all others are for a join, with all of their rows.
 */
#ifndef IMSC_EXPECTED_H
#define IMSC_EXPECTED_H

#include "agent/collect/listing.h"
#include "agent/collect/roster_rows.h"

struct expected;

/* KNOWN must outlive it, as it is. */
struct expected *expected_new(const struct roster_rows *known);
/* EXPECTED may be NULL. */
void expected_free(struct expected *expected);

/* Ticks off the session of a row that says nothing new. */
bool expected_tick(struct expected *expected, const struct listed *row);
/*
 * For any other row: from now on nothing of its process is ticked off. True if something was:
 * EARLIER is the row that did it.
 */
bool expected_untick(
    struct expected *expected, const struct listed *row, struct listed *earlier);

/* Whether the one session of PID is ticked off. */
bool expected_came(const struct expected *expected, uint32_t pid);

#endif
