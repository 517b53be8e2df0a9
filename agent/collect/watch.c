/* SPDX-License-Identifier: ISC */
/* Processes watched by pidfds, in two search trees by pid: the living and the ended. */
#include "config.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/process.h"
#include "agent/collect/watch.h"

struct watched {
	uint32_t pid; /* first: the trees compare it */
	int pidfd;
	struct event *event;
	struct watch *watch;
	int64_t ended_us;
	int64_t noted_us;          /* when that was known */
	TAILQ_ENTRY(watched) next; /* of the ended ones, the oldest first */
};

struct watch {
	struct event_base *base;
	size_t limit;
	size_t count;
	watch_ended *ended;
	void *arg;
	void *living;
	void *dead;
	TAILQ_HEAD(, watched) dead_by_age;
};

static int
compare(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a;
	uint32_t second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

static struct watched *
find(void *const *tree, uint32_t pid)
{
	void *node = tfind(&pid, tree, compare);

	return node ? *(struct watched **)node : NULL;
}

static void
stop_watching(struct watched *watched)
{
	event_free(watched->event);
	close(watched->pidfd);
	tdelete(watched, &watched->watch->living, compare);
	watched->watch->count--;
}

static void
bury(struct watched *watched)
{
	TAILQ_REMOVE(&watched->watch->dead_by_age, watched, next);
	tdelete(watched, &watched->watch->dead, compare);
	free(watched);
}

static void
remember(struct watched *watched, int64_t ended_us)
{
	struct watch *watch = watched->watch;
	struct watched *earlier = find(&watch->dead, watched->pid);

	if (earlier != NULL)
		bury(earlier);
	watched->ended_us = ended_us;
	watched->noted_us = clock_now_us();
	tsearch(watched, &watch->dead, compare);
	TAILQ_INSERT_TAIL(&watch->dead_by_age, watched, next);
}

static void
on_exit_of(evutil_socket_t fd, short what, void *arg)
{
	struct watched *watched = arg;
	struct watch *watch = watched->watch;

	(void)fd;
	(void)what;
	stop_watching(watched);
	remember(watched, clock_now_us());
	watch->ended(watch->arg, watched->pid);
}

struct watch *
watch_new(struct event_base *base, size_t limit, watch_ended *ended, void *arg)
{
	struct watch *watch = xcalloc(1, sizeof *watch);

	TAILQ_INIT(&watch->dead_by_age);
	watch->base = base;
	watch->limit = limit;
	watch->ended = ended;
	watch->arg = arg;
	return watch;
}

void
watch_free(struct watch *watch)
{
	struct watched *watched;

	if (watch == NULL)
		return;
	watch_forget(watch, INT64_MAX);
	while (watch->living != NULL) {
		watched = *(struct watched **)watch->living;
		stop_watching(watched);
		free(watched);
	}
	free(watch);
}

static void
begin(struct watch *watch, uint32_t pid, int pidfd)
{
	struct watched *watched = xcalloc(1, sizeof *watched);

	watched->pid = pid;
	watched->pidfd = pidfd;
	watched->watch = watch;
	watched->event = event_new(watch->base, pidfd, EV_READ, on_exit_of, watched);
	event_add(watched->event, NULL);
	tsearch(watched, &watch->living, compare);
	watch->count++;
}

bool
watch_add(struct watch *watch, const struct process *process)
{
	int pidfd;

	if (watch_has(watch, process->pid))
		return true;
	if (watch->count >= watch->limit)
		return process_is_same(process);
	pidfd = process_open(process->pid);
	if (pidfd == -1)
		return errno != ESRCH;
	/* The pidfd holds the process; now it can be looked at without a race. */
	if (!process_is_same(process)) {
		close(pidfd);
		return false;
	}
	begin(watch, process->pid, pidfd);
	return true;
}

void
watch_add_sure(struct watch *watch, uint32_t pid)
{
	int pidfd;

	if (watch_has(watch, pid) || watch->count >= watch->limit)
		return;
	pidfd = process_open(pid);
	if (pidfd != -1)
		begin(watch, pid, pidfd);
}

bool
watch_has(const struct watch *watch, uint32_t pid)
{
	return find(&watch->living, pid) != NULL;
}

int64_t
watch_ended_us(const struct watch *watch, uint32_t pid)
{
	const struct watched *watched = find(&watch->dead, pid);

	return watched != NULL ? watched->ended_us : 0;
}

void
watch_note_end(struct watch *watch, uint32_t pid, int64_t ended_us)
{
	struct watched *watched = xcalloc(1, sizeof *watched);

	watched->pid = pid;
	watched->watch = watch;
	remember(watched, ended_us);
}

void
watch_each_ended(const struct watch *watch,
    bool (*call)(void *arg, uint32_t pid, int64_t ended_us), void *arg)
{
	const struct watched *watched;

	TAILQ_FOREACH(watched, &watch->dead_by_age, next)
	if (!call(arg, watched->pid, watched->ended_us))
		return;
}

void
watch_forget(struct watch *watch, int64_t before_us)
{
	struct watched *oldest;

	while ((oldest = TAILQ_FIRST(&watch->dead_by_age)) != NULL &&
	    oldest->noted_us < before_us)
		bury(oldest);
}
