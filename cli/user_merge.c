/* SPDX-License-Identifier: ISC */
/*
 * One run a key length. A run reads its rows in batches, each in a view of its own; a heap
 * has the run with the least name on top.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/store/user.h"
#include "cli/user_merge.h"

enum {
	BATCH = 512,
	HASH_LENGTH = 17, /* what a cut name's key has at its end */
	CUT_MIN = 76 + HASH_LENGTH
};

/* A name is at an offset until the batch is read: the names may still move. */
struct entry {
	struct access_row row;
	size_t offset;
};

/* The users whose keys have the same length. */
struct run {
	struct user_key last; /* where the batch ends */
	bool begun;
	bool finished; /* there is nothing after this batch */
	struct entry *entries;
	size_t entries_capacity;
	size_t count;
	size_t next;
	char *names;
	size_t names_capacity;
	size_t names_length;
};

struct user_merge {
	struct view *view; /* released but while a batch is read */
	size_t longest;
	struct run runs[USER_KEY_MAX];
	size_t nruns;
	struct run *heap[USER_KEY_MAX];
	size_t size;
	bool started;
};

bool
access_row_make(struct access_row *row, const struct user *user)
{
	row->uid = user->name;
	row->last_us[ACCESS_IMAP] = user_last_us(user, SERVICE_IMAP);
	row->last_us[ACCESS_HTTP] = user_last_us(user, SERVICE_HTTP);
	row->last_us[ACCESS_POP3] = user_last_us(user, SERVICE_POP3);
	return user_last_us(user, SERVICE_ALL) != 0;
}

static void
add_entry(struct run *run, const struct access_row *row)
{
	struct entry *entry;

	run->entries = xgrow(
	    run->entries, &run->entries_capacity, run->count + 1, sizeof *run->entries);
	run->names = xgrow(
	    run->names, &run->names_capacity, run->names_length + row->uid.length, 1);
	entry = &run->entries[run->count++];
	entry->row = *row;
	entry->offset = run->names_length;
	memcpy(run->names + run->names_length, row->uid.data, row->uid.length);
	run->names_length += row->uid.length;
}

static int
compare_entries(const void *a, const void *b)
{
	return text_compare(
	    ((const struct entry *)a)->row.uid, ((const struct entry *)b)->row.uid);
}

/*
 * Cut names stand by their hashes, not by their names; but all that begin alike stand
 * together. So a batch must not end among these, and is sorted once it is read.
 */
static bool
may_end_before(const struct run *run, const struct user_key *key)
{
	return key->length < CUT_MIN ||
	    memcmp(key->name, run->last.name, key->length - HASH_LENGTH) != 0;
}

static void
finish_batch(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		run->entries[i].row.uid.data = run->names + run->entries[i].offset;
	if (run->last.length >= CUT_MIN)
		qsort(run->entries, run->count, sizeof *run->entries, compare_entries);
}

/* Reads the next rows of a run; none if it is at its end. */
static int
read_batch(struct user_merge *merge, struct run *run, struct error *err)
{
	struct access_row row;
	struct user_key found;
	struct user user;

	run->count = run->next = run->names_length = 0;
	if (run->finished)
		return 0;
	if (view_renew(merge->view, err) == -1)
		return -1;
	run->finished = true;
	while (user_seek(
		   merge->view, SERVICE_NONE, &run->last, run->begun, &found, &user) &&
	    found.length == run->last.length) {
		if (run->count >= BATCH && may_end_before(run, &found)) {
			run->finished = false;
			break;
		}
		run->begun = true;
		run->last = found;
		if (access_row_make(&row, &user))
			add_entry(run, &row);
	}
	view_release(merge->view);
	finish_batch(run);
	return 0;
}

static const struct access_row *
head(const struct run *run)
{
	return &run->entries[run->next].row;
}

static bool
comes_before(const struct run *a, const struct run *b)
{
	return text_compare(head(a)->uid, head(b)->uid) < 0;
}

/* Moves the run at AT down to where it belongs. */
static void
sink(struct user_merge *merge, size_t at)
{
	struct run **heap = merge->heap;

	for (;;) {
		size_t least = at;
		struct run *run = heap[at];

		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
			if (child < merge->size &&
			    comes_before(heap[child], heap[least]))
				least = child;
		if (least == at)
			return;
		heap[at] = heap[least];
		heap[least] = run;
		at = least;
	}
}

/* Finds which lengths there are. */
static void
find_runs(struct user_merge *merge)
{
	struct user_key key = { .length = 0 };
	struct user_key found;
	struct user user;

	while (user_seek(merge->view, SERVICE_NONE, &key, false, &found, &user)) {
		merge->longest = found.length;
		merge->runs[merge->nruns++].last.length = found.length;
		if (found.length >= USER_KEY_MAX)
			break;
		key.length = (uint8_t)(found.length + 1);
	}
}

struct user_merge *
user_merge_new(struct store *store, struct error *err)
{
	struct user_merge *merge = xcalloc(1, sizeof *merge);

	if (view_open(&merge->view, store, err) == -1) {
		free(merge);
		return NULL;
	}
	find_runs(merge);
	view_release(merge->view);
	return merge;
}

void
user_merge_free(struct user_merge *merge)
{
	if (merge == NULL)
		return;
	for (size_t i = 0; i < merge->nruns; i++) {
		free(merge->runs[i].entries);
		free(merge->runs[i].names);
	}
	view_close(merge->view);
	free(merge);
}

size_t
user_merge_longest(const struct user_merge *merge)
{
	return merge->longest;
}

static int
build_heap(struct user_merge *merge, struct error *err)
{
	for (size_t i = 0; i < merge->nruns; i++) {
		if (read_batch(merge, &merge->runs[i], err) == -1)
			return -1;
		if (merge->runs[i].count > 0)
			merge->heap[merge->size++] = &merge->runs[i];
	}
	for (size_t i = merge->size; i > 0; i--)
		sink(merge, i - 1);
	return 0;
}

/* Leaves the row that was taken last. */
static int
advance(struct user_merge *merge, struct error *err)
{
	struct run *run = merge->heap[0];

	if (++run->next == run->count && read_batch(merge, run, err) == -1)
		return -1;
	if (run->count == 0)
		merge->heap[0] = merge->heap[--merge->size];
	sink(merge, 0);
	return 0;
}

int
user_merge_next(struct user_merge *merge, struct access_row *row, struct error *err)
{
	int rc = 0;

	if (!merge->started)
		rc = build_heap(merge, err);
	else if (merge->size > 0)
		rc = advance(merge, err);
	merge->started = true;
	if (rc == -1)
		return -1;
	if (merge->size == 0)
		return 0;
	*row = *head(merge->heap[0]);
	return 1;
}
