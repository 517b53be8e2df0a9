/* SPDX-License-Identifier: ISC */
/* Allocation that cannot fail: running out of memory ends the process here. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/log.h"

void *
xchecked(void *memory)
{
	if (memory == NULL) {
		log_error("out of memory");
		abort();
	}
	return memory;
}

void *
xcalloc(size_t count, size_t size)
{
	return xchecked(calloc(count ? count : 1, size ? size : 1));
}

char *
xstrdup(const char *s)
{
	return xchecked(strdup(s));
}

char *
xmemdup0(const void *data, size_t length)
{
	char *copy = xcalloc(length + 1, 1);

	if (length > 0)
		memcpy(copy, data, length);
	return copy;
}

void *
xgrow(void *array, size_t *capacity, size_t needed, size_t size)
{
	size_t wanted = *capacity ? *capacity : 16;

	if (needed <= *capacity && array != NULL)
		return array;
	while (wanted < needed)
		wanted = wanted <= SIZE_MAX / 2 ? wanted * 2 : needed;
	*capacity = wanted;
	return xchecked(reallocarray(array, wanted, size));
}
