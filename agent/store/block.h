/* SPDX-License-Identifier: ISC */
/* The users who were blocked on request, until they are unblocked. */
#ifndef IMSC_STORE_BLOCK_H
#define IMSC_STORE_BLOCK_H

#include "agent/store/store.h"
#include "agent/user_key.h"

/* Writes the row of the block's user, who has at most one; takes that of USER away. */
int block_put(struct view *view, const struct block *block, struct error *err);
int block_delete(struct view *view, struct text user, struct error *err);

/* Whether USER is blocked, and how. */
int block_find(struct view *view, struct text user, struct block *block);
/* The first block in the keys' order, or the first after AFTER if that has a length. 1 or 0. */
int block_seek(struct view *view, const struct user_key *after, struct block *block);

#endif
