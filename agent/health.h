/* SPDX-License-Identifier: ISC */
/* How the collecting goes: written by the collector's thread, read by the others. */
#ifndef IMSC_HEALTH_H
#define IMSC_HEALTH_H

#include <pthread.h>
#include <stdint.h>

/* The numbers are imscCollectorStatus's. */
enum collector_status {
	COLLECTOR_OK = 1,
	COLLECTOR_STALE = 2,   /* the last poll failed, older data are served */
	COLLECTOR_FAILED = 3,  /* no data are served */
	COLLECTOR_STARTING = 4 /* the first poll is under way */
};

struct health {
	enum collector_status status;
	int64_t success_us;   /* when the data now served were collected, 0 if never */
	uint32_t duration_ms; /* of the last poll that succeeded */
	uint32_t failures;    /* polls that failed since the store was made */
	char last_error[512]; /* "" if none ever failed */
	char store_name[128]; /* the kind and version of mail server, "" if not known */
};

struct health_board {
	pthread_mutex_t lock;
	struct health now;
};

void health_init(struct health_board *board);
void health_fini(struct health_board *board);
void health_put(struct health_board *board, const struct health *health);
void health_get(struct health_board *board, struct health *health);

#endif
