/* SPDX-License-Identifier: ISC */
/* Batches of rows, read while nobody waits. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "cli/user_batch.h"

enum {
	HASH_LENGTH = 17, /* what a cut name's key has at its end */
	CUT_MIN = 76 + HASH_LENGTH
};

/* Adds the user, if there is something to be shown. */
static void
add_row(struct user_batch *batch, const struct user *user)
{
	struct access_row *row;
	struct text name = user->name;
	size_t end = batch->names_length + name.length;

	batch->rows = xgrow(
	    batch->rows, &batch->rows_capacity, batch->count + 1, sizeof *batch->rows);
	row = &batch->rows[batch->count];
	if (!access_row_make(row, user))
		return;
	batch->names = xgrow(batch->names, &batch->names_capacity, end, 1);
	memcpy(batch->names + batch->names_length, name.data, name.length);
	batch->names_length = end;
	batch->count++;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct access_row *x = a;
	const struct access_row *y = b;

	return text_compare(x->uid, y->uid);
}

/*
 * Cut names stand by their hashes, not by their names; but all that begin alike stand
 * together. So a batch must not end among these, and is sorted once it is read.
 */
static bool
may_end_between(struct text last, struct text key)
{
	return key.length < CUT_MIN ||
	    memcmp(key.data, last.data, key.length - HASH_LENGTH) != 0;
}

/* The names stay where they are now; the keys had LENGTH. */
static void
finish(struct user_batch *batch, size_t length)
{
	const char *name = batch->names;

	for (size_t i = 0; i < batch->count; i++) {
		batch->rows[i].uid.data = name;
		name += batch->rows[i].uid.length;
	}
	if (length >= CUT_MIN)
		qsort(batch->rows, batch->count, sizeof *batch->rows, compare_rows);
}

int
user_batch_read(struct user_batch *batch, size_t limit, struct view *view,
    struct user_key *begin, struct error *err)
{
	struct text last = { 0 };
	struct user_key first;
	struct user user;
	struct text key;
	int more;

	batch->count = batch->names_length = 0;
	batch->last = true;
	if (view_renew(view, err) == -1)
		return -1;
	more = user_seek(view, SERVICE_NONE, begin, false, &first, &user);
	key = (struct text){ first.name, first.length };
	while (more && key.length == begin->length) {
		if (batch->count >= limit && may_end_between(last, key)) {
			memcpy(begin->name, key.data, key.length);
			batch->last = false;
			break;
		}
		add_row(batch, &user);
		last = key;
		more = user_next(view, &key, &user);
	}
	view_release(view);
	finish(batch, begin->length);
	return 0;
}

void
user_batch_fini(struct user_batch *batch)
{
	free(batch->rows);
	free(batch->names);
}

bool
access_row_make(struct access_row *row, const struct user *user)
{
	static const enum service services[ACCESS_COLUMNS] = {
		[ACCESS_IMAP] = SERVICE_IMAP,
		[ACCESS_HTTP] = SERVICE_HTTP,
		[ACCESS_POP3] = SERVICE_POP3,
		[ACCESS_PROXY] = SERVICE_PROXY,
	};
	bool recorded = false;

	*row = (struct access_row){ .uid = user->name };
	for (size_t i = 0; i < user->naccess; i++) {
		int64_t last_us = access_last_us(&user->access[i]);

		if (last_us <= 0)
			continue;
		recorded = true;
		for (size_t c = 0; c < ACCESS_COLUMNS; c++)
			if (user->access[i].service == services[c])
				row->last_us[c] = last_us;
	}
	return recorded;
}
