/* SPDX-License-Identifier: ISC */
/* Requests to end sessions, from one thread to another. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/board.h"
#include "agent/collect/kick_queue.h"

_Static_assert(
    (int)KICK_QUEUE_MAX <= (int)BOARD_KICKS_MAX, "the board has no room for the queue");

struct entry {
	struct kick_target *target;
	bool taken;
};

struct kick_queue {
	pthread_mutex_t lock;
	int fd;
	struct board *told;
	size_t count;
	struct entry entries[KICK_QUEUE_MAX];         /* the oldest first */
	struct board_kick told_kicks[KICK_QUEUE_MAX]; /* the same ones */
};

struct kick_queue *
kick_queue_new(void)
{
	struct kick_queue *queue = xcalloc(1, sizeof *queue);

	pthread_mutex_init(&queue->lock, NULL);
	queue->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return queue;
}

static void
free_target(struct kick_target *target)
{
	free(target->user);
	free(target);
}

void
kick_queue_free(struct kick_queue *queue)
{
	if (queue == NULL)
		return;
	for (size_t i = 0; i < queue->count; i++)
		free_target(queue->entries[i].target);
	close(queue->fd);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

int
kick_queue_fd(const struct kick_queue *queue)
{
	return queue->fd;
}

/* Under the lock, after the entries have changed. */
static void
tell(struct kick_queue *queue)
{
	if (queue->told != NULL)
		board_tell_kicks(queue->told, queue->told_kicks, queue->count);
}

void
kick_queue_tell(struct kick_queue *queue, struct board *told)
{
	pthread_mutex_lock(&queue->lock);
	queue->told = told;
	tell(queue);
	pthread_mutex_unlock(&queue->lock);
}

/* Whether a target is for this user, and for this session or for all of them. */
static bool
covers(const struct kick_target *target, struct text user, struct session_key session)
{
	struct text name = { target->user, target->user_length };

	return text_equal(name, user) &&
	    (target->session.number == 0 ||
		(target->session.number == session.number &&
		    target->session.service == session.service));
}

static bool
find(const struct kick_queue *queue, struct text user, struct session_key session)
{
	for (size_t i = 0; i < queue->count; i++)
		if (covers(queue->entries[i].target, user, session))
			return true;
	return false;
}

/* Under the lock, with room. */
static void
append(struct kick_queue *queue, struct text user, struct session_key session)
{
	struct kick_target *target = xcalloc(1, sizeof *target);

	target->user = xmemdup0(user.data, user.length);
	target->user_length = user.length;
	target->session = session;
	queue->told_kicks[queue->count] =
	    (struct board_kick){ board_hash(user), session.service, session.number };
	queue->entries[queue->count++] = (struct entry){ target, false };
	tell(queue);
}

bool
kick_queue_push(struct kick_queue *queue, struct text user, struct session_key session)
{
	const uint64_t one = 1;
	bool known;
	bool room;

	pthread_mutex_lock(&queue->lock);
	known = find(queue, user, session);
	room = queue->count < KICK_QUEUE_MAX;
	if (!known && room)
		append(queue, user, session);
	pthread_mutex_unlock(&queue->lock);
	if (!known && room && write(queue->fd, &one, sizeof one) == -1)
		return false;
	return known || room;
}

size_t
kick_queue_room(struct kick_queue *queue)
{
	size_t room;

	pthread_mutex_lock(&queue->lock);
	room = KICK_QUEUE_MAX - queue->count;
	pthread_mutex_unlock(&queue->lock);
	return room;
}

bool
kick_queue_has_session(
    struct kick_queue *queue, struct text user, struct session_key session)
{
	bool found;

	pthread_mutex_lock(&queue->lock);
	found = find(queue, user, session);
	pthread_mutex_unlock(&queue->lock);
	return found;
}

bool
kick_queue_has_user(struct kick_queue *queue, struct text user)
{
	return kick_queue_has_session(queue, user, (struct session_key){ 0 });
}

const struct kick_target *
kick_queue_take(struct kick_queue *queue)
{
	const struct kick_target *target = NULL;
	uint64_t count;

	pthread_mutex_lock(&queue->lock);
	for (size_t i = 0; i < queue->count && target == NULL; i++)
		if (!queue->entries[i].taken) {
			queue->entries[i].taken = true;
			target = queue->entries[i].target;
		}
	/* Nothing left to take: no longer readable. */
	if (target == NULL && read(queue->fd, &count, sizeof count) == -1)
		count = 0;
	pthread_mutex_unlock(&queue->lock);
	return target;
}

void
kick_queue_finish(struct kick_queue *queue, const struct kick_target *target)
{
	pthread_mutex_lock(&queue->lock);
	for (size_t i = 0; i < queue->count; i++) {
		if (queue->entries[i].target != target)
			continue;
		free_target(queue->entries[i].target);
		queue->count--;
		memmove(&queue->entries[i], &queue->entries[i + 1],
		    (queue->count - i) * sizeof queue->entries[0]);
		memmove(&queue->told_kicks[i], &queue->told_kicks[i + 1],
		    (queue->count - i) * sizeof queue->told_kicks[0]);
		tell(queue);
		break;
	}
	pthread_mutex_unlock(&queue->lock);
}
