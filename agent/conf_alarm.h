/* SPDX-License-Identifier: ISC */
/* The list "alarms" of the configuration. */
#ifndef IMSC_CONF_ALARM_H
#define IMSC_CONF_ALARM_H

#include "agent/conf.h"

/* Adds an element that has all defaults. NULL beyond ALARMS_MAX. */
struct conf_alarm *conf_alarms_add(struct conf_alarms *alarms);
/*
 * Judges the last element, whose settings were taken, and makes up what they left out. NULL
 * if it is right; else what is wrong is in ERR, and the key with it is returned, or "" if one
 * is missing.
 */
const char *conf_alarms_check(struct conf_alarms *alarms, struct error *err);
void conf_alarms_fini(struct conf_alarms *alarms);
bool conf_alarms_equal(const struct conf_alarms *a, const struct conf_alarms *b);

#endif
