/* SPDX-License-Identifier: ISC */
/* The same as a module for snmpd's dlmod, with as many rows as NULL_ROWS says. */
#include "config.h"

#include <stdlib.h>

#include "tests/bench/null_table.h"

void init_null(void);

void
init_null(void)
{
	const char *rows = getenv("NULL_ROWS");

	if (rows == NULL || null_register(rows) != MIB_REGISTERED_OK)
		snmp_log(LOG_ERR, "null: cannot register\n");
}
