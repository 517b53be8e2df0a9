/* SPDX-License-Identifier: ISC */
/* Notices behind a lock. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/board.h"

struct notice_queue {
	int fd;
	size_t limit;
	struct board *told;
	pthread_mutex_t lock;
	/* Under the lock: */
	struct notice_list list;
	size_t count;
	struct notice_counts counts;
};

struct notice_queue *
notice_queue_new(size_t limit)
{
	struct notice_queue *queue = xcalloc(1, sizeof *queue);

	pthread_mutex_init(&queue->lock, NULL);
	TAILQ_INIT(&queue->list);
	queue->limit = limit;
	queue->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return queue;
}

void
notice_queue_free(struct notice_queue *queue)
{
	struct notice *notice;

	if (queue == NULL)
		return;
	while ((notice = notice_queue_take(queue)) != NULL)
		notice_free(notice);
	close(queue->fd);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

/* Under the lock, after the counters have changed. */
static void
tell(struct notice_queue *queue)
{
	if (queue->told == NULL)
		return;
	board_change(queue->told)->notices = queue->counts;
	board_tell(queue->told);
}

void
notice_queue_tell(struct notice_queue *queue, struct board *told)
{
	pthread_mutex_lock(&queue->lock);
	queue->told = told;
	tell(queue);
	pthread_mutex_unlock(&queue->lock);
}

int
notice_queue_fd(const struct notice_queue *queue)
{
	return queue->fd;
}

enum {
	TEXTS_MAX = 4 /* of one notice */
};

/* The texts of a notice; returns how many. */
static size_t
list_texts(struct notice *notice, struct text *texts[TEXTS_MAX])
{
	switch (notice->kind) {
	case NOTICE_ALARM_RAISED:
	case NOTICE_ALARM_CLEARED:
		texts[0] = &notice->alarm.rule.name;
		return 1;
	case NOTICE_USER_DISCONNECTED:
	case NOTICE_USER_RETURNED:
	case NOTICE_USER_SESSIONS_HIGH:
		texts[0] = &notice->audit.user;
		texts[1] = &notice->audit.requester;
		texts[2] = &notice->audit.reason;
		texts[3] = &notice->user.name;
		return TEXTS_MAX;
	default:
		return 0;
	}
}

static struct notice *
copy_notice(const struct notice *notice)
{
	struct notice *copy = xcalloc(1, sizeof *copy);
	struct text *texts[TEXTS_MAX];
	size_t length = 1;
	size_t count;
	char *at;

	*copy = *notice;
	count = list_texts(copy, texts);
	for (size_t i = 0; i < count; i++)
		length += texts[i]->length;
	copy->texts = at = xcalloc(1, length);
	for (size_t i = 0; i < count; i++) {
		if (texts[i]->length > 0)
			memcpy(at, texts[i]->data, texts[i]->length);
		texts[i]->data = at;
		at += texts[i]->length;
	}
	return copy;
}

void
notice_free(struct notice *notice)
{
	if (notice == NULL)
		return;
	free(notice->texts);
	free(notice);
}

static struct notice *
take_first(struct notice_queue *queue)
{
	struct notice *notice = TAILQ_FIRST(&queue->list);

	if (notice == NULL)
		return NULL;
	TAILQ_REMOVE(&queue->list, notice, next);
	queue->count--;
	return notice;
}

void
notice_queue_push(struct notice_queue *queue, const struct notice *notice)
{
	struct notice *dropped = NULL;
	struct notice *copy;
	const uint64_t one = 1;

	if (queue->limit == 0)
		return;
	copy = copy_notice(notice);
	pthread_mutex_lock(&queue->lock);
	if (queue->count == queue->limit) {
		dropped = take_first(queue);
		queue->counts.dropped++;
		tell(queue);
	}
	TAILQ_INSERT_TAIL(&queue->list, copy, next);
	queue->count++;
	pthread_mutex_unlock(&queue->lock);
	notice_free(dropped);
	/* It can only fail because it is readable already. */
	if (write(queue->fd, &one, sizeof one) == -1)
		return;
}

struct notice *
notice_queue_take(struct notice_queue *queue)
{
	struct notice *notice;
	uint64_t count;

	pthread_mutex_lock(&queue->lock);
	notice = take_first(queue);
	/* Nothing left to take: no longer readable. */
	if (queue->count == 0 && read(queue->fd, &count, sizeof count) == -1)
		count = 0;
	pthread_mutex_unlock(&queue->lock);
	return notice;
}

void
notice_queue_suppress(struct notice_queue *queue, uint32_t count)
{
	pthread_mutex_lock(&queue->lock);
	queue->counts.suppressed += count;
	tell(queue);
	pthread_mutex_unlock(&queue->lock);
}

struct notice_counts
notice_queue_counts(struct notice_queue *queue)
{
	struct notice_counts counts;

	pthread_mutex_lock(&queue->lock);
	counts = queue->counts;
	pthread_mutex_unlock(&queue->lock);
	return counts;
}

void
notice_queue_set_counts(struct notice_queue *queue, struct notice_counts counts)
{
	pthread_mutex_lock(&queue->lock);
	queue->counts = counts;
	tell(queue);
	pthread_mutex_unlock(&queue->lock);
}
