/* SPDX-License-Identifier: ISC */
/*
 * The processes whose sessions are open, watched by pidfds: tells at once when one ends,
 * and for a while afterwards which ones did.
 */
#ifndef IMSC_WATCH_H
#define IMSC_WATCH_H

#include <event2/event.h>

#include "agent/model.h"

struct watch;

/* A process ended; called from the loop. */
typedef void watch_ended(void *arg, uint32_t pid);

/* Watches no more than LIMIT processes: each costs a descriptor. */
struct watch *watch_new(
    struct event_base *base, size_t limit, watch_ended *ended, void *arg);
void watch_free(struct watch *watch);

/*
 * Watches a session's process from now on. False if it has ended or is another one by now;
 * true if it lives, or if we cannot tell: polls tell, then.
 */
bool watch_add(struct watch *watch, const struct process *process);
/* The same for a process that is known to be the session's because it just said so. */
void watch_add_sure(struct watch *watch, uint32_t pid);
/* Whether the process is watched and has not ended. */
bool watch_has(const struct watch *watch, uint32_t pid);

/* When the process with this pid ended last, as far as it is remembered; else 0. */
int64_t watch_ended_us(const struct watch *watch, uint32_t pid);
/* Remembers that the process ended then, though nobody watched it. */
void watch_note_end(struct watch *watch, uint32_t pid, int64_t ended_us);
/* Those that ended, in no order, until one of the calls returns false. */
void watch_each_ended(const struct watch *watch,
    bool (*call)(void *arg, uint32_t pid, int64_t ended_us), void *arg);
/* Forgets the ends that were known before BEFORE_US. */
void watch_forget(struct watch *watch, int64_t before_us);

#endif
