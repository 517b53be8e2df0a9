/* SPDX-License-Identifier: ISC */
/*
 * A command as a child process that prints lines: never waited for, but by a loop. It gets no
 * input and none of our descriptors, and its whole process group ends with it.
 */
#ifndef IMSC_CHILD_H
#define IMSC_CHILD_H

#include <event2/event.h>

#include "agent/error.h"
#include "agent/text.h"

enum {
	CHILD_LINE_MAX = 65536 /* a longer line fails the child */
};

/* Whole lines, each with its newline but perhaps the very last. False gives the child up. */
typedef bool child_lines(void *arg, struct text lines, struct error *err);
/* The end, told once: NULL after exit status 0, or why not. The child is gone by then. */
typedef void child_done(void *arg, const struct error *err);

struct child;

/*
 * Runs ARGV, looked for in PATH, for at most SECONDS. LINES and DONE are called from BASE's
 * loop, never from within. NULL if it cannot be started.
 */
struct child *child_start(struct event_base *base, const char *const *argv, int seconds,
    child_lines *lines, child_done *done, void *arg, struct error *err);
/* The same, with ENVIRONMENT in place of ours. Both are no longer needed afterwards. */
struct child *child_start_in(struct event_base *base, const char *const *argv,
    const char *const *environment, int seconds, child_lines *lines, child_done *done,
    void *arg, struct error *err);

/* For when the loop has ended: kills it without a call of DONE. CHILD may be NULL. */
void child_kill(struct child *child);

#endif
