/* SPDX-License-Identifier: ISC */
/* Allocation that cannot fail: running out of memory ends the process here. */
#ifndef IMSC_ALLOC_H
#define IMSC_ALLOC_H

#include <stddef.h>

/* All return zeroed memory that the caller owns and gives back with free(). */
void *xcalloc(size_t count, size_t size);
char *xstrdup(const char *s);
/* A NUL-terminated copy of LENGTH bytes. */
char *xmemdup0(const void *data, size_t length);

/*
 * Makes room for at least NEEDED elements of SIZE bytes in ARRAY, which holds *CAPACITY
 * of them now, by doubling. Returns the array, perhaps moved; new memory is not zeroed.
 */
void *xgrow(void *array, size_t *capacity, size_t needed, size_t size);

/* MEMORY, from a library's function that returns NULL only when there is none. */
void *xchecked(void *memory);

#endif
