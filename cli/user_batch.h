/* SPDX-License-Identifier: ISC */
/* Users who stand together in the store, as rows that outlive the view they were read in. */
#ifndef IMSC_USER_BATCH_H
#define IMSC_USER_BATCH_H

#include "agent/store/user.h"
#include "cli/report.h"

/* All zero at first. */
struct user_batch {
	struct access_row *rows; /* sorted */
	size_t count;
	bool last; /* no user of this key length comes after them */
	size_t rows_capacity;
	char *names;
	size_t names_length;
	size_t names_capacity;
};

/*
 * Reads users whose keys have BEGIN's length, from BEGIN on, those without a recorded
 * access left out; and leaves in BEGIN where to go on. So many as LIMIT, or a few more where
 * their order asks for it. VIEW is released before and after.
 */
int user_batch_read(struct user_batch *batch, size_t limit, struct view *view,
    struct user_key *begin, struct error *err);
void user_batch_fini(struct user_batch *batch);

/* What -a shows of a user; false if it is nothing. */
bool access_row_make(struct access_row *row, const struct user *user);

#endif
