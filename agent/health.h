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

/* Whether the mail server runs; the numbers are applOperStatus's. */
enum server_state {
	SERVER_UNKNOWN = 0, /* nobody is asked, or we may not, or there is no answer */
	SERVER_UP = 1,
	SERVER_DOWN = 2
};

struct health {
	enum collector_status status;
	int64_t success_us;   /* when the data now served were collected, 0 if never */
	uint32_t duration_ms; /* of the last poll that succeeded */
	uint32_t failures;    /* polls that failed since the store was made */
	int64_t users_us;     /* when all users were listed, 0 if they are not known */
	uint32_t users_known; /* then */
	uint32_t users_never_seen;
	char last_error[512]; /* "" if none ever failed */
	char store_name[128]; /* the kind and version of mail server, "" if not known */
	/* The mail server itself, as it was when it was asked last: */
	enum server_state server;
	int64_t server_changed_us;  /* since when it is so, 0 if not known */
	int64_t server_started_us;  /* when it was last started, 0 if not known */
	const char *server_version; /* const data; NULL if not known */
	const char *server_url;     /* likewise: where it is described */
};

struct board;

struct health_board {
	pthread_mutex_t lock;
	struct health now;
	struct board *told; /* other processes are told there, too; NULL: none is */
};

void health_init(struct health_board *board);
void health_fini(struct health_board *board);
/* From now on TOLD, which must outlive BOARD, tells other processes, too. */
void health_tell(struct health_board *board, struct board *told);
void health_put(struct health_board *board, const struct health *health);
void health_get(struct health_board *board, struct health *health);

#endif
