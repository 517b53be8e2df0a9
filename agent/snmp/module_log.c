/* SPDX-License-Identifier: ISC */
/* The log inside snmpd: its own. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/log.h"
#include "agent/snmp/netsnmp.h"

static void __attribute__((format(printf, 2, 0)))
print(int priority, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof text, format, args);
	snmp_log(priority, "imsconn: %s\n", text);
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(LOG_ERR, format, args);
	va_end(args);
}

void
log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(LOG_WARNING, format, args);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(LOG_INFO, format, args);
	va_end(args);
}
