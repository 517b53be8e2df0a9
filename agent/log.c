/* SPDX-License-Identifier: ISC */
/* The log: lines on stderr; audit lines go to syslog too. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "agent/log.h"

static struct {
	const char *name;
	const char *store; /* and what follows it, before each line; both or none */
	const char *colon;
	bool debug;
	bool echo_audit;
	bool journal; /* stderr is read by the journal: lines carry <priority> */
} log_state = { .name = "imsconn", .store = "", .colon = "" };

void
log_open(const char *name, bool debug)
{
	log_state.name = name;
	log_state.debug = debug;
	log_state.journal = getenv("JOURNAL_STREAM") != NULL;
	openlog(name, LOG_PID, LOG_MAIL);
}

void
log_set_store(const char *name)
{
	log_state.store = name;
	log_state.colon = name[0] != '\0' ? ": " : "";
}

void
log_echo_audit(void)
{
	log_state.echo_audit = !log_state.journal;
}

/* One write a line, so that lines of two threads never mix. */
static void __attribute__((format(printf, 3, 0)))
print(int priority, const char *level, const char *format, va_list args)
{
	int saved = errno;
	char text[1024];

	vsnprintf(text, sizeof text, format, args);
	if (log_state.journal)
		fprintf(stderr, "<%d>%s%s%s\n", priority, log_state.store,
		    log_state.colon, text);
	else
		fprintf(stderr, "%s: %s%s%s%s\n", log_state.name, log_state.store,
		    log_state.colon, level, text);
	errno = saved;
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(LOG_ERR, "error: ", format, args);
	va_end(args);
}

void
log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(LOG_WARNING, "warning: ", format, args);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(LOG_INFO, "", format, args);
	va_end(args);
}

void
log_debug(const char *format, ...)
{
	va_list args;

	if (!log_state.debug)
		return;
	va_start(args, format);
	print(LOG_DEBUG, "debug: ", format, args);
	va_end(args);
}

void
log_audit(const char *format, ...)
{
	int saved = errno;
	char text
	    [8192]; /* a name of a thousand octets, escaped, and what else there is */
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	syslog(LOG_NOTICE, "%s%s%s", log_state.store, log_state.colon, text);
	errno = saved;
	if (!log_state.echo_audit)
		return;
	va_start(args, format);
	print(LOG_NOTICE, "", format, args);
	va_end(args);
}
