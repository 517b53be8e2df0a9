/* SPDX-License-Identifier: ISC */
/* One-line errors. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/error.h"

int
error_set(struct error *err, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	err->kind = ERROR_OTHER;
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	return -1;
}

int
error_set_kind(struct error *err, enum error_kind kind, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	err->kind = kind;
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	return -1;
}

int
error_prefix(struct error *err, const char *format, ...)
{
	struct error inner;
	va_list args;
	size_t length;

	if (err == NULL)
		return -1;
	inner = *err;
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	length = strlen(err->text);
	snprintf(err->text + length, sizeof err->text - length, ": %s", inner.text);
	return -1;
}
