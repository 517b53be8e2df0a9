/* SPDX-License-Identifier: ISC */
/* What the feed and the processes tell the collector: logins, and ends. */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/connection.h"
#include "agent/collect/reconcile.h"
#include "agent/collect/process.h"
#include "agent/collect/webmail.h"
#include "agent/log.h"

static int
find_known(const struct collector *collector, struct view *view,
    const struct session *login, struct session *known)
{
	struct session_ref ref = { .pid = login->process.pid };

	while (session_seek_process(view, &ref) && ref.pid == login->process.pid)
		if (session_get(view, ref.session, known) &&
		    reconcile_begins(login, known, collector->backend->one_at_a_time))
			return 1;
	return 0;
}

/* A log may have told of the login first, and knows less; or more. */
static bool
tells_more(const struct session *login, const struct session *known)
{
	return (login->local.port != 0 && known->local.port == 0) ||
	    (login->auth_user.length > 0 && known->auth_user.length == 0) ||
	    (login->mechanism.length > 0 && known->mechanism.length == 0) ||
	    (login->store_id.length > 0 && known->store_id.length == 0);
}

static struct text
either(struct text text, struct text other)
{
	return text.length > 0 ? text : other;
}

/* Makes SESSION, as somebody told of it, what is known of it now. */
static void
join_known(struct session *session, const struct session *known)
{
	session->number = known->number;
	session->created_us = known->created_us;
	session->process = known->process;
	session->connection = known->connection;
	session->hibernated = known->hibernated;
	session->mailbox = known->mailbox;
	session->active_us = known->active_us;
	session->octets = known->octets;
	session->mechanism = either(session->mechanism, known->mechanism);
	session->store_id = either(session->store_id, known->store_id);
	session->auth_user = either(session->auth_user, known->auth_user);
	if (session->local.port == 0) {
		session->local = known->local;
		session->remote = known->remote;
	}
}

int
collector_write_more(struct collector *collector, struct view *view,
    const struct session *login, struct error *err)
{
	struct session session = *login;
	struct session known;

	if (!find_known(collector, view, login, &known) || !tells_more(login, &known))
		return 0;
	join_known(&session, &known);
	session.login_us = known.login_us;
	session.login_source = known.login_source;
	return session_update(view, &session, false, err);
}

/*
 * Whoever was served by a process before is no longer, where it serves one connection at a time.
 * LATER_US: when the login of one who came after that was; 0 if there is none.
 */
static int
end_earlier(struct collector *collector, struct view *view, const struct session *login,
    int64_t *later_us, struct error *err)
{
	struct session_ref ref = { .pid = login->process.pid };
	struct session session;

	*later_us = 0;
	while (collector->backend->one_at_a_time && session_seek_process(view, &ref) &&
	    ref.pid == login->process.pid) {
		if (!session_get(view, ref.session, &session))
			continue;
		if (session.login_us > login->login_us)
			*later_us = session.login_us;
		else if (session_end(view, ref.session, login->login_us,
			     collector_records(collector, &session), err) == -1)
			return -1;
	}
	return 0;
}

/* A session that nobody knew of. */
static int
begin_session(struct collector *collector, struct view *view, struct session *session,
    struct error *err)
{
	bool record = collector_records(collector, session);
	int64_t later_us;

	if (end_earlier(collector, view, session, &later_us, err) == -1 ||
	    session_add(view, session, record, true, err) == -1)
		return -1;
	user_watch_session(collector->notices.users, view, session);
	if (later_us == 0)
		return 0;
	return session_end(view,
	    (struct session_key){ session->service, session->number }, later_us, record,
	    err);
}

/* As collector_write_login() for what becomes, or is, a row of a session. */
static int
write_session(struct collector *collector, struct view *view,
    const struct session *login, struct error *err)
{
	struct session session = *login;
	struct session known;

	session.process.seen_ticks = process_now_ticks();
	/* Dovecot 2.3 tells the server's port only where it was configured to. */
	if (session.local.port == 0 && !collector->backend->one_at_a_time)
		connection_find(
		    login->process.pid, NULL, &session.local, &session.remote);
	if (!find_known(collector, view, login, &known))
		return begin_session(collector, view, &session, err);
	if (known.login_source == TIME_RECORDED && !tells_more(&session, &known))
		return 0;
	join_known(&session, &known);
	return session_update(view, &session, collector_records(collector, login), err);
}

/* A poll may have taken the connection for what it looks like; that was no login. */
static int
write_web(struct collector *collector, struct view *view, const struct session *login,
    struct error *err)
{
	struct session known;

	if (login->process.pid != 0 && find_known(collector, view, login, &known) &&
	    session_end(view, (struct session_key){ known.service, known.number },
		known.login_us, false, err) == -1)
		return -1;
	return collector_web_login(collector, view, login, err);
}

int
collector_write_login(struct collector *collector, struct view *view,
    const struct session *login, struct error *err)
{
	int rc = 0;

	if (webmail_made(&collector->conf, login))
		return write_web(collector, view, login, err);
	if (login->process.pid != 0 && collector_lists(collector, login->service))
		rc = write_session(collector, view, login, err);
	else if (collector_records(collector, login))
		rc = user_record_login(view, login->service, login->user,
		    login->login_us, &login->remote.address, err);
	if (rc == 0)
		user_watch_login(collector->notices.users, view, login);
	return rc;
}

/* The user's session in the process that ended then, if it is open. */
static int
find_ended(struct view *view, const struct session *logout, int64_t ended_us,
    struct session *known)
{
	struct session_ref ref = { .pid = logout->process.pid };

	while (session_seek_process(view, &ref) && ref.pid == logout->process.pid)
		if (session_get(view, ref.session, known) &&
		    known->login_us <= ended_us + RECONCILE_GRACE_US &&
		    session_compare_user(known, logout->service, logout->user) == 0)
			return 1;
	return 0;
}

int
collector_write_logout(struct collector *collector, struct view *view,
    const struct session *logout, int64_t ended_us, struct error *err)
{
	bool record = collector_records(collector, logout);
	struct session known;

	if (find_ended(view, logout, ended_us, &known))
		return session_end(view,
		    (struct session_key){ known.service, known.number },
		    ended_us > known.login_us ? ended_us : known.login_us, record, err);
	if (!record || webmail_made(&collector->conf, logout))
		return 0;
	return user_record_logout(view, logout->service, logout->user, ended_us, err);
}

/* Ends every session of a process that ended then. */
static int
end_process(struct collector *collector, struct view *view, uint32_t pid,
    int64_t end_us, struct error *err)
{
	struct session_ref ref = { .pid = pid };
	struct session session;

	while (session_seek_process(view, &ref) && ref.pid == pid)
		if (session_get(view, ref.session, &session) &&
		    session.created_us <= end_us &&
		    session_end(view, ref.session, end_us,
			collector_records(collector, &session), err) == -1)
			return -1;
	return 0;
}

static bool
end_dead(void *arg, uint32_t pid, int64_t ended_us)
{
	struct collector *collector = arg;
	struct view *view = collector_writer(collector);
	struct error err;

	if (collector->news != NULL && collector->backend->feed->ended != NULL)
		collector->backend->feed->ended(collector->news, pid, ended_us);
	web_process_ended(collector->web, pid, ended_us, false);
	if (view == NULL)
		return false;
	if (end_process(collector, view, pid, ended_us, &err) == 0)
		return true;
	collector_write_failed(collector, &err);
	return false;
}

void
collector_on_exit(void *arg, uint32_t pid)
{
	struct collector *collector = arg;

	if (!collector->server_lost &&
	    backend_may_move(collector->backend, collector->backend_state)) {
		web_process_ended(
		    collector->web, pid, watch_ended_us(collector->watch, pid), true);
		collector_poll_for_moves(collector);
	} else
		end_dead(collector, pid, watch_ended_us(collector->watch, pid));
}

void
collector_end_dead(struct collector *collector)
{
	watch_each_ended(collector->watch, end_dead, collector);
}

/* Of one that only a poll can tell of, the next poll does. */
static bool
may_be_open(struct collector *collector, const struct session *session)
{
	return session->process.pid >= PROCESS_STAND_IN ||
	    watch_add(collector->watch, &session->process);
}

/*
 * A session that ended while nobody looked ended at some time after the last poll: that is
 * when its user was there for certain. If only its process ended, it may go on in another one.
 */
static int
resume(struct collector *collector, struct view *view, struct error *err)
{
	int64_t boot = process_boot_id();
	bool same_boot = store_get_mark(view, STORE_MARK_BOOT) == boot;
	bool may_move = store_get_mark(view, STORE_MARK_HIBERNATED) != 0;
	int64_t last_us = store_get_mark(view, STORE_MARK_COLLECTED);
	struct session_ref ref = { 0 };
	struct session session;

	while (session_seek_process(view, &ref)) {
		int64_t end_us;

		if (ref.pid == 0 || !session_get(view, ref.session, &session) ||
		    (same_boot && may_be_open(collector, &session)))
			continue;
		end_us = last_us > session.created_us ? last_us : session.created_us;
		if (same_boot && may_move)
			watch_note_end(collector->watch, ref.pid, end_us);
		else if (session_end(view, ref.session, end_us,
			     collector_records(collector, &session), err) == -1)
			return -1;
	}
	if (!same_boot && store_set_mark(view, STORE_MARK_BOOT, boot, err) == -1)
		return -1;
	return store_set_mark(view, STORE_MARK_COMPARED, 0, err);
}

int
collector_resume(struct collector *collector, struct error *err)
{
	struct view *view;

	if (store_begin(&view, collector->store, err) == -1)
		return -1;
	if (resume(collector, view, err) == -1) {
		store_abort(view);
		return -1;
	}
	return store_commit(view, err);
}
