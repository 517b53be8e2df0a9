/* SPDX-License-Identifier: ISC */
/* The last requests to end sessions, numbered as they came: a ring. */
#ifndef IMSC_STORE_AUDIT_H
#define IMSC_STORE_AUDIT_H

#include "agent/store/store.h"

/* Adds a row and gives it a number; drops the oldest beyond KEEP. */
int audit_add(struct view *view, struct audit *audit, uint32_t keep, struct error *err);

/* The first row whose number is NUMBER (unless AFTER) or comes after it. 1 or 0. */
int audit_seek(struct view *view, uint32_t number, bool after, struct audit *audit);

#endif
