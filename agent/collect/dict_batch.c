/* SPDX-License-Identifier: ISC */
/* Batches of logins between two threads: one fills, one is taken, the others are answered. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/dict_batch.h"

struct dict_batches {
	int answered_fd; /* to the dict server */
	int ready_fd;    /* to the collector */
	pthread_mutex_t lock;
	/* Under the lock: */
	struct dict_batch *filling;
	struct dict_batch *taken; /* by the collector, or NULL */
	TAILQ_HEAD(, dict_batch) answered;
};

static void
signal_fd(int fd)
{
	const uint64_t one = 1;

	/* It can only fail because it is signalled already. */
	if (write(fd, &one, sizeof one) == -1)
		return;
}

static void
clear_fd(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) == -1)
		return;
}

static struct dict_batch *
new_batch(uint64_t number)
{
	struct dict_batch *batch = xcalloc(1, sizeof *batch);

	batch->number = number;
	return batch;
}

void
dict_batch_free(struct dict_batch *batch)
{
	if (batch == NULL)
		return;
	for (size_t i = 0; i < batch->count; i++)
		free(batch->keys[i]);
	free(batch->keys);
	free(batch->logins);
	free(batch);
}

struct dict_batches *
dict_batches_new(void)
{
	struct dict_batches *batches = xcalloc(1, sizeof *batches);

	pthread_mutex_init(&batches->lock, NULL);
	TAILQ_INIT(&batches->answered);
	batches->filling = new_batch(1);
	batches->answered_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	batches->ready_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return batches;
}

void
dict_batches_free(struct dict_batches *batches)
{
	struct dict_batch *batch;

	while ((batch = dict_batches_answered(batches)) != NULL)
		dict_batch_free(batch);
	dict_batch_free(batches->filling);
	dict_batch_free(batches->taken);
	close(batches->answered_fd);
	close(batches->ready_fd);
	pthread_mutex_destroy(&batches->lock);
	free(batches);
}

int
dict_batches_answered_fd(const struct dict_batches *batches)
{
	return batches->answered_fd;
}

void
dict_batches_wake(struct dict_batches *batches)
{
	signal_fd(batches->answered_fd);
}

struct dict_batch *
dict_batches_lock(struct dict_batches *batches)
{
	pthread_mutex_lock(&batches->lock);
	return batches->filling;
}

void
dict_batches_unlock(struct dict_batches *batches)
{
	pthread_mutex_unlock(&batches->lock);
}

void
dict_batch_add(struct dict_batch *batch, const struct session *login, char *key)
{
	batch->logins = xgrow(batch->logins, &batch->login_capacity, batch->count + 1,
	    sizeof *batch->logins);
	batch->keys = xgrow(
	    batch->keys, &batch->key_capacity, batch->count + 1, sizeof *batch->keys);
	batch->logins[batch->count] = *login;
	batch->keys[batch->count++] = key;
}

void
dict_batches_tell(struct dict_batches *batches)
{
	struct dict_batch *batch = dict_batches_lock(batches);
	bool tells = batch->count > 0 && !batch->told;

	batch->told |= tells;
	dict_batches_unlock(batches);
	if (tells)
		signal_fd(batches->ready_fd);
}

struct dict_batch *
dict_batches_answered(struct dict_batches *batches)
{
	struct dict_batch *batch;

	clear_fd(batches->answered_fd);
	dict_batches_lock(batches);
	batch = TAILQ_FIRST(&batches->answered);
	if (batch != NULL)
		TAILQ_REMOVE(&batches->answered, batch, next);
	dict_batches_unlock(batches);
	return batch;
}

bool
dict_batches_idle(struct dict_batches *batches, uint64_t *number)
{
	const struct dict_batch *batch = dict_batches_lock(batches);
	bool idle = batch->count == 0 && batches->taken == NULL &&
	    TAILQ_EMPTY(&batches->answered);

	*number = batch->number;
	dict_batches_unlock(batches);
	return idle;
}

int
dict_batches_ready_fd(const struct dict_batches *batches)
{
	return batches->ready_fd;
}

const struct session *
dict_batches_take(struct dict_batches *batches, size_t *count)
{
	const struct session *logins = NULL;
	struct dict_batch *batch;

	clear_fd(batches->ready_fd);
	batch = dict_batches_lock(batches);
	if (batch->count > 0 && batches->taken == NULL) {
		batches->taken = batch;
		batches->filling = new_batch(batch->number + 1);
		logins = batch->logins;
		*count = batch->count;
	}
	dict_batches_unlock(batches);
	return logins;
}

void
dict_batches_answer(struct dict_batches *batches, bool failed)
{
	dict_batches_lock(batches);
	batches->taken->failed = failed;
	TAILQ_INSERT_TAIL(&batches->answered, batches->taken, next);
	batches->taken = NULL;
	dict_batches_unlock(batches);
	signal_fd(batches->answered_fd);
}
