/* SPDX-License-Identifier: ISC */
/*
 * What operators are to be told, on its way from the collector's thread to the SNMP thread.
 * A bounded queue: beyond it the oldest is dropped, and counted.
 */
#ifndef IMSC_NOTICE_H
#define IMSC_NOTICE_H

#include <sys/queue.h>

#include "agent/alarm.h"
#include "agent/health.h"
#include "agent/model.h"

/* The numbers are those of the notifications in IMSCONN-MIB. */
enum notice_kind {
	NOTICE_ALARM_RAISED = 1,
	NOTICE_ALARM_CLEARED = 2,
	NOTICE_COLLECTOR_FAILED = 3,
	NOTICE_COLLECTOR_RECOVERED = 4,
	NOTICE_USER_DISCONNECTED = 5,
	NOTICE_USER_RETURNED = 6,
	NOTICE_USER_SESSIONS_HIGH = 7,
	NOTICE_END
};

/* An event, and the rows it is about as they were then. */
struct notice {
	TAILQ_ENTRY(notice) next;
	char *texts; /* what its texts point into, in the queue */
	enum notice_kind kind;
	int64_t time_us;
	union {
		struct alarm alarm;   /* ALARM_... */
		struct health health; /* COLLECTOR_... */
		struct {
			struct audit audit; /* USER_DISCONNECTED, USER_RETURNED */
			struct user user;   /* USER_RETURNED, USER_SESSIONS_HIGH */
		};
	};
};

TAILQ_HEAD(notice_list, notice);

struct notice_counts {
	uint32_t suppressed; /* not told, since the same was told just before */
	uint32_t dropped;    /* there was no more room for them */
};

struct notice_queue;
struct board;

/* A queue of at most LIMIT notices; with 0 it takes none, and nobody is told. */
struct notice_queue *notice_queue_new(size_t limit);
void notice_queue_free(struct notice_queue *queue);

/* From now on TOLD, which must outlive QUEUE, tells other processes the counters. */
void notice_queue_tell(struct notice_queue *queue, struct board *told);

/* Readable while there is something to take. */
int notice_queue_fd(const struct notice_queue *queue);

/* Appends a copy of NOTICE. */
void notice_queue_push(struct notice_queue *queue, const struct notice *notice);
/* The oldest one, which the caller frees; NULL if there is none. */
struct notice *notice_queue_take(struct notice_queue *queue);
void notice_free(struct notice *notice);

/* Counts what was not even queued. */
void notice_queue_suppress(struct notice_queue *queue, uint32_t count);
struct notice_counts notice_queue_counts(struct notice_queue *queue);
/* Where the counters go on. */
void notice_queue_set_counts(struct notice_queue *queue, struct notice_counts counts);

#endif
