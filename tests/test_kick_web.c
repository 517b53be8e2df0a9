/* SPDX-License-Identifier: ISC */
/* Webmail's sessions beside connections of HTTP: which of them a kick ends, and what else is told apart. */
#include "config.h"

#include "agent/collect/kick_web.h"
#include "tests/web_unit.h"

/* A connection of HTTP, as a poll found it. */
static struct session
connection(const char *user, uint32_t pid, int seconds)
{
	struct session s = login(user, BROWSER, seconds);
	struct view *writer;

	s.service = SERVICE_HTTP;
	s.login_source = TIME_OBSERVED;
	s.process.pid = pid;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	look();
	return s;
}

static struct session_key
key_of(const struct session *session)
{
	return (struct session_key){ session->service, session->number };
}

static bool
is_there(struct session_key key)
{
	struct session session;

	look();
	return session_get(view, key, &session) == 1;
}

/* What a kick counts of it. */
static uint32_t
kick(const char *user, struct session_key key)
{
	struct kick kick = {
		.user = text_from(user), .session = key, .result = AUDIT_NOTHING
	};
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(kick_web(writer, &conf, &kick, 1, &err));
	must(store_commit(writer, &err));
	assert_int_equal(kick.result, kick.ended > 0 ? AUDIT_DONE : AUDIT_NOTHING);
	return kick.ended;
}

static void
all_of_a_user_are_those_of_webmail(void **state)
{
	struct session dav;

	(void)state;
	tell(WEB_LOGIN, "ann", "a", 0);
	tell(WEB_LOGIN, "ann", "b", 0);
	tell(WEB_LOGIN, "bob", "c", 0);
	dav = connection("ann", 7, 1);
	assert_int_equal(kick("ann", (struct session_key){ 0 }), 2);
	assert_true(is_there(key_of(&dav)));
	assert_int_equal(sessions(), 2);
}

static void
one_of_webmail_is_one(void **state)
{
	struct session dav;
	struct session_key web_key;

	(void)state;
	dav = connection("ann", 7, 1);
	tell(WEB_LOGIN, "ann", "a", 0);
	web_key = key_of(&begun);
	assert_int_equal(kick("ann", key_of(&dav)), 0);
	assert_true(is_there(key_of(&dav)));
	assert_int_equal(kick("ann", web_key), 1);
	assert_false(is_there(web_key));
}

/* Neither is it known after a restart, nor does its time pass. */
static void
a_connection_does_not_become_webmails(void **state)
{
	struct session dav;

	(void)state;
	dav = connection("ann", 7, 1);
	look();
	web_load(web, view);
	pass(100000);
	assert_true(is_there(key_of(&dav)));
	assert_int_equal(tell(WEB_LOGIN, "ann", "a", 0), WEB_OK);
	assert_int_equal(sessions(), 2);
}

/* Listed at second 10, but its process began before a connection of HTTP ended. */
static void
its_end_does_not_hide_that_the_user_is_at_webmail(void **state)
{
	struct session dav = connection("ann", 7, 1);
	struct session row = login("ann", HOST, 4);
	struct view *writer;

	(void)state;
	must(store_begin(&writer, store, &err));
	must(session_end(writer, key_of(&dav), at(5), true, &err));
	must(store_commit(writer, &err));
	row.process.pid = 8;
	assert_int_equal(connect_as(&row, WEB_COUNTED_LOGIN), 0);
	row.login_source = TIME_DERIVED;
	row.created_us = at(10);
	assert_int_equal(connect_as(&row, WEB_COUNTED_LOGIN), 1);
	assert_true(session_is_web(&begun));
	assert_int_equal(sessions(), 1);
}

#define KICK_CASE(name) cmocka_unit_test_setup_teardown(name, begin_web, end_web)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KICK_CASE(all_of_a_user_are_those_of_webmail),
		KICK_CASE(one_of_webmail_is_one),
		KICK_CASE(a_connection_does_not_become_webmails),
		KICK_CASE(its_end_does_not_hide_that_the_user_is_at_webmail),
	};

	return cmocka_run_group_tests_name("kick_web", tests, NULL, NULL);
}
