/* SPDX-License-Identifier: ISC */
/* Connections of webmail to the mail server: each is of a session of its user. */
#include "config.h"

#include "agent/collect/web_state.h"
#include "agent/store/ended.h"
#include "agent/store/user.h"

/* What a connection is of: a session with this name, or from where it comes. */
struct wanted {
	uint64_t name;
	uint64_t auth_user;
	const struct address *address;
};

static int
rank(const struct web *web, const struct web_session *session, const void *arg)
{
	const struct wanted *wanted = arg;

	if (wanted->name != 0 && session->name == wanted->name)
		return WEBMAIL_SAME_ADDRESS + 1;
	if (wanted->name != 0 && session->name != 0)
		return WEBMAIL_NO_FIT;
	if (session->auth_user != wanted->auth_user)
		return WEBMAIL_NO_FIT;
	return webmail_fits(web->conf, wanted->address, &session->remote);
}

/* It was told late: its session ended since. What is listed was open then. */
static bool
is_of_the_past(struct view *view, const struct session *login)
{
	bool told = login->login_source == TIME_RECORDED;
	const struct access *access = NULL;
	struct user user;

	if (user_find(view, login->user, &user))
		access = user_access(&user, SERVICE_HTTP);
	return access != NULL &&
	    access->logout_us >= (told ? login->login_us : login->created_us);
}

/* The port is the connection's, which does not stay. */
static struct session
make_session(const struct session *login, struct text name, int64_t at_us)
{
	struct session session = *login;

	session.service = SERVICE_HTTP;
	session.store_id = name;
	session.remote.port = 0;
	session.process = (struct process){ 0 };
	session.connection = (struct connection_id){ 0 };
	session.seen_us = at_us;
	return session;
}

static void
open_connection(
    struct web *web, struct web_session *session, const struct session *login)
{
	if (login->process.pid != 0)
		web_index_open(
		    web->index, session, login->process.pid, login->created_us);
}

/* What a session's first connection tells that webmail did not. */
static int
complete(struct view *view, struct session *row, const struct session *login,
    struct error *err)
{
	bool mechanism = row->mechanism.length == 0 && login->mechanism.length > 0;
	bool local = row->local.address.length == 0 && login->local.address.length > 0;
	uint8_t copy[RECORD_SIZE];

	if (!mechanism && !local)
		return 0;
	web_keep(row, copy);
	if (mechanism)
		row->mechanism = login->mechanism;
	if (local)
		row->local = login->local;
	return session_update(view, row, false, err);
}

int
web_connect(struct web *web, struct view *view, const struct session *login,
    enum web_beginning beginning, struct session *begun, struct error *err)
{
	struct text id = webmail_id(web->conf, login);
	struct wanted wanted = { .auth_user = web_index_hash(login->auth_user),
		.address = &login->remote.address };
	struct text name = { 0 };
	int64_t at_us =
	    login->login_us < login->created_us ? login->login_us : login->created_us;
	struct web_session *session;
	struct session row;

	if (!web->conf->http_userlist)
		return web_note(web, view, login->user, login->auth_user, at_us,
		    &login->remote.address, err);
	if (id.length > 0)
		name = webmail_name(web->name, login->user, id);
	wanted.name = web_index_hash(name);
	if (web_end_stale(web, view, login->user, at_us, err) == -1)
		return -1;
	session = web_pick(web, view, login->user, rank, &wanted, &row);
	if (session != NULL) {
		if (session->remote.length == 0)
			session->remote = login->remote.address;
		open_connection(web, session, login);
		if (complete(view, &row, login, err) == -1)
			return -1;
		return web_see(web, view, session, at_us, err);
	}
	if (beginning == WEB_NO_SESSION || is_of_the_past(view, login) ||
	    (name.length > 0 && ended_has(view, name, at_us)))
		return 0;
	*begun = make_session(login, name, at_us);
	if (web_begin(
		web, view, begun, beginning == WEB_COUNTED_LOGIN, &session, err) == -1)
		return -1;
	if (session == NULL)
		return web_note(web, view, login->user, login->auth_user, at_us,
		    &login->remote.address, err);
	open_connection(web, session, login);
	return 1;
}

void
web_process_ended(struct web *web, uint32_t pid, int64_t at_us, bool may_move)
{
	web_index_close(web->index, pid, at_us, may_move);
}

struct seeing {
	struct view *view;
	struct text user;
};

static bool
is_of_user(void *arg, const struct web_session *session)
{
	const struct seeing *seeing = arg;
	struct session_key key = { SERVICE_HTTP, session->number };
	struct session row;

	return session_get(seeing->view, key, &row) &&
	    text_equal(row.user, seeing->user);
}

bool
web_take_row(
    struct web *web, struct view *view, const struct listed *row, int64_t asked_us)
{
	struct seeing seeing = { view, row->user };

	return web_index_list(web->index, row->pid, asked_us, is_of_user, &seeing);
}

bool
web_take_moved(
    struct web *web, struct view *view, const struct listed *row, int64_t asked_us)
{
	struct seeing seeing = { view, row->user };
	struct web_session *session = web_index_first(web->index, row->user);

	for (; session != NULL; session = web_index_next(session))
		if (session->open > 0 &&
		    address_equal(&session->remote, &row->remote) &&
		    is_of_user(&seeing, session) &&
		    web_index_move(web->index, session, row->pid, asked_us))
			return true;
	return false;
}
