/* SPDX-License-Identifier: ISC */
/* What webmail itself tells of its sessions. */
#include "config.h"

#include "agent/collect/web_state.h"
#include "agent/store/ended.h"
#include "agent/store/user.h"

struct wanted {
	const struct web_event *event;
	struct text name;
	uint64_t hash; /* of it */
};

static int
rank_name(const struct web *web, const struct web_session *session, const void *arg)
{
	const struct wanted *wanted = arg;

	(void)web;
	return session->name == wanted->hash;
}

/*
 * A session that began by a connection, before webmail told of it, has no name; its address
 * is the same, or nothing but webmail's.
 */
static int
rank_nameless(const struct web *web, const struct web_session *session, const void *arg)
{
	const struct wanted *wanted = arg;
	const struct address *remote = &wanted->event->remote.address;

	if (session->name != 0 ||
	    session->auth_user != web_index_hash(wanted->event->auth_user))
		return 0;
	if (remote->length > 0 && address_equal(&session->remote, remote))
		return 2;
	return remote->length == 0 || session->remote.length == 0 ||
	    webmail_is_host(web->conf, &session->remote);
}

/* A session that began by its connection is what webmail tells of: what it knows counts. */
static int
describe(struct web *web, struct view *view, struct web_session *session,
    struct session *row, const struct wanted *wanted, struct error *err)
{
	const struct web_event *event = wanted->event;
	bool login = event->kind == WEB_LOGIN;
	uint8_t copy[RECORD_SIZE];

	web_keep(row, copy);
	web_index_see(web->index, session, event->time_us);
	if (event->remote.address.length > 0) {
		row->remote = event->remote;
		session->remote = event->remote.address;
	}
	if (event->local.address.length > 0)
		row->local = event->local;
	if (login) {
		row->login_us = event->time_us;
		row->login_source = TIME_RECORDED;
	}
	row->store_id = wanted->name;
	session->name = wanted->hash;
	session->told = true;
	row->seen_us = session->written_us = session->seen_us;
	return session_update(
	    view, row, login && conf_records(web->conf, row->auth_user), err);
}

/* 1 if a session began, 0 if none could, or -1. */
static int
begin(struct web *web, struct view *view, const struct wanted *wanted,
    struct session *begun, struct error *err)
{
	const struct web_event *event = wanted->event;
	bool login = event->kind == WEB_LOGIN;
	struct web_session *session;

	*begun = (struct session){
		.service = SERVICE_HTTP,
		.user = event->user,
		.auth_user = event->auth_user,
		.login_us = event->time_us,
		.login_source = login ? TIME_RECORDED : TIME_OBSERVED,
		.created_us = event->told_us,
		.store_id = wanted->name,
		.local = event->local,
		.remote = event->remote,
		.seen_us = event->time_us,
	};
	if (web_begin(web, view, begun, login, &session, err) == -1)
		return -1;
	if (session != NULL)
		session->told = true;
	return session != NULL;
}

static int
note(struct web *web, struct view *view, const struct web_event *event,
    struct error *err)
{
	const struct address *remote = &event->remote.address;

	if (event->kind == WEB_ALIVE)
		return web_note(web, view, event->user, event->auth_user,
		    event->time_us, remote, err);
	if (!conf_records(web->conf, event->auth_user))
		return 0;
	if (event->kind == WEB_LOGOUT)
		return user_record_logout(
		    view, SERVICE_HTTP, event->user, event->time_us, err);
	return user_record_login(
	    view, SERVICE_HTTP, event->user, event->time_us, remote, err);
}

static int
log_out(
    struct web *web, struct view *view, const struct wanted *wanted, struct error *err)
{
	const struct web_event *event = wanted->event;
	struct web_session *session;
	struct session row;

	session = web_pick(web, view, event->user, rank_name, wanted, &row);
	if (session == NULL)
		return 0;
	return web_end(web, view, session, &row, event->time_us, true, err);
}

/* A login, or a sign of life. */
static int
appear(struct web *web, struct view *view, const struct wanted *wanted,
    enum web_answer *answer, struct session *begun, struct error *err)
{
	const struct web_event *event = wanted->event;
	struct web_session *session;
	struct session row;
	int rc;

	if (web_end_stale(web, view, event->user, event->time_us, err) == -1)
		return -1;
	session = web_pick(web, view, event->user, rank_name, wanted, &row);
	if (session != NULL && !session->told)
		return describe(web, view, session, &row, wanted, err);
	if (session != NULL) {
		if (event->remote.address.length > 0)
			session->remote = event->remote.address;
		return web_see(web, view, session, event->time_us, err);
	}
	if (ended_has(view, wanted->name, event->told_us)) {
		*answer = WEB_DISCONNECTED;
		return 0;
	}
	session = web_pick(web, view, event->user, rank_nameless, wanted, &row);
	if (session != NULL)
		return describe(web, view, session, &row, wanted, err);
	rc = begin(web, view, wanted, begun, err);
	if (rc != 0)
		return rc;
	*answer = WEB_FULL;
	return note(web, view, event, err);
}

int
web_tell(struct web *web, struct view *view, const struct web_event *event,
    enum web_answer *answer, struct session *begun, struct error *err)
{
	struct wanted wanted = { .event = event };

	*answer = WEB_OK;
	if (!web->conf->http_userlist)
		return note(web, view, event, err);
	wanted.name = webmail_name(web->name, event->user, event->id);
	wanted.hash = web_index_hash(wanted.name);
	if (event->kind == WEB_LOGOUT)
		return log_out(web, view, &wanted, err);
	return appear(web, view, &wanted, answer, begun, err);
}
