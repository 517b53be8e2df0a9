/* SPDX-License-Identifier: ISC */
/* Ending sessions by ending the processes that serve them and nobody else. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/backend.h"
#include "agent/collect/kick_process.h"

/* How long to wait before looking again: doubled each time. */
enum {
	FIRST_WAIT_MS = 20,
	LONGEST_WAIT_MS = 500
};

enum phase {
	PHASE_LOOK,   /* which processes serve whom: take hold of them */
	PHASE_VERIFY, /* they serve the same users still: end them */
	PHASE_WAIT    /* look again until they are gone */
};

struct kick_run {
	struct event_base *base;
	const struct conf *conf;
	const struct backend *backend;
	void *state;
	struct kick *kicks;
	struct kick **by_user; /* sorted */
	uint32_t *wanted_pid;  /* by kick: 0, or the process of the one session */
	size_t count;
	kick_done *done;
	void *arg;
	enum phase phase;
	struct listing listing;
	struct kick_process *targets;
	size_t target_count;
	size_t target_capacity;
	struct event *again;
	int wait_ms;
	int64_t deadline_us; /* monotonic */
};

static void look(struct kick_run *run);

static int
compare_kicks(const void *a, const void *b)
{
	return text_compare(
	    (*(struct kick *const *)a)->user, (*(struct kick *const *)b)->user);
}

/* The first kick of USER in the sorted order, or COUNT. */
static size_t
find_kicks(const struct kick_run *run, struct text user)
{
	size_t low = 0;
	size_t high = run->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_compare(run->by_user[middle]->user, user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Holds a process of the kick's user, once. */
static void
hold(struct kick_run *run, struct kick *kick, const struct listed *row)
{
	for (size_t i = run->target_count; i > 0; i--)
		if (run->targets[i - 1].pid == row->pid &&
		    run->targets[i - 1].kick == kick)
			return;
	run->targets = xgrow(run->targets, &run->target_capacity, run->target_count + 1,
	    sizeof *run->targets);
	kick_process_hold(&run->targets[run->target_count++], kick, row);
}

/* Whether a row of the kick's user is about what is to end. */
static bool
concerns(const struct kick_run *run, const struct kick *kick, const struct listed *row)
{
	if (kick->session.number == 0 || run->wanted_pid[kick - run->kicks] == row->pid)
		return true;
	for (size_t i = 0; i < kick->beneath_count; i++)
		if (kick->beneath[i] == row->pid)
			return true;
	return false;
}

static void
hold_all(struct kick_run *run)
{
	for (size_t i = 0; i < run->listing.count; i++) {
		const struct listed *row = &run->listing.rows[i];

		for (size_t k = find_kicks(run, row->user); k < run->count; k++) {
			struct kick *kick = run->by_user[k];

			if (!text_equal(kick->user, row->user))
				break;
			if (concerns(run, kick, row))
				hold(run, kick, row);
		}
	}
}

static void
judge(struct kick *kick, int seconds)
{
	if (kick->asked == 0) {
		kick->result = kick->reason[0] == '\0' ? AUDIT_NOTHING : AUDIT_FAILED;
		return;
	}
	if (kick->ended == kick->asked) {
		kick->result = AUDIT_DONE;
		kick->reason[0] = '\0';
		return;
	}
	kick->result = kick->ended ? AUDIT_PARTIAL : AUDIT_FAILED;
	if (kick->reason[0] == '\0')
		kick_add_reason(kick,
		    "%u of %u sessions are still there after %d seconds",
		    kick->asked - kick->ended, kick->asked, seconds);
}

static void
finish(struct kick_run *run, const struct error *unreachable)
{
	kick_done *done = run->done;
	void *arg = run->arg;

	for (size_t i = 0; i < run->target_count; i++) {
		const struct kick_process *target = &run->targets[i];
		uint32_t ended = target->count - target->left;

		target->kick->ended += ended;
		target->kick->ended_of[target->service] += ended;
	}
	for (size_t i = 0; i < run->count; i++)
		judge(&run->kicks[i], run->conf->disconnect_seconds);
	kick_cancel(run);
	done(arg, unreachable);
}

/* Nobody can be asked: every kick that is not judged fails for that reason. */
static void
fail(struct kick_run *run, const struct error *err)
{
	for (size_t i = 0; i < run->count; i++)
		kick_add_reason(&run->kicks[i], "%s", err->text);
	finish(run, run->phase == PHASE_LOOK ? err : NULL);
}

static bool
all_gone(struct kick_run *run)
{
	bool gone = true;

	for (size_t i = 0; i < run->target_count; i++)
		gone &= kick_process_is_gone(&run->targets[i], &run->listing);
	return gone;
}

static void
on_listed(void *arg, const struct error *err)
{
	struct kick_run *run = arg;
	bool late = clock_monotonic_us() >= run->deadline_us;

	if (err != NULL && (run->phase != PHASE_WAIT || late)) {
		fail(run, err);
		return;
	}
	listing_sort(&run->listing);
	switch (run->phase) {
	case PHASE_LOOK:
		hold_all(run);
		run->phase = PHASE_VERIFY;
		if (run->target_count == 0)
			finish(run, NULL);
		else
			look(run);
		return;
	case PHASE_VERIFY:
		for (size_t i = 0; i < run->target_count; i++)
			kick_process_end(&run->targets[i], &run->listing);
		run->phase = PHASE_WAIT;
		break;
	case PHASE_WAIT:
		if ((err == NULL && all_gone(run)) || late) {
			finish(run, NULL);
			return;
		}
		break;
	}
	evtimer_add(run->again, &(struct timeval){ .tv_usec = run->wait_ms * 1000 });
	run->wait_ms =
	    run->wait_ms * 2 < LONGEST_WAIT_MS ? run->wait_ms * 2 : LONGEST_WAIT_MS;
}

static void
look(struct kick_run *run)
{
	listing_fini(&run->listing);
	listing_init(&run->listing);
	run->backend->list(run->state, &run->listing, run->conf, on_listed, run);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* The process of the one session a kick may be about. */
static int
find_process(struct kick_run *run, struct store *store, struct error *err)
{
	struct session session;
	struct view *view;

	if (store == NULL)
		return 0;
	if (view_open(&view, store, err) == -1)
		return -1;
	for (size_t i = 0; i < run->count; i++)
		if (run->kicks[i].session.number != 0 &&
		    session_get(view, run->kicks[i].session, &session) &&
		    text_equal(session.user, run->kicks[i].user))
			run->wanted_pid[i] = session.process.pid;
	view_close(view);
	return 0;
}

struct kick_run *
kick_start(struct event_base *base, const struct conf *conf, struct store *store,
    struct kick *kicks, size_t count, kick_done *done, void *arg)
{
	struct kick_run *run = xcalloc(1, sizeof *run);
	struct error err;

	*run = (struct kick_run){ .base = base,
		.conf = conf,
		.kicks = kicks,
		.count = count,
		.done = done,
		.arg = arg,
		.wait_ms = FIRST_WAIT_MS };
	run->deadline_us =
	    clock_monotonic_us() + (int64_t)conf->disconnect_seconds * CLOCK_SECOND_US;
	run->backend = backend_find(conf->backend);
	run->state = run->backend->open(base, conf, NULL, NULL);
	run->again = evtimer_new(base, on_again, run);
	run->by_user = xcalloc(count, sizeof *run->by_user);
	run->wanted_pid = xcalloc(count, sizeof *run->wanted_pid);
	for (size_t i = 0; i < count; i++) {
		kicks[i].asked_us = clock_now_us();
		run->by_user[i] = &kicks[i];
	}
	qsort(run->by_user, count, sizeof *run->by_user, compare_kicks);
	if (find_process(run, store, &err) == -1)
		for (size_t i = 0; i < count; i++)
			kick_add_reason(&kicks[i], "%s", err.text);
	look(run);
	return run;
}

void
kick_cancel(struct kick_run *run)
{
	if (run == NULL)
		return;
	for (size_t i = 0; i < run->target_count; i++)
		kick_process_release(&run->targets[i]);
	event_free(run->again);
	run->backend->close(run->state);
	listing_fini(&run->listing);
	free(run->targets);
	free(run->by_user);
	free(run->wanted_pid);
	free(run);
}

struct waiting {
	struct event_base *base;
	struct error *err;
	int result;
};

static void
stop_waiting(void *arg, const struct error *unreachable)
{
	struct waiting *waiting = arg;

	if (unreachable != NULL && waiting->err != NULL)
		*waiting->err = *unreachable;
	waiting->result = unreachable ? -1 : 0;
	event_base_loopbreak(waiting->base);
}

int
kick_now(const struct conf *conf, struct store *store, struct kick *kicks, size_t count,
    struct error *err)
{
	struct waiting waiting = { event_base_new(), err, -1 };

	if (waiting.base == NULL)
		return error_set(err, "cannot make an event loop");
	kick_start(waiting.base, conf, store, kicks, count, stop_waiting, &waiting);
	event_base_dispatch(waiting.base);
	event_base_free(waiting.base);
	return waiting.result;
}
