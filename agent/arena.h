/* SPDX-License-Identifier: ISC */
/* Texts that are given back all at once. */
#ifndef IMSC_ARENA_H
#define IMSC_ARENA_H

#include <stddef.h>

#include "agent/text.h"

struct arena;

struct arena *arena_new(void);
/* Frees the arena and all texts in it. ARENA may be NULL. */
void arena_free(struct arena *arena);

/* A copy of TEXT that lives as long as the arena, with a NUL behind it. */
struct text arena_text(struct arena *arena, struct text text);

#endif
