/* SPDX-License-Identifier: ISC */
/*
 * One run a key length. A heap has the run with the least name on top. While a batch of a
 * run is merged and printed, the reader, a thread, reads the run's next one.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "cli/user_batch.h"
#include "cli/user_merge.h"

enum {
	ROWS_AHEAD = 16 * 1024 /* of all runs */
};

/* The users whose keys have the same length. */
struct run {
	struct user_batch merged;
	size_t next; /* row of it */
	/* The reader's, from want_batch() until READ is posted: */
	struct user_batch ahead;
	struct user_key begin; /* of what is read next */
	int rc;
	struct error err;
	sem_t read;
};

struct user_merge {
	size_t longest;
	struct run runs[USER_KEY_MAX];
	size_t nruns;
	struct run *heap[USER_KEY_MAX];
	size_t size;
	bool started;
	/* To the reader: */
	pthread_t reader;
	struct run *wanted[USER_KEY_MAX]; /* a ring: each run is in it once at most */
	size_t asked;                     /* how many ever */
	sem_t wants;                      /* how many now */
	atomic_bool stopped;
	struct view *view; /* released but while a batch is read */
};

static void
wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) == -1 && errno == EINTR)
		;
}

/* On the reader's stack: what it writes with each row must not be beside the merge's. */
static void
read_batch(struct user_merge *merge, struct run *run)
{
	size_t limit = ROWS_AHEAD / merge->nruns;
	struct user_batch batch = run->ahead;

	run->rc = user_batch_read(&batch, limit, merge->view, &run->begin, &run->err);
	run->ahead = batch;
	sem_post(&run->read);
}

static void *
read_batches(void *arg)
{
	struct user_merge *merge = arg;

	for (size_t i = 0;; i++) {
		wait_for(&merge->wants);
		if (merge->stopped)
			return NULL;
		read_batch(merge, merge->wanted[i % USER_KEY_MAX]);
	}
}

/* Has the next batch of a run read. */
static void
want_batch(struct user_merge *merge, struct run *run)
{
	merge->wanted[merge->asked++ % USER_KEY_MAX] = run;
	sem_post(&merge->wants);
}

/* Goes on with the next batch of a run; an empty one if it is at its end. */
static int
take_batch(struct user_merge *merge, struct run *run, struct error *err)
{
	struct user_batch done = run->merged;

	run->next = 0;
	if (done.last) {
		run->merged.count = 0;
		return 0;
	}
	wait_for(&run->read);
	run->merged = run->ahead;
	run->ahead = done;
	if (run->rc == -1)
		*err = run->err;
	else if (!run->merged.last)
		want_batch(merge, run);
	return run->rc;
}

static const struct access_row *
head(const struct run *run)
{
	return &run->merged.rows[run->next];
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

		for (size_t child = 2 * at + 1;
		     child <= 2 * at + 2 && child < merge->size; child++)
			if (comes_before(heap[child], heap[least]))
				least = child;
		if (least == at)
			return;
		heap[at] = heap[least];
		heap[least] = run;
		at = least;
	}
}

static void
add_run(struct user_merge *merge, uint8_t length)
{
	struct run *run = &merge->runs[merge->nruns++];

	run->begin.length = length;
	sem_init(&run->read, 0, 0);
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
		add_run(merge, found.length);
		if (found.length >= USER_KEY_MAX)
			break;
		key.length = (uint8_t)(found.length + 1);
	}
}

static int
start_reader(struct user_merge *merge, struct error *err)
{
	int rc = pthread_create(&merge->reader, NULL, read_batches, merge);

	if (rc != 0)
		return error_set(err, "cannot start a thread: %s", strerror(rc));
	for (size_t i = 0; i < merge->nruns; i++)
		want_batch(merge, &merge->runs[i]);
	return 0;
}

static void
stop_reader(struct user_merge *merge)
{
	merge->stopped = true;
	sem_post(&merge->wants);
	pthread_join(merge->reader, NULL);
}

/* What is left without a reader. */
static void
dispose(struct user_merge *merge)
{
	for (size_t i = 0; i < merge->nruns; i++) {
		user_batch_fini(&merge->runs[i].merged);
		user_batch_fini(&merge->runs[i].ahead);
		sem_destroy(&merge->runs[i].read);
	}
	sem_destroy(&merge->wants);
	view_close(merge->view);
	free(merge);
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
	sem_init(&merge->wants, 0, 0);
	if (start_reader(merge, err) == 0)
		return merge;
	dispose(merge);
	return NULL;
}

void
user_merge_free(struct user_merge *merge)
{
	if (merge == NULL)
		return;
	stop_reader(merge);
	dispose(merge);
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
		if (take_batch(merge, &merge->runs[i], err) == -1)
			return -1;
		if (merge->runs[i].merged.count > 0)
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

	if (++run->next == run->merged.count && take_batch(merge, run, err) == -1)
		return -1;
	if (run->merged.count == 0)
		merge->heap[0] = merge->heap[--merge->size];
	if (merge->size > 1)
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
