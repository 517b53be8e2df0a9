/* SPDX-License-Identifier: ISC */
/* Texts that are given back all at once: a list of blocks. */
#include "config.h"

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
	char data[];
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

static char *
take(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

	if (block == NULL || size > block->size - block->used) {
		block = xcalloc(1, sizeof *block + room);
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	block->used += size;
	return block->data + block->used - size;
}

struct text
arena_text(struct arena *arena, struct text text)
{
	char *copy;

	if (text.length == 0)
		return (struct text){ "", 0 };
	copy = take(arena, text.length + 1);
	memcpy(copy, text.data, text.length);
	return (struct text){ copy, text.length };
}
