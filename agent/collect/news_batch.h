/* SPDX-License-Identifier: ISC */
/*
 * Batches of news on their way from a feed's thread to the collector's and back. One fills while
 * the one before becomes durable: the slower the disk, the larger the commits.
 */
#ifndef IMSC_NEWS_BATCH_H
#define IMSC_NEWS_BATCH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "agent/collect/news.h"

/* News that become durable together. */
struct news_batch {
	TAILQ_ENTRY(news_batch) next;
	uint64_t number; /* rising */
	bool told;       /* the collector knows that there is something in it */
	bool failed;     /* nothing of it is durable */
	struct news *all;
	size_t count;
	size_t capacity;
};

struct news_queue;

struct news_queue *news_queue_new(void);
void news_queue_free(struct news_queue *queue);

/* The feed's side. */

/* Readable when the collector answered, or by news_queue_wake(). */
int news_queue_answered_fd(const struct news_queue *queue);
/* May be called from anywhere. */
void news_queue_wake(struct news_queue *queue);
/* Lends the batch that fills until news_queue_unlock(), which must follow soon. */
struct news_batch *news_queue_lock(struct news_queue *queue);
void news_queue_unlock(struct news_queue *queue);
/* Appends to a batch that is lent; the octets become its own. */
void news_batch_add(struct news_batch *batch, const struct news *news);
/* As above, with a copy of the session's texts in place of the octets. */
void news_batch_add_copy(struct news_batch *batch, const struct news *news);
/* Takes the oldest out of a batch that has more than MAX. Returns how many. */
size_t news_batch_trim(struct news_batch *batch, size_t max);
/* Tells the collector if there is something to take. */
void news_queue_tell(struct news_queue *queue);
/* The next batch that was answered, the caller's to free; NULL if there is none. */
struct news_batch *news_queue_answered(struct news_queue *queue);
void news_batch_free(struct news_batch *batch);
/* Puts an answered batch back, before all that came since; frees it. */
void news_queue_put_back(struct news_queue *queue, struct news_batch *batch);
/* Whether nothing is on its way; then the NUMBER of the batch that fills. */
bool news_queue_idle(struct news_queue *queue, uint64_t *number);

/* The collector's side: see struct backend_feed. */
int news_queue_ready_fd(const struct news_queue *queue);
const struct news *news_queue_take(struct news_queue *queue, size_t *count);
void news_queue_answer(struct news_queue *queue, bool failed);

#endif
