/* SPDX-License-Identifier: ISC */
/* Memory that is given back all at once: a list of blocks. */
#include "config.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/arena.h"

enum {
	BLOCK_SIZE = 64 * 1024
};

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks; /* the newest first */
};

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
	struct block *next;

	if (arena == NULL)
		return;
	for (struct block *block = arena->blocks; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

static void *
take(struct arena *arena, size_t size, size_t align)
{
	struct block *block = arena->blocks;
	size_t start = block ? (block->used + align - 1) & ~(align - 1) : 0;

	if (block == NULL || size > block->size || start > block->size - size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = xcalloc(1, sizeof *block + room);
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
		start = 0;
	}
	block->used = start + size;
	return block->data + start;
}

void *
arena_take(struct arena *arena, size_t size)
{
	return take(arena, size, alignof(max_align_t));
}

struct text
arena_text(struct arena *arena, struct text text)
{
	char *copy;

	if (text.length == 0)
		return (struct text){ "", 0 };
	copy = take(arena, text.length + 1, 1);
	memcpy(copy, text.data, text.length);
	return (struct text){ copy, text.length };
}
