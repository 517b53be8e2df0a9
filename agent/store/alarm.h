/* SPDX-License-Identifier: ISC */
/* The alarms by number: what was configured, and how each stands. */
#ifndef IMSC_STORE_ALARM_H
#define IMSC_STORE_ALARM_H

#include "agent/alarm.h"
#include "agent/health.h"
#include "agent/store/store.h"

/* Writes an alarm under its number; takes the one away that has NUMBER. */
int alarm_put(struct view *view, const struct alarm *alarm, struct error *err);
int alarm_delete(struct view *view, uint32_t number, struct error *err);

/* The first alarm whose number is NUMBER (unless AFTER) or comes after it. 1 or 0. */
int alarm_seek(struct view *view, uint32_t number, bool after, struct alarm *alarm);

/*
 * What RULE compares, at NOW_US; false if that is not known. LISTED has bit 1 << service for
 * each service whose users are listed.
 */
bool alarm_measure(struct view *view, const struct alarm_rule *rule,
    const struct health *health, unsigned listed, int64_t now_us, uint32_t *value);

#endif
