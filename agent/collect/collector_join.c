/* SPDX-License-Identifier: ISC */
/*
 * What a poll's answer makes of the store: first the processes one by one, a slice a turn, so
 * that the feeds are read meanwhile; then who went from one process to another.
 */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
#include "agent/collect/activity.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/process.h"
#include "agent/collect/tcp_session.h"

enum {
	/* One turn's share. */
	PROCESSES_A_SLICE = 4096,
	CHANGES_A_SLICE = 1024
};

/* What was written in this turn is not in a reading view yet. */
struct view *
collector_view(struct collector *collector, struct error *err)
{
	if (collector->writer != NULL)
		return collector->writer;
	return view_renew(collector->reader, err) == 0 ? collector->reader : NULL;
}

static bool
is_open(void *arg, const struct session *session)
{
	struct collector *collector = arg;

	return tcp_session_is_open(&collector->tcp, session);
}

/* What falls silent is seen to be silent by the next poll. */
static bool
is_news(const struct collector *collector, const struct session *session,
    const struct listed *row)
{
	const struct join *join = &collector->join;
	struct session_told told = session_told(session->mailbox, session->active_us);

	return activity_is_news(&told, row, join->rules.asked_us, join->silence_us);
}

/* What is only no longer listed by the configuration did not log out. */
static int
apply_known(struct collector *collector, struct session *session,
    const struct judgement *judgement, struct error *err)
{
	if (judgement->open && !collector_lists(collector, session->service))
		return collector_end_session(collector, session, false, err) == -1 ?
		    -1 :
		    1;
	if (judgement->row != NULL) {
		if (connection_id_equal(
			&judgement->row->connection, &session->connection) &&
		    !is_news(collector, session, judgement->row))
			return 0;
		return collector_place_session(
			   collector, session, judgement->row, err) == -1 ?
		    -1 :
		    1;
	}
	if (!judgement->open)
		moves_leave(collector->moves, session, is_open(collector, session));
	return 0;
}

/* Whether any of the process's rows is to become a session. */
static bool
has_new(const struct collector *collector)
{
	const struct join *join = &collector->join;

	for (size_t i = 0; i < join->row_count; i++)
		if (join->new[i] > 0 &&
		    collector_lists(collector, join->rows[i].service))
			return watch_ended_us(collector->watch, join->pid) <
			    collector->listing.asked_us - RECONCILE_GRACE_US;
	return false;
}

/* What the join found of one process. Returns the number of changes, or -1. */
static int
apply(struct collector *collector, struct error *err)
{
	const struct join *join = &collector->join;
	int changes = 0;

	for (size_t i = 0; i < join->known_count; i++) {
		int changed =
		    apply_known(collector, &join->known[i], &join->judgements[i], err);

		if (changed == -1)
			return -1;
		changes += changed;
	}
	if (has_new(collector))
		moves_come(collector->moves, join->pid);
	return changes;
}

/* Takes the next process. 1 if there was one, 0 at the end, -1 for a failure. */
static int
join_process(struct collector *collector, int *changes, struct error *err)
{
	int changed;

	if (!join_next(&collector->join))
		return 0;
	changed = apply(collector, err);
	*changes += changed;
	return changed == -1 ? -1 : 1;
}

/* One turn's share. 1 if there is more, 0 if it is done, -1 for a failure. */
static int
work(struct collector *collector, struct error *err)
{
	struct view *view = collector_view(collector, err);
	int processes = 0;
	int changes = 0;

	if (view == NULL)
		return -1;
	if (!collector->settling)
		join_use(&collector->join, view);
	while (processes++ < PROCESSES_A_SLICE && changes < CHANGES_A_SLICE) {
		int rc = collector->settling ?
		    collector_settle(collector, &changes, err) :
		    join_process(collector, &changes, err);

		if (rc == -1 || (rc == 0 && collector->settling))
			return rc;
		if (rc == 0) {
			collector->settling = true;
			moves_sort(collector->moves);
		}
	}
	return 1;
}

void
collector_on_slice(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	struct error err = { 0 };
	int rc = work(collector, &err);

	(void)fd;
	(void)what;
	if (rc == 0) {
		collector_poll_succeed(collector);
		return;
	}
	view_release(collector->reader);
	if (rc == 1) {
		event_add(
		    collector->slice, &(struct timeval){ 0 }); /* in the next turn */
		return;
	}
	/* The store's failure is told at the end of the turn. */
	collector_write_failed(collector, &err);
	collector_poll_finish(collector);
}

static bool
lives(void *arg, const struct process *process)
{
	const struct collector *collector = arg;

	return watch_has(collector->watch, process->pid) || process_is_same(process);
}

static bool
ended(void *arg, const struct session *session)
{
	return collector_ended_us(arg, session) != 0;
}

int
collector_join_begin(struct collector *collector, struct error *err)
{
	struct view *view;

	listing_sort(&collector->listing);
	moves_begin(collector->moves, collector->listing.asked_us);
	collector_web_listing(collector);
	view = collector_view(collector, err);
	if (view == NULL)
		return -1;
	join_init(&collector->join, &collector->listing,
	    &(struct reconcile){
		.asked_us = collector->listing.asked_us,
		/* A log may tell of who is not listed yet. */
		.grace_us = collector->listing.exact && collector->log == NULL ?
		    0 :
		    RECONCILE_GRACE_US,
		.services = collector->listing.services,
		.list_lost_us = store_get_mark(view, STORE_MARK_LIST_LOST),
		.lives = lives,
		.ended = ended,
		.is_open = is_open,
		.arg = collector,
	    });
	collector->join.thorough = collector->thorough;
	collector->join.silence_us =
	    (int64_t)collector->conf.poll_seconds * CLOCK_SECOND_US;
	collector->thorough = false;
	collector->settling = false;
	collector_on_slice(-1, 0, collector);
	return 0;
}

void
collector_join_end(struct collector *collector)
{
	join_fini(&collector->join);
	memset(&collector->join, 0, sizeof collector->join);
}
