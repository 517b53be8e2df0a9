/* SPDX-License-Identifier: ISC */
/* Webmail and its sessions in a store of their own, and the usual steps with them. */
#ifndef IMSC_TESTS_WEB_UNIT_H
#define IMSC_TESTS_WEB_UNIT_H

#include "agent/clock.h"
#include "agent/collect/web.h"
#include "agent/collect/webmail.h"
#include "tests/store_unit.h"

#define HOST "192.0.2.7"
#define OTHER_HOST "2001:db8::7"
#define BROWSER "203.0.113.7"

static const int64_t start_us = 1795297170 * INT64_C(1000000);
static struct conf conf;
static struct web *web;
static struct session begun;
static enum web_answer answer;

static inline int64_t
at(int seconds)
{
	return start_us + (int64_t)seconds * CLOCK_SECOND_US;
}

static inline int
begin_web(void **state)
{
	if (begin(state) == -1)
		return -1;
	conf_init(&conf);
	conf.http_userlist = true;
	conf.last_access = true;
	conf.webmail_hosts.count = 2;
	assert_true(network_parse(&conf.webmail_hosts.network[0], text_from(HOST)));
	assert_true(
	    network_parse(&conf.webmail_hosts.network[1], text_from(OTHER_HOST)));
	web = web_new(&conf);
	return 0;
}

static inline int
end_web(void **state)
{
	web_free(web);
	conf_fini(&conf);
	return end(state);
}

static inline struct session
login(const char *user, const char *address, int seconds)
{
	struct session s = { .service = SERVICE_IMAP,
		.user = text_from(user),
		.login_us = at(seconds),
		.login_source = TIME_RECORDED,
		.created_us = at(seconds),
		.mechanism = text_from("PLAIN"),
		.remote.port = 40000 };

	assert_true(address_parse(&s.remote.address, text_from(address)));
	return s;
}

static inline int
connect_as(const struct session *s, enum web_beginning beginning)
{
	struct view *writer;
	int rc;

	must(store_begin(&writer, store, &err));
	rc = web_connect(web, writer, s, beginning, &begun, &err);
	must(rc);
	must(store_commit(writer, &err));
	look();
	return rc;
}

/* Whether a session begins with it. */
static inline int
visit(const char *user, const char *address, int seconds)
{
	struct session s = login(user, address, seconds);

	return connect_as(&s, WEB_COUNTED_LOGIN);
}

static inline int
open_in(uint32_t pid, const char *user, const char *address, int seconds)
{
	struct session s = login(user, address, seconds);

	s.process.pid = pid;
	return connect_as(&s, WEB_COUNTED_LOGIN);
}

static inline enum web_answer
tell_from(enum web_event_kind kind, const char *user, const char *id,
    const char *address, int seconds)
{
	struct web_event event = { .kind = kind,
		.user = text_from(user),
		.id = text_from(id),
		.time_us = at(seconds),
		.told_us = at(seconds) };
	struct view *writer;

	if (address != NULL)
		assert_true(address_parse(&event.remote.address, text_from(address)));
	must(store_begin(&writer, store, &err));
	must(web_tell(web, writer, &event, &answer, &begun, &err));
	must(store_commit(writer, &err));
	look();
	return answer;
}

static inline enum web_answer
tell(enum web_event_kind kind, const char *user, const char *id, int seconds)
{
	return tell_from(kind, user, id, BROWSER, seconds);
}

/* What is over at this second ends. */
static inline void
pass(int seconds)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(web_end_due(web, writer, at(seconds), 1000, &err));
	must(store_commit(writer, &err));
	look();
}

static inline size_t
sessions(void)
{
	struct session_key key = { SERVICE_HTTP, 0 };
	struct session row;
	size_t count = 0;

	look();
	while (session_seek(view, SESSION_ANY, key, true, &row) &&
	    row.service == SERVICE_HTTP) {
		key.number = row.number;
		count++;
	}
	return count;
}

/* The one session there is. */
static inline struct session
only(void)
{
	struct session row;

	assert_int_equal(sessions(), 1);
	assert_int_equal(session_seek(view, SESSION_ANY,
			     (struct session_key){ SERVICE_HTTP, 0 }, true, &row),
	    1);
	return row;
}

static inline uint64_t
logins(void)
{
	struct totals totals;

	look();
	store_get_totals(view, SERVICE_HTTP, &totals);
	return totals.logins;
}

static inline struct access
access_of(const char *name, enum service service)
{
	struct user user;

	look();
	if (!user_find(view, text_from(name), &user) ||
	    user_access(&user, service) == NULL)
		return (struct access){ 0 };
	return *user_access(&user, service);
}

static inline void
is_address(const struct address *address, const char *expected)
{
	struct address wanted;

	assert_true(address_parse(&wanted, text_from(expected)));
	assert_true(address_equal(address, &wanted));
}

/* The one session there is comes from this address. */
static inline void
comes_from(const char *expected)
{
	struct session row = only();

	is_address(&row.remote.address, expected);
}

#define WEB_CASE(name) cmocka_unit_test_setup_teardown(name, begin_web, end_web)

#endif
