/* SPDX-License-Identifier: ISC */
/*
 * Batches of logins on their way from the dict server's thread to the collector's and back.
 * One fills while the one before becomes durable: the slower the disk, the larger the
 * commits.
 */
#ifndef IMSC_DICT_BATCH_H
#define IMSC_DICT_BATCH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "agent/model.h"

/* Logins that become durable together. */
struct dict_batch {
	TAILQ_ENTRY(dict_batch) next;
	uint64_t number; /* rising */
	bool told;       /* the collector knows that there is something in it */
	bool failed;     /* nothing of it is durable */
	struct session *logins;
	char **keys; /* what their texts point into; owned */
	size_t count;
	size_t login_capacity;
	size_t key_capacity;
};

struct dict_batches;

struct dict_batches *dict_batches_new(void);
void dict_batches_free(struct dict_batches *batches);

/* The dict server's side. */

/* Readable when the collector answered, or by dict_batches_wake(). */
int dict_batches_answered_fd(const struct dict_batches *batches);
/* May be called from anywhere. */
void dict_batches_wake(struct dict_batches *batches);
/* Lends the batch that fills until dict_batches_unlock(), which must follow soon. */
struct dict_batch *dict_batches_lock(struct dict_batches *batches);
void dict_batches_unlock(struct dict_batches *batches);
/* Appends a login, with the octets its texts point into, to a batch that is lent. */
void dict_batch_add(struct dict_batch *batch, const struct session *login, char *key);
/* Tells the collector if there is something to take. */
void dict_batches_tell(struct dict_batches *batches);
/* The next batch that was answered, the caller's to free; NULL if there is none. */
struct dict_batch *dict_batches_answered(struct dict_batches *batches);
void dict_batch_free(struct dict_batch *batch);
/* Whether no login is on its way; then the NUMBER of the batch that fills. */
bool dict_batches_idle(struct dict_batches *batches, uint64_t *number);

/* The collector's side: see dict_server.h. */
int dict_batches_ready_fd(const struct dict_batches *batches);
const struct session *dict_batches_take(struct dict_batches *batches, size_t *count);
void dict_batches_answer(struct dict_batches *batches, bool failed);

#endif
