/* SPDX-License-Identifier: ISC */
/* The last requests to end sessions, numbered as they came: a ring. */
#ifndef IMSC_STORE_AUDIT_H
#define IMSC_STORE_AUDIT_H

#include "agent/store/store.h"

/* Adds a row and gives it a number; drops the oldest beyond KEEP. */
int audit_add(struct view *view, struct audit *audit, uint32_t keep, struct error *err);

/* The first row whose number is NUMBER (unless AFTER) or comes after it. 1 or 0. */
int audit_seek(struct view *view, uint32_t number, bool after, struct audit *audit);

/* The same among the rows whose user was back. */
int audit_seek_returned(
    struct view *view, uint32_t number, bool after, struct audit *audit);

/* The number of the youngest row; false if there is none. */
bool audit_last(struct view *view, uint32_t *number);

/* Notes when the user of row NUMBER was back; does nothing if there is no such row. */
int audit_set_returned(
    struct view *view, uint32_t number, int64_t returned_us, struct error *err);

#endif
