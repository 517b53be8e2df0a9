/* SPDX-License-Identifier: ISC */
/*
 * When all processes of a poll's answer are joined: who went on in another process, who is new,
 * and who is gone.
 */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/activity.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/connection.h"
#include "agent/collect/process.h"

int64_t
collector_ended_us(const struct collector *collector, const struct session *session)
{
	int64_t us = watch_ended_us(collector->watch, session->process.pid);

	return us >= session->created_us ? us : 0;
}

/* That sessions hibernate at all is remembered: the next start has to know it at once. */
static int
note_hibernation(struct collector *collector, struct view *view,
    struct session *session, struct error *err)
{
	session->hibernated =
	    backend_hibernates(collector->backend, session->process.pid);
	if (!session->hibernated || store_get_mark(view, STORE_MARK_HIBERNATED) != 0)
		return 0;
	return store_set_mark(view, STORE_MARK_HIBERNATED, clock_now_us(), err);
}

int
collector_place_session(struct collector *collector, struct session *session,
    const struct listed *row, struct error *err)
{
	struct view *view = collector_writer(collector);

	if (view == NULL)
		return -1;
	session->connection = row->connection;
	activity_take_row(session, row);
	if (session->remote.port == 0)
		connection_find(row->pid, collector->listing.sockets, &session->local,
		    &session->remote);
	if (session->process.pid != row->pid) {
		session->process = (struct process){ row->pid, process_now_ticks() };
		watch_add(collector->watch, &session->process);
		if (note_hibernation(collector, view, session, err) == -1)
			return -1;
	}
	return session_update(view, session, false, err);
}

int
collector_end_session(struct collector *collector, const struct session *session,
    bool logout, struct error *err)
{
	int64_t end_us = collector_ended_us(collector, session);
	struct view *view = collector_writer(collector);

	if (view == NULL)
		return -1;
	return session_end(view,
	    (struct session_key){ session->service, session->number },
	    end_us != 0 ? end_us : collector->listing.asked_us,
	    logout && collector_records(collector, session), err);
}

/* Whether what MARK stands for is known since shortly before: SINCE_US, 0: the first poll of it. */
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
	/* When a session began to be on its way while nobody looked is not known. */
	if (!is_fresh(collector, mark, collector->previous_us != 0 ? since_us : 0))
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
	session_from_row(&session, row, collector->listing.sockets,
	    collector->listing.asked_us, collector->previous_us);
	if (note_hibernation(collector, view, &session, err) == -1)
		return -1;
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

/*
 * Whether a row may be of a session that is on its way from one process to another and is
 * listed in both. At the first poll of all, only if its user has any.
 */
static bool
may_be_moving(struct collector *collector, const struct listed *row)
{
	const struct access *access = NULL;
	struct error ignored;
	struct view *view;
	struct user user;

	if (!backend_may_move(collector->backend, collector->backend_state))
		return false;
	if (collector->previous_us != 0)
		return true;
	view = collector_view(collector, &ignored);
	if (view != NULL && user_find(view, row->user, &user))
		access = user_access(&user, row->service);
	return access != NULL && access->sessions > 0;
}

/* A session that nobody was known of: another process's that goes on here, or a new one. */
static int
settle_row(struct collector *collector, const struct listed *row, bool hibernates,
    struct error *err)
{
	const struct backend *backend = collector->backend;
	const struct session *leaver = NULL;
	struct session session;

	if (backend->still_lists != NULL &&
	    !backend->still_lists(collector->backend_state, row))
		return 0;
	/* Where a process is a connection's, nobody goes from one to another. */
	if (!backend->one_at_a_time)
		leaver = moves_take(collector->moves, row, hibernates);
	if (leaver != NULL) {
		session = *leaver;
		return collector_place_session(collector, &session, row, err);
	}
	if (collector_web_takes_moved(collector, row) ||
	    (may_be_moving(collector, row) && waits(collector, mark_of(row), 0)) ||
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
	int64_t gone_us = collector_ended_us(collector, leaver);
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
	return collector_end_session(collector, leaver, true, err);
}

int
collector_settle(struct collector *collector, int *changes, struct error *err)
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
