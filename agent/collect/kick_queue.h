/* SPDX-License-Identifier: ISC */
/*
 * The requests to end sessions that the SNMP thread hands to the collector's thread. A
 * request stays in the queue, and so reads as under way, until the collector has judged it.
 */
#ifndef IMSC_KICK_QUEUE_H
#define IMSC_KICK_QUEUE_H

#include <stdbool.h>

#include "agent/model.h"
#include "agent/store/session.h"

enum {
	KICK_QUEUE_MAX = 1024
};

/* Whose sessions: all of USER's, or the one that SESSION names. */
struct kick_target {
	char *user; /* owned */
	size_t user_length;
	struct session_key session; /* number 0: all of the user's */
};

struct kick_queue;

struct board;

struct kick_queue *kick_queue_new(void);
void kick_queue_free(struct kick_queue *queue);
/* From now on TOLD, which must outlive QUEUE, tells other processes what is in it. */
void kick_queue_tell(struct kick_queue *queue, struct board *told);

/* Becomes readable when there is something to take. */
int kick_queue_fd(const struct kick_queue *queue);

/*
 * Asks for the end of USER's sessions, or of only the one that SESSION names (number not
 * 0). The same request twice counts once. Never waits. False if the queue is full.
 */
bool kick_queue_push(
    struct kick_queue *queue, struct text user, struct session_key session);
/* How many such requests could be pushed now. Only a push makes it less. */
size_t kick_queue_room(struct kick_queue *queue);

/* Whether the end of this session, or of all of this user's, was asked for and not judged. */
bool kick_queue_has_user(struct kick_queue *queue, struct text user);
bool kick_queue_has_session(
    struct kick_queue *queue, struct text user, struct session_key session);

/*
 * For the collector: the oldest request not yet taken, NULL if there is none; it stays in
 * the queue until kick_queue_finish().
 */
const struct kick_target *kick_queue_take(struct kick_queue *queue);
void kick_queue_finish(struct kick_queue *queue, const struct kick_target *target);

#endif
