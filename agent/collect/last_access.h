/* SPDX-License-Identifier: ISC */
/* A line of a command that prints last accesses: "user TAB seconds since the epoch". Pure. */
#ifndef IMSC_LAST_ACCESS_H
#define IMSC_LAST_ACCESS_H

#include "agent/model.h"

/* False if it is none: no name that can be one, no number, or a time after NOW_US. */
bool last_access_parse(
    struct text *user, int64_t *login_us, struct text line, int64_t now_us);

#endif
