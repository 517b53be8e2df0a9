/* SPDX-License-Identifier: ISC */
/*
 * All users whose last access is recorded, by their names. The store has them by the length
 * of their keys first: so many sorted runs are merged, and a little of each is in memory.
 */
#ifndef IMSC_USER_MERGE_H
#define IMSC_USER_MERGE_H

#include "agent/store/store.h"
#include "cli/report.h"

struct user_merge;

/* Begins; STORE must live as long. NULL if the store cannot be read. */
struct user_merge *user_merge_new(struct store *store, struct error *err);
void user_merge_free(struct user_merge *merge);

/* The length of the longest key there is: no name that is not cut is longer. */
size_t user_merge_longest(const struct user_merge *merge);

/*
 * The next row, borrowed until the next call. 1 or, at the end, 0; -1 if the store cannot
 * be read. A thread of its own reads the store ahead, so the caller may take his time.
 */
int user_merge_next(
    struct user_merge *merge, struct access_row *row, struct error *err);

#endif
