/* SPDX-License-Identifier: ISC */
/* Batches of news between two threads: one fills, one is taken, the others are answered. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/news_batch.h"

struct news_queue {
	int answered_fd; /* to the feed */
	int ready_fd;    /* to the collector */
	pthread_mutex_t lock;
	/* Under the lock: */
	struct news_batch *filling;
	struct news_batch *taken; /* by the collector, or NULL */
	TAILQ_HEAD(, news_batch) answered;
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

static struct news_batch *
new_batch(uint64_t number)
{
	struct news_batch *batch = xcalloc(1, sizeof *batch);

	batch->number = number;
	return batch;
}

void
news_batch_free(struct news_batch *batch)
{
	if (batch == NULL)
		return;
	for (size_t i = 0; i < batch->count; i++)
		free(batch->all[i].octets);
	free(batch->all);
	free(batch);
}

struct news_queue *
news_queue_new(void)
{
	struct news_queue *queue = xcalloc(1, sizeof *queue);

	pthread_mutex_init(&queue->lock, NULL);
	TAILQ_INIT(&queue->answered);
	queue->filling = new_batch(1);
	queue->answered_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	queue->ready_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return queue;
}

void
news_queue_free(struct news_queue *queue)
{
	struct news_batch *batch;

	while ((batch = news_queue_answered(queue)) != NULL)
		news_batch_free(batch);
	news_batch_free(queue->filling);
	news_batch_free(queue->taken);
	close(queue->answered_fd);
	close(queue->ready_fd);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

int
news_queue_answered_fd(const struct news_queue *queue)
{
	return queue->answered_fd;
}

void
news_queue_wake(struct news_queue *queue)
{
	signal_fd(queue->answered_fd);
}

struct news_batch *
news_queue_lock(struct news_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	return queue->filling;
}

void
news_queue_unlock(struct news_queue *queue)
{
	pthread_mutex_unlock(&queue->lock);
}

void
news_batch_add(struct news_batch *batch, const struct news *news)
{
	batch->all =
	    xgrow(batch->all, &batch->capacity, batch->count + 1, sizeof *batch->all);
	batch->all[batch->count++] = *news;
}

static struct text
append(char **end, struct text text)
{
	struct text copy = { *end, text.length };

	if (text.length > 0)
		memcpy(*end, text.data, text.length);
	*end += text.length;
	return copy;
}

void
news_batch_add_copy(struct news_batch *batch, const struct news *news)
{
	struct news copy = *news;
	struct session *session = &copy.session;
	char *end;

	copy.octets = xcalloc(1,
	    session->user.length + session->mechanism.length +
		session->store_id.length + session->auth_user.length + 1);
	end = copy.octets;
	session->user = append(&end, session->user);
	session->mechanism = append(&end, session->mechanism);
	session->store_id = append(&end, session->store_id);
	session->auth_user = append(&end, session->auth_user);
	news_batch_add(batch, &copy);
}

/* Some more than too many, so that the next ones cost nothing. */
size_t
news_batch_trim(struct news_batch *batch, size_t max)
{
	size_t dropped = batch->count - max + max / 8;

	if (batch->count <= max)
		return 0;
	for (size_t i = 0; i < dropped; i++)
		free(batch->all[i].octets);
	batch->count -= dropped;
	memmove(batch->all, batch->all + dropped, batch->count * sizeof *batch->all);
	return dropped;
}

void
news_queue_tell(struct news_queue *queue)
{
	struct news_batch *batch = news_queue_lock(queue);
	bool tells = batch->count > 0 && !batch->told;

	batch->told |= tells;
	news_queue_unlock(queue);
	if (tells)
		signal_fd(queue->ready_fd);
}

struct news_batch *
news_queue_answered(struct news_queue *queue)
{
	struct news_batch *batch;

	clear_fd(queue->answered_fd);
	news_queue_lock(queue);
	batch = TAILQ_FIRST(&queue->answered);
	if (batch != NULL)
		TAILQ_REMOVE(&queue->answered, batch, next);
	news_queue_unlock(queue);
	return batch;
}

void
news_queue_put_back(struct news_queue *queue, struct news_batch *batch)
{
	struct news_batch *filling = news_queue_lock(queue);
	struct news_batch since = *filling;

	filling->all = batch->all;
	filling->count = batch->count;
	filling->capacity = batch->capacity;
	filling->told = false;
	for (size_t i = 0; i < since.count; i++)
		news_batch_add(filling, &since.all[i]);
	news_queue_unlock(queue);
	free(since.all);
	free(batch);
}

bool
news_queue_idle(struct news_queue *queue, uint64_t *number)
{
	const struct news_batch *batch = news_queue_lock(queue);
	bool idle =
	    batch->count == 0 && queue->taken == NULL && TAILQ_EMPTY(&queue->answered);

	*number = batch->number;
	news_queue_unlock(queue);
	return idle;
}

int
news_queue_ready_fd(const struct news_queue *queue)
{
	return queue->ready_fd;
}

const struct news *
news_queue_take(struct news_queue *queue, size_t *count)
{
	const struct news *all = NULL;
	struct news_batch *batch;

	clear_fd(queue->ready_fd);
	batch = news_queue_lock(queue);
	if (batch->count > 0 && queue->taken == NULL) {
		queue->taken = batch;
		queue->filling = new_batch(batch->number + 1);
		all = batch->all;
		*count = batch->count;
	}
	news_queue_unlock(queue);
	return all;
}

void
news_queue_answer(struct news_queue *queue, bool failed)
{
	news_queue_lock(queue);
	queue->taken->failed = failed;
	TAILQ_INSERT_TAIL(&queue->answered, queue->taken, next);
	queue->taken = NULL;
	news_queue_unlock(queue);
	signal_fd(queue->answered_fd);
}
