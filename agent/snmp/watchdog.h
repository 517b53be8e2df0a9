/* SPDX-License-Identifier: ISC */
/* Says in the log when the SNMP thread stands still, mostly because snmpd does. */
#ifndef IMSC_WATCHDOG_H
#define IMSC_WATCHDOG_H

/* The SNMP thread's work of one turn lies between these. */
void watchdog_begin(void);
void watchdog_end(void);
/* From any other one thread, about once a second: speaks of what has not ended yet. */
void watchdog_look(void);

#endif
