/* SPDX-License-Identifier: ISC */
/*
 * What a poll's answer makes of the store: first the processes one by one, a slice a turn, so
 * that the feeds are read meanwhile; then who went from one process to another.
 */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
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

/* When the session's process was seen to end; 0 if it was not. */
static int64_t
ended_us(const struct collector *collector, const struct session *session)
{
	int64_t us = watch_ended_us(collector->watch, session->process.pid);

	return us >= session->created_us ? us : 0;
}

/* What a row says of its session: where it is now. */
static int
update_session(struct collector *collector, struct session *session,
    const struct listed *row, struct error *err)
{
	struct view *view = collector_writer(collector);

	if (view == NULL)
		return -1;
	session->connection = row->connection;
	if (session->process.pid != row->pid) {
		session->process = (struct process){ row->pid, process_now_ticks() };
		session->hibernated = backend_hibernates(collector->backend, row->pid);
		watch_add(collector->watch, &session->process);
	}
	return session_update(view, session, false, err);
}

static int
end_session(struct collector *collector, const struct session *session, bool logout,
    struct error *err)
{
	int64_t end_us = ended_us(collector, session);
	struct view *view = collector_writer(collector);

	if (view == NULL)
		return -1;
	return session_end(view,
	    (struct session_key){ session->service, session->number },
	    end_us != 0 ? end_us : collector->listing.asked_us,
	    logout && collector_records(collector, session), err);
}

static bool
is_open(void *arg, const struct session *session)
{
	struct collector *collector = arg;

	return tcp_session_is_open(&collector->tcp, session);
}

/* What is only no longer listed by the configuration did not log out. */
static int
apply_known(struct collector *collector, struct session *session,
    const struct judgement *judgement, struct error *err)
{
	if (judgement->open && !collector_lists(collector, session->service))
		return end_session(collector, session, false, err) == -1 ? -1 : 1;
	if (judgement->row != NULL) {
		if (connection_id_equal(
			&judgement->row->connection, &session->connection))
			return 0;
		return update_session(collector, session, judgement->row, err) == -1 ?
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

/*
 * Whether what MARK stands for is known only since SINCE_US (0: since the first of the polls
 * that saw it).
 */
static bool
is_fresh(struct collector *collector, uint64_t mark, int64_t since_us)
{
	int64_t seen_us = moves_wait(collector->moves, mark);

	return collector->listing.asked_us - (since_us != 0 ? since_us : seen_us) <
	    HANDOVER_US;
}

/* Whether it has to wait for the next poll. */
static bool
waits(struct collector *collector, uint64_t mark, int64_t since_us)
{
	if (collector->previous_us == 0) /* it was so while nobody looked */
		return false;
	if (!is_fresh(collector, mark, since_us))
		return false;
	collector->sessions_wait = true;
	return true;
}

static uint64_t
mark_of(const struct listed *row)
{
	return session_mark(row->service, row->user, &row->remote, &row->connection) ^
	    row->pid;
}

bool
collector_row_is_fresh(struct collector *collector, const struct listed *row)
{
	return is_fresh(collector, mark_of(row), 0);
}

static int
add_row(struct collector *collector, const struct listed *row, struct error *err)
{
	struct view *view = collector_writer(collector);
	struct session session;
	bool unsaid;

	if (view == NULL)
		return -1;
	session_from_row(
	    &session, row, collector->listing.asked_us, collector->previous_us);
	session.hibernated = backend_hibernates(collector->backend, row->pid);
	unsaid = collector_may_be_told(collector, &session);
	if (session_add(view, &session, collector->conf.last_access && !unsaid,
		collector->previous_us != 0, err) == -1)
		return -1;
	user_watch_session(collector->notices.users, view, &session);
	if (unsaid)
		collector_unsaid_add(collector, &session);
	else
		user_watch_login(collector->notices.users, view, &session);
	watch_add(collector->watch, &session.process);
	return 0;
}

/* A session that nobody was known of: another process's that goes on here, or a new one. */
static int
settle_row(struct collector *collector, const struct listed *row, bool hibernates,
    struct error *err)
{
	const struct session *leaver = moves_take(collector->moves, row, hibernates);
	struct session session;

	if (leaver != NULL) {
		session = *leaver;
		return update_session(collector, &session, row, err);
	}
	if (collector_web_takes_moved(collector, row) ||
	    (backend_may_move(collector->backend, collector->backend_state) &&
		waits(collector, mark_of(row), 0)) ||
	    collector_web_may_take(collector, row))
		return 0;
	return add_row(collector, row, err);
}

/* What is known of it may have changed since it was joined. */
static int
settle_process(
    struct collector *collector, uint32_t pid, int *changes, struct error *err)
{
	struct join *join = &collector->join;
	bool hibernates = backend_hibernates(collector->backend, pid);
	struct view *view = collector_view(collector, err);

	if (view == NULL)
		return -1;
	join_again(join, pid, view);
	for (size_t i = 0; i < join->row_count; i++) {
		if (!collector_lists(collector, join->rows[i].service))
			continue;
		for (uint32_t n = 0; n < join->new[i]; n++, ++*changes)
			if (settle_row(collector, &join->rows[i], hibernates, err) ==
			    -1)
				return -1;
	}
	return 1;
}

/* Who is listed nowhere: over, unless it may only be on its way. */
static int
settle_session(
    struct collector *collector, const struct session *leaver, struct error *err)
{
	int64_t gone_us = ended_us(collector, leaver);
	bool moves = leaver->hibernated ||
	    (gone_us != 0 &&
		backend_may_move(collector->backend, collector->backend_state));
	struct session now;
	struct view *view = collector_view(collector, err);

	if (view == NULL)
		return -1;
	/* It may have ended, or become better known, since it was joined. */
	if (!session_get(
		view, (struct session_key){ leaver->service, leaver->number }, &now) ||
	    now.process.pid != leaver->process.pid)
		return 0;
	if (moves &&
	    waits(collector, (uint64_t)leaver->number << 8 | leaver->service, gone_us))
		return 0;
	return end_session(collector, leaver, true, err);
}

/* As join_process(), for what that has left. */
static int
settle(struct collector *collector, int *changes, struct error *err)
{
	uint32_t pid = moves_next_process(collector->moves);
	const struct session *leaver;

	if (pid != 0)
		return settle_process(collector, pid, changes, err);
	leaver = moves_next_session(collector->moves);
	if (leaver == NULL)
		return 0;
	++*changes;
	return settle_session(collector, leaver, err) == -1 ? -1 : 1;
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
		int rc = collector->settling ? settle(collector, &changes, err) :
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
	return ended_us(arg, session) != 0;
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
		.services = collector->listing.services,
		.list_lost_us = store_get_mark(view, STORE_MARK_LIST_LOST),
		.lives = lives,
		.ended = ended,
		.is_open = is_open,
		.arg = collector,
	    });
	collector->join.thorough = collector->thorough;
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
