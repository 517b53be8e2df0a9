/* SPDX-License-Identifier: ISC */
/* Dovecot's master process: when it was started, and when it ends. */
#ifndef IMSC_DOVECOT_MASTER_H
#define IMSC_DOVECOT_MASTER_H

#include <event2/event.h>
#include <stdint.h>

struct dovecot_master {
	int pidfd;
	struct event *gone;     /* NULL: it is not watched */
	uint64_t started_ticks; /* of the last one that was seen; 0: unknown */
	int64_t started_us;
};

void dovecot_master_init(struct dovecot_master *master);

/*
 * Notes when PID (0: not told) was started, and calls GONE once when it ends. One at a time.
 * The same start stays the same time, though the clock may have been set meanwhile.
 */
void dovecot_master_watch(struct dovecot_master *master, struct event_base *base,
    uint32_t pid, event_callback_fn gone, void *arg);
/* Watches it no longer; when it was started stays known. */
void dovecot_master_release(struct dovecot_master *master);

#endif
