/* SPDX-License-Identifier: ISC */
/* Ending sessions, and looking until they are gone. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/backend.h"
#include "agent/collect/kick_end.h"
#include "agent/collect/kick_hold.h"
#include "agent/collect/kick_known.h"

/* How long to wait before looking again: doubled each time. */
enum {
	FIRST_WAIT_MS = 5,
	LONGEST_WAIT_MS = 500,
	/* Sessions may come and move meanwhile: so often to look for where they are. */
	LOOKS_MAX = 3,
	/* So long the mail server has for ending what it was told to end. */
	SERVER_US = 1000000
};

enum phase {
	PHASE_LOOK,   /* which processes serve whom: take hold of them */
	PHASE_VERIFY, /* what they serve now: end it */
	PHASE_WAIT    /* look again until it is gone */
};

struct kick_run {
	struct event_base *base;
	struct kick_tools tools;
	struct kick_requests requests;
	kick_done *done;
	void *arg;
	enum phase phase;
	int looks; /* that were to tell where the sessions are */
	struct listing listing;
	struct kick_targets targets;
	size_t decided; /* of them, those that were told to end, or not */
	struct event *again;
	int wait_ms;
	int64_t counted_us;  /* as of when the sessions were counted */
	int64_t deadline_us; /* monotonic */
};

static void look(struct kick_run *run);

static void
finish(struct kick_run *run, const struct error *unreachable)
{
	kick_done *done = run->done;
	void *arg = run->arg;

	for (size_t i = 0; i < run->targets.count; i++)
		kick_process_credit(&run->targets.all[i]);
	for (size_t i = 0; i < run->requests.count; i++)
		kick_request_judge(
		    &run->requests.all[i], run->tools.conf->disconnect_seconds);
	kick_cancel(run);
	done(arg, unreachable);
}

/* Nobody can be asked: every kick that is not judged fails for that reason. */
static void
fail(struct kick_run *run, const struct error *err)
{
	for (size_t i = 0; i < run->requests.count; i++)
		kick_add_reason(run->requests.all[i].kick, "%s", err->text);
	finish(run, run->phase == PHASE_LOOK ? err : NULL);
}

/* Sessions that began since they were counted are not those that were told to end. */
static void
look_at(struct kick_run *run, struct kick_process *target, struct view *view)
{
	uint32_t arrived = 0;

	if (view != NULL && target->means == MEANS_CONNECTIONS)
		arrived = kick_known_arrived(view, target->request->kick->user,
		    target->pid, run->counted_us, run->listing.asked_us);
	kick_process_look(target, &run->listing, run->counted_us, arrived);
}

static bool
all_gone(struct kick_run *run)
{
	struct kick_requests *requests = &run->requests;
	struct view *view = NULL;
	struct error ignored;
	bool gone = true;

	if (run->tools.store != NULL &&
	    view_open(&view, run->tools.store, &ignored) == -1)
		view = NULL;
	for (size_t i = 0; i < requests->count; i++)
		requests->all[i].told = requests->all[i].ended = 0;
	for (size_t i = 0; i < run->targets.count; i++) {
		struct kick_process *target = &run->targets.all[i];

		look_at(run, target, view);
		target->request->told += target->told;
		target->request->ended += kick_process_ended(target);
	}
	view_close(view);
	for (size_t i = 0; i < requests->count; i++)
		gone &= requests->all[i].ended >= requests->all[i].told;
	return gone;
}

/* Goes on with the phase, or to the next one, after a while. */
static void
look_again(struct kick_run *run)
{
	evtimer_add(run->again, &(struct timeval){ .tv_usec = run->wait_ms * 1000 });
	run->wait_ms =
	    run->wait_ms * 2 < LONGEST_WAIT_MS ? run->wait_ms * 2 : LONGEST_WAIT_MS;
}

static void
verify(struct kick_run *run)
{
	if (++run->looks < LOOKS_MAX &&
	    kick_hold(
		&run->targets, &run->requests, &run->listing, run->tools.backend)) {
		look(run);
		return;
	}
	kick_end(&run->requests, run->targets.all + run->decided,
	    run->targets.count - run->decided, &run->listing, &run->tools);
	run->decided = run->targets.count;
	run->counted_us = run->listing.asked_us;
	run->phase = PHASE_WAIT;
	look_again(run);
}

static void
wait_on(struct kick_run *run, const struct error *err, bool late)
{
	if (err == NULL && all_gone(run)) {
		if (late ||
		    !kick_hold_moved(&run->targets, &run->requests, &run->listing,
			run->tools.backend)) {
			finish(run, NULL);
			return;
		}
		run->phase = PHASE_VERIFY;
		look(run);
		return;
	}
	if (late) {
		finish(run, NULL);
		return;
	}
	if (err == NULL && run->listing.asked_us - run->counted_us > SERVER_US)
		kick_end_again(run->targets.all, run->targets.count, &run->listing);
	look_again(run);
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
		run->phase = PHASE_VERIFY;
		if (kick_hold(&run->targets, &run->requests, &run->listing,
			run->tools.backend))
			look(run);
		else
			finish(run, NULL);
		break;
	case PHASE_VERIFY:
		verify(run);
		break;
	case PHASE_WAIT:
		wait_on(run, err, late);
		break;
	}
}

static void
look(struct kick_run *run)
{
	listing_fini(&run->listing);
	listing_init(&run->listing);
	run->tools.backend->list(
	    run->tools.state, &run->listing, run->tools.conf, on_listed, run);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* Where the one session is that a kick may be about. */
static int
find_sessions(struct kick_run *run, struct error *err)
{
	struct session session;
	struct view *view;

	if (run->tools.store == NULL)
		return 0;
	if (view_open(&view, run->tools.store, err) == -1)
		return -1;
	for (size_t i = 0; i < run->requests.count; i++) {
		struct kick_request *request = &run->requests.all[i];

		if (kick_request_is_single(request) &&
		    session_get(view, request->kick->session, &session) &&
		    text_equal(session.user, request->kick->user)) {
			request->pid = session.process.pid;
			request->remote = session.remote.address;
			request->connection = session.connection;
			request->web = session_is_web(&session);
		}
	}
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
		.tools = { .conf = conf, .store = store },
		.requests = kick_requests_new(kicks, count),
		.done = done,
		.arg = arg,
		.wait_ms = FIRST_WAIT_MS };
	run->deadline_us =
	    clock_monotonic_us() + (int64_t)conf->disconnect_seconds * CLOCK_SECOND_US;
	run->tools.backend = backend_find(conf->backend);
	run->tools.state = run->tools.backend->open(base, conf, NULL, NULL);
	run->again = evtimer_new(base, on_again, run);
	if (find_sessions(run, &err) == -1)
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
	kick_targets_free(&run->targets);
	event_free(run->again);
	run->tools.backend->close(run->tools.state);
	listing_fini(&run->listing);
	free(run->requests.all);
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
