/* SPDX-License-Identifier: ISC */
/* Memory that is given back all at once. */
#ifndef IMSC_ARENA_H
#define IMSC_ARENA_H

#include <stddef.h>

#include "agent/text.h"

struct arena;

struct arena *arena_new(void);
/* Frees the arena and everything taken from it. ARENA may be NULL. */
void arena_free(struct arena *arena);

/* Zeroed and aligned for any type; lives as long as the arena. */
void *arena_take(struct arena *arena, size_t size);
/* A copy of TEXT in the arena, with a NUL behind it. */
struct text arena_text(struct arena *arena, struct text text);

#endif
