/* SPDX-License-Identifier: ISC */
/* What webmail itself tells of its sessions, and what it is told. */
#include "config.h"

#include "agent/store/ended.h"
#include "tests/web_unit.h"

static void
webmail_tells_of_a_login_and_a_logout(void **state)
{
	struct session row;

	(void)state;
	assert_int_equal(tell(WEB_LOGIN, "ann", "x", 0), WEB_OK);
	row = only();
	assert_int_equal(row.store_id.length, WEBMAIL_NAME_SIZE - 1);
	assert_int_equal(row.login_source, TIME_RECORDED);
	is_address(&row.remote.address, BROWSER);
	assert_int_equal(logins(), 1);
	assert_int_equal(tell(WEB_LOGIN, "ann", "x", 1), WEB_OK);
	assert_int_equal(tell(WEB_ALIVE, "ann", "x", 2), WEB_OK);
	assert_int_equal(sessions(), 1);
	assert_int_equal(logins(), 1);
	assert_int_equal(tell(WEB_LOGOUT, "ann", "x", 3), WEB_OK);
	assert_int_equal(sessions(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(0));
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(3));
	assert_int_equal(tell(WEB_LOGOUT, "ann", "x", 4), WEB_OK);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(3));
}

static void
the_id_itself_is_not_kept(void **state)
{
	char name[WEBMAIL_NAME_SIZE];

	(void)state;
	tell(WEB_LOGIN, "ann", "a cookie", 0);
	webmail_name(name, text_from("ann"), text_from("a cookie"));
	assert_text(only().store_id, name);
	assert_null(strstr(name, "cookie"));
}

/* Webmail logs in by IMAP, and tells of it when that worked. */
static void
a_session_that_began_by_its_connection_gets_its_name(void **state)
{
	uint32_t number;

	(void)state;
	visit("ann", BROWSER, 0);
	number = only().number;
	tell(WEB_LOGIN, "ann", "x", 1);
	assert_int_equal(only().number, number);
	assert_int_equal(only().login_us, at(1));
	assert_int_equal(logins(), 1);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(1));
	assert_text(only().mechanism, "PLAIN");
	tell(WEB_LOGIN, "ann", "y", 2);
	assert_int_equal(sessions(), 2);
}

static void
one_that_began_without_a_browser_gets_it(void **state)
{
	(void)state;
	visit("ann", HOST, 0);
	tell(WEB_LOGIN, "ann", "x", 1);
	comes_from(BROWSER);
	assert_int_equal(visit("ann", HOST, 2), 0);
	comes_from(BROWSER);
}

static void
one_of_another_browser_does_not_get_the_name(void **state)
{
	(void)state;
	visit("ann", "203.0.113.8", 0);
	tell(WEB_LOGIN, "ann", "x", 1);
	assert_int_equal(sessions(), 2);
}

static void
an_address_that_webmail_does_not_tell_is_its_own(void **state)
{
	(void)state;
	tell_from(WEB_LOGIN, "ann", "x", NULL, 0);
	assert_int_equal(only().remote.address.length, 0);
	assert_int_equal(visit("ann", HOST, 60), 0);
	comes_from(HOST);
}

static void
a_sign_of_life_makes_a_session_but_no_login(void **state)
{
	(void)state;
	assert_int_equal(tell(WEB_ALIVE, "ann", "x", 0), WEB_OK);
	assert_int_equal(only().login_source, TIME_OBSERVED);
	assert_int_equal(logins(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(0));
	tell(WEB_ALIVE, "ann", "x", 599);
	pass(1198);
	assert_int_equal(sessions(), 1);
	pass(1199);
	assert_int_equal(sessions(), 0);
}

static void
a_browser_may_move(void **state)
{
	(void)state;
	tell_from(WEB_LOGIN, "ann", "x", BROWSER, 0);
	tell_from(WEB_ALIVE, "ann", "x", "2001:db8:1::1", 1);
	comes_from(BROWSER);
	assert_int_equal(visit("ann", "2001:db8:1::1", 2), 0);
	tell_from(WEB_ALIVE, "ann", "x", "2001:db8:1::1", 60);
	comes_from("2001:db8:1::1");
}

static void
an_id_is_of_its_user(void **state)
{
	(void)state;
	tell(WEB_LOGIN, "ann", "x", 0);
	tell(WEB_LOGIN, "bob", "x", 0);
	assert_int_equal(sessions(), 2);
	tell(WEB_LOGOUT, "bob", "x", 1);
	assert_text(only().user, "ann");
}

/* As the command does it, behind our back. */
static void
end_by_request(const char *user, const char *id, int seconds)
{
	struct session row = only();
	struct session_key key = { SERVICE_HTTP, row.number };
	char name[WEBMAIL_NAME_SIZE];
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(session_end(writer, key, at(seconds), true, &err));
	must(ended_put(writer, webmail_name(name, text_from(user), text_from(id)),
	    at(seconds), &err));
	must(store_commit(writer, &err));
}

static void
a_session_that_was_ended_by_request_is_told_so(void **state)
{
	(void)state;
	tell(WEB_LOGIN, "ann", "x", 0);
	end_by_request("ann", "x", 5);
	assert_int_equal(tell(WEB_ALIVE, "ann", "x", 10), WEB_DISCONNECTED);
	assert_int_equal(tell(WEB_LOGIN, "ann", "x", 11), WEB_DISCONNECTED);
	assert_int_equal(tell(WEB_ALIVE, "ann", "x", 86404), WEB_DISCONNECTED);
	assert_int_equal(sessions(), 0);
	assert_int_equal(tell(WEB_ALIVE, "ann", "y", 12), WEB_OK);
	assert_int_equal(tell(WEB_LOGOUT, "ann", "x", 13), WEB_OK);
	assert_int_equal(tell(WEB_LOGIN, "ann", "x", 14), WEB_DISCONNECTED);
	assert_int_equal(tell(WEB_ALIVE, "ann", "y", 15), WEB_OK);
}

static void
it_is_forgotten_after_a_day(void **state)
{
	(void)state;
	tell(WEB_LOGIN, "ann", "x", 0);
	end_by_request("ann", "x", 5);
	assert_int_equal(tell(WEB_ALIVE, "ann", "x", 86405), WEB_OK);
}

static void
a_connection_with_the_id_is_of_that_session(void **state)
{
	struct session s = login("ann", HOST, 10);

	(void)state;
	conf.webmail_prefix[0] = '\0';
	free(conf.webmail_prefix);
	conf.webmail_prefix = strdup("web-");
	conf.web_seconds = 100;
	tell_from(WEB_LOGIN, "ann", "x", "203.0.113.1", 0);
	tell_from(WEB_LOGIN, "ann", "y", "203.0.113.2", 1);
	s.store_id = text_from("web-x");
	assert_int_equal(connect_as(&s, WEB_COUNTED_LOGIN), 0);
	pass(101);
	comes_from("203.0.113.1");
	/* It may tell the id before webmail does. */
	s = login("bob", "203.0.113.3", 101);
	s.store_id = text_from("web-z");
	assert_int_equal(connect_as(&s, WEB_COUNTED_LOGIN), 1);
	assert_int_equal(tell_from(WEB_LOGIN, "bob", "z", BROWSER, 102), WEB_OK);
	tell(WEB_LOGOUT, "ann", "x", 102);
	comes_from(BROWSER);
	assert_int_equal(only().login_us, at(102));
	assert_int_equal(tell_from(WEB_LOGIN, "bob", "z", HOST, 103), WEB_OK);
	assert_int_equal(only().login_us, at(102));
	assert_int_equal(logins(), 3);
}

static void
a_master_users_session_is_another(void **state)
{
	struct session s = login("ann", BROWSER, 0);

	(void)state;
	s.auth_user = text_from("master");
	assert_int_equal(connect_as(&s, WEB_COUNTED_LOGIN), 1);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, 0);
	assert_int_equal(visit("ann", BROWSER, 1), 1);
	assert_int_equal(sessions(), 2);
}

/* The record of a connection may come after webmail told that its session ended. */
static void
a_connection_of_the_past_begins_nothing(void **state)
{
	(void)state;
	tell(WEB_LOGIN, "ann", "x", 0);
	tell(WEB_LOGOUT, "ann", "x", 10);
	assert_int_equal(visit("ann", BROWSER, 9), 0);
	assert_int_equal(sessions(), 0);
	assert_int_equal(visit("ann", BROWSER, 11), 1);
}

static void
without_a_list_only_accesses_are_recorded(void **state)
{
	(void)state;
	conf.http_userlist = false;
	assert_int_equal(visit("ann", BROWSER, 0), 0);
	assert_int_equal(sessions(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(0));
	visit("ann", BROWSER, 59);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, 0);
	visit("ann", BROWSER, 60);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(60));
	visit("ann", BROWSER, 659);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(659));
	visit("ann", BROWSER, 1259);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(1259));
	tell(WEB_LOGIN, "bob", "x", 5);
	assert_int_equal(access_of("bob", SERVICE_HTTP).login_us, at(5));
	tell(WEB_LOGOUT, "bob", "x", 6);
	assert_int_equal(access_of("bob", SERVICE_HTTP).logout_us, at(6));
	tell(WEB_ALIVE, "carl", "x", 7);
	assert_int_equal(access_of("carl", SERVICE_HTTP).login_us, at(7));
	assert_int_equal(sessions(), 0);
}

static void
without_accesses_nothing_is_recorded(void **state)
{
	(void)state;
	conf.last_access = false;
	visit("ann", BROWSER, 0);
	assert_int_equal(sessions(), 1);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, 0);
	conf.http_userlist = false;
	visit("bob", BROWSER, 0);
	assert_int_equal(access_of("bob", SERVICE_HTTP).login_us, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WEB_CASE(webmail_tells_of_a_login_and_a_logout),
		WEB_CASE(the_id_itself_is_not_kept),
		WEB_CASE(a_session_that_began_by_its_connection_gets_its_name),
		WEB_CASE(one_that_began_without_a_browser_gets_it),
		WEB_CASE(one_of_another_browser_does_not_get_the_name),
		WEB_CASE(an_address_that_webmail_does_not_tell_is_its_own),
		WEB_CASE(a_sign_of_life_makes_a_session_but_no_login),
		WEB_CASE(a_browser_may_move),
		WEB_CASE(an_id_is_of_its_user),
		WEB_CASE(a_session_that_was_ended_by_request_is_told_so),
		WEB_CASE(it_is_forgotten_after_a_day),
		WEB_CASE(a_connection_with_the_id_is_of_that_session),
		WEB_CASE(a_master_users_session_is_another),
		WEB_CASE(a_connection_of_the_past_begins_nothing),
		WEB_CASE(without_a_list_only_accesses_are_recorded),
		WEB_CASE(without_accesses_nothing_is_recorded),
	};

	return cmocka_run_group_tests_name("web_tell", tests, NULL, NULL);
}
