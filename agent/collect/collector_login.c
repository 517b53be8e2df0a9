/* SPDX-License-Identifier: ISC */
/* What the feed and the processes tell the collector: logins, and ends. */
#include "config.h"

#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/connection.h"
#include "agent/collect/reconcile.h"
#include "agent/collect/process.h"
#include "agent/collect/webmail.h"
#include "agent/log.h"

static int
find_known(struct view *view, const struct session *login, struct session *known)
{
	struct session_ref ref = { .pid = login->process.pid };

	while (session_seek_process(view, &ref) && ref.pid == login->process.pid)
		if (session_get(view, ref.session, known) &&
		    reconcile_begins(login, known))
			return 1;
	return 0;
}

/* A log may have told of the login first, and knows less. */
static bool
tells_more(const struct session *login, const struct session *known)
{
	return (login->local.port != 0 && known->local.port == 0) ||
	    (login->auth_user.length > 0 && known->auth_user.length == 0);
}

/* As collector_write_login() for what becomes, or is, a row of a session. */
static int
write_session(struct collector *collector, struct view *view,
    const struct session *login, struct error *err)
{
	struct session session = *login;
	struct session known;
	bool record = collector_records(collector, login);

	session.process.seen_ticks = process_now_ticks();
	/* Dovecot 2.3 tells the server's port only where it was configured to. */
	if (session.local.port == 0)
		connection_find(
		    login->process.pid, NULL, &session.local, &session.remote);
	if (!find_known(view, login, &known)) {
		if (session_add(view, &session, record, true, err) == -1)
			return -1;
		user_watch_session(collector->notices.users, view, &session);
		return 0;
	}
	if (known.login_source == TIME_RECORDED && !tells_more(&session, &known))
		return 0;
	session.number = known.number;
	session.created_us = known.created_us;
	return session_update(view, &session, record, err);
}

/* A poll may have taken the connection for what it looks like; that was no login. */
static int
write_web(struct collector *collector, struct view *view, const struct session *login,
    struct error *err)
{
	struct session known;

	if (login->process.pid != 0 && find_known(view, login, &known) &&
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

void
collector_on_logins(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	struct view *view = collector_writer(collector);
	struct error err;
	size_t count = 0;
	const struct session *logins = dict_server_take(collector->dict, &count);

	(void)fd;
	(void)what;
	if (logins == NULL)
		return;
	collector->logins_taken = true;
	for (size_t i = 0; i < count && view != NULL; i++) {
		if (collector_log_skips(collector, view, &logins[i]))
			continue;
		if (collector_write_login(collector, view, &logins[i], &err) == -1) {
			collector_write_failed(collector, &err);
			return;
		}
		collector_log_note(collector, view, &logins[i]);
		if (logins[i].process.pid != 0)
			watch_add_sure(collector->watch, logins[i].process.pid);
	}
}

int
collector_login_open(struct collector *collector, int fd, struct error *err)
{
	const struct conf *conf = &collector->conf;

	if (fd == -1 && (!collector->backend->polls || conf->dict_socket[0] == '\0'))
		return 0;
	collector->dict_made = fd == -1;
	if (fd == -1)
		fd = dict_listen(conf->dict_socket, conf->dict_group, err);
	if (fd == -1)
		return -1;
	collector->dict = dict_server_start(fd, (size_t)conf->dict_connections,
	    &(struct dict_site){ conf->dict_forward, conf->dict_forward_precision },
	    err);
	if (collector->dict == NULL)
		return -1;
	collector->logins_ready =
	    event_new(collector->base, dict_server_fd(collector->dict),
		EV_READ | EV_PERSIST, collector_on_logins, collector);
	event_add(collector->logins_ready, NULL);
	return 0;
}

void
collector_login_close(struct collector *collector)
{
	if (collector->logins_ready != NULL)
		event_free(collector->logins_ready);
	/* A login waits for seconds at a socket that nobody listens to, but not for none. */
	if (collector->dict != NULL && collector->dict_made)
		unlink(collector->conf.dict_socket);
	dict_server_stop(collector->dict);
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
