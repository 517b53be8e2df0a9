/* SPDX-License-Identifier: ISC */
/* Our tables without any data, for the null subagent and the null module. */
#ifndef IMSC_BENCH_NULL_TABLE_H
#define IMSC_BENCH_NULL_TABLE_H

#include "agent/snmp/netsnmp.h"
#include "tests/bench/shape.h"

/* Registers them with so many ROWS each. Returns what netsnmp_register_handler() does. */
int null_register(const char *rows);

#endif
