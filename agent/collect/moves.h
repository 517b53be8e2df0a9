/* SPDX-License-Identifier: ISC */
/*
 * Sessions that go on in another process: of those that are no longer listed where they were,
 * and of the rows that nobody was known of, some are the same. As a mail server hands a
 * session over before or after it says so, both may have to wait for the next listing.
 */
#ifndef IMSC_MOVES_H
#define IMSC_MOVES_H

#include "agent/collect/listing.h"

struct moves;

struct moves *moves_new(void);
/* MOVES may be NULL. */
void moves_free(struct moves *moves);

/* A listing begins that was asked for then: what the last one left is forgotten, but who waits. */
void moves_begin(struct moves *moves, int64_t asked_us);
/* SESSION is no longer listed. It is copied. OPEN: its connection is known to be open. */
void moves_leave(struct moves *moves, const struct session *session, bool open);
/* Process PID has rows that nobody was known of. */
void moves_come(struct moves *moves, uint32_t pid);
/* All have come. */
void moves_sort(struct moves *moves);

/* How many sessions left. */
size_t moves_count(const struct moves *moves);
/* The next process with such rows; 0 if there is no other. */
uint32_t moves_next_process(struct moves *moves);
/*
 * The session that a row of a process goes on with: of the same service, user and address, those
 * whose connections are open first, then the oldest login; NULL if there is none. As HIBERNATES says, the process keeps sessions for
 * others, or takes only such that were kept. It is no longer among those who left.
 */
const struct session *moves_take(
    struct moves *moves, const struct listed *row, bool hibernates);
/* The next one of those who left and were not taken; NULL if there is no other. */
const struct session *moves_next_session(struct moves *moves);

/*
 * Since when MARK waits: the time of the first of the listings in a row, this one included, in
 * which it did.
 */
int64_t moves_wait(struct moves *moves, uint64_t mark);

#endif
