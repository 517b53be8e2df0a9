/* SPDX-License-Identifier: ISC */
/* Inside kick only: the processes that have sessions that are to end, each held. */
#ifndef IMSC_KICK_HOLD_H
#define IMSC_KICK_HOLD_H

#include "agent/collect/backend.h"
#include "agent/collect/kick_process.h"

struct kick_targets {
	struct kick_process *all;
	size_t count;
	size_t capacity;
	uint32_t highest; /* pid of them */
	size_t hint;      /* where one was found last */
};

void kick_targets_free(struct kick_targets *targets);

/*
 * Takes hold of every process that the sorted LISTING has for REQUESTS, and that is not held yet.
 * True if there was one.
 */
bool kick_hold(struct kick_targets *targets, const struct kick_requests *requests,
    const struct listing *listing, const struct backend *backend);

/*
 * The same for sessions that went to sleep in another process between the look that found them
 * and the signal that was to end them.
 */
bool kick_hold_moved(struct kick_targets *targets, const struct kick_requests *requests,
    const struct listing *listing, const struct backend *backend);

#endif
