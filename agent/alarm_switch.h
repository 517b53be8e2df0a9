/* SPDX-License-Identifier: ISC */
/*
 * Alarms that SNMP managers switch on and off, on their way from the SNMP thread to the
 * collector's: each reads as switched from the moment it was asked for.
 */
#ifndef IMSC_ALARM_SWITCH_H
#define IMSC_ALARM_SWITCH_H

#include "agent/alarm.h"

struct alarm_switches;
struct board;

struct alarm_switches *alarm_switches_new(void);
void alarm_switches_free(struct alarm_switches *switches);

/* From now on TOLD, which must outlive SWITCHES, tells other processes what is asked. */
void alarm_switches_tell(struct alarm_switches *switches, struct board *told);

/* Readable after a switch. */
int alarm_switches_fd(const struct alarm_switches *switches);

/* Asks for the alarm with NUMBER, from 1 to ALARMS_MAX, to be ENABLED or not. */
void alarm_switch_ask(struct alarm_switches *switches, uint32_t number, bool enabled);
/* What was asked of it and is not yet durable; false if nothing. */
bool alarm_switch_asked(
    struct alarm_switches *switches, uint32_t number, bool *enabled);
/* It is durable; what was asked since then stays. */
void alarm_switch_done(struct alarm_switches *switches, uint32_t number, bool enabled);

#endif
