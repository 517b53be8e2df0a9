/* SPDX-License-Identifier: ISC */
/* The sessions of webmail by their connections: what begins, keeps and ends them, and what of
 * it is written. */
#include "config.h"

#include "tests/web_unit.h"

static void
a_connection_begins_a_session(void **state)
{
	struct session row;

	(void)state;
	assert_int_equal(visit("ann", BROWSER, 0), 1);
	assert_int_equal(begun.service, SERVICE_HTTP);
	row = only();
	assert_text(row.user, "ann");
	assert_text(row.mechanism, "PLAIN");
	assert_int_equal(row.login_us, at(0));
	assert_int_equal(row.seen_us, at(0));
	assert_int_equal(row.remote.port, 0);
	assert_int_equal(row.process.pid, 0);
	assert_int_equal(row.store_id.length, 0);
	is_address(&row.remote.address, BROWSER);
	assert_int_equal(logins(), 1);
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(0));
	assert_int_equal(access_of("ann", SERVICE_IMAP).login_us, 0);
}

static void
further_ones_from_there_are_of_the_same(void **state)
{
	(void)state;
	assert_int_equal(visit("ann", BROWSER, 0), 1);
	assert_int_equal(visit("ann", BROWSER, 5), 0);
	assert_int_equal(visit("ann", HOST, 6), 0);
	assert_int_equal(sessions(), 1);
	assert_int_equal(visit("ann", "203.0.113.8", 7), 1);
	assert_int_equal(visit("bob", BROWSER, 8), 1);
	assert_int_equal(sessions(), 3);
	assert_int_equal(logins(), 3);
}

/* Of two, it is of the one that was seen last. */
static void
one_that_tells_no_browser_is_of_the_last_seen(void **state)
{
	(void)state;
	conf.web_seconds = 100;
	visit("ann", BROWSER, 0);
	visit("ann", "203.0.113.8", 10);
	visit("ann", HOST, 50);
	pass(101);
	comes_from("203.0.113.8");
	pass(149);
	assert_int_equal(sessions(), 1);
	pass(150);
	assert_int_equal(sessions(), 0);
}

static void
what_is_of_another_host_is_another_session(void **state)
{
	(void)state;
	assert_int_equal(visit("ann", HOST, 0), 1);
	assert_int_equal(visit("ann", OTHER_HOST, 1), 1);
	assert_int_equal(visit("ann", HOST, 2), 0);
	assert_int_equal(sessions(), 2);
}

static void
a_session_ends_when_it_was_not_seen_for_long(void **state)
{
	(void)state;
	visit("ann", BROWSER, 0);
	visit("ann", BROWSER, 30);
	assert_false(web_is_due(web, at(629)));
	pass(629);
	assert_int_equal(sessions(), 1);
	assert_true(web_is_due(web, at(630)));
	pass(630);
	assert_int_equal(sessions(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(30));
	assert_int_equal(visit("ann", BROWSER, 700), 1);
	assert_int_equal(logins(), 2);
}

/* Nobody looked when it was over: the next connection is of another one. */
static void
what_is_over_is_not_continued(void **state)
{
	uint32_t first;

	(void)state;
	visit("ann", BROWSER, 0);
	first = only().number;
	assert_int_equal(visit("ann", BROWSER, 600), 1);
	assert_int_not_equal(only().number, first);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(0));
	assert_int_equal(access_of("ann", SERVICE_HTTP).login_us, at(600));
}

static void
an_open_connection_keeps_it(void **state)
{
	(void)state;
	open_in(7, "ann", BROWSER, 0);
	open_in(8, "ann", BROWSER, 1);
	web_process_ended(web, 7, at(100), false);
	pass(10000);
	assert_int_equal(sessions(), 1);
	web_process_ended(web, 8, at(20000), false);
	pass(20599);
	assert_int_equal(sessions(), 1);
	pass(20600);
	assert_int_equal(sessions(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(20000));
}

static bool
list(uint32_t pid, const char *user, const char *address, int seconds)
{
	struct listed row = {
		.service = SERVICE_IMAP, .pid = pid, .count = 1, .user = text_from(user)
	};

	assert_true(address_parse(&row.remote, text_from(address)));
	look();
	return web_take_row(web, view, &row, at(seconds));
}

static void
a_listing_knows_connections_by_process_and_user(void **state)
{
	(void)state;
	open_in(7, "ann", BROWSER, 0);
	assert_true(list(7, "ann", BROWSER, 100));
	assert_false(list(8, "ann", BROWSER, 100));
	assert_false(list(7, "bob", BROWSER, 100));
	web_listed(web, at(100));
	pass(10000);
	assert_int_equal(sessions(), 1);
	web_listed(web, at(10000));
	pass(10599);
	assert_int_equal(sessions(), 1);
	pass(10600);
	assert_int_equal(sessions(), 0);
}

/* A connection that is younger than the listing's grace need not be in it. */
static void
a_young_connection_need_not_be_listed(void **state)
{
	(void)state;
	open_in(7, "ann", BROWSER, 0);
	web_listed(web, at(1));
	assert_true(list(7, "ann", BROWSER, 2));
	web_listed(web, at(2));
	web_listed(web, at(3));
	assert_false(list(7, "ann", BROWSER, 4));
}

static int64_t
written(void)
{
	return only().seen_us;
}

static void
clicks_are_written_once_a_minute(void **state)
{
	(void)state;
	visit("ann", BROWSER, 0);
	for (int second = 1; second < 60; second++)
		visit("ann", BROWSER, second);
	assert_int_equal(written(), at(0));
	visit("ann", BROWSER, 60);
	assert_int_equal(written(), at(60));
	visit("ann", BROWSER, 100);
	assert_int_equal(written(), at(60));
}

static void
what_is_not_written_costs_no_commit(void **state)
{
	struct session s = login("ann", BROWSER, 10);
	struct view *writer;

	(void)state;
	visit("ann", BROWSER, 0);
	must(store_begin(&writer, store, &err));
	must(web_connect(web, writer, &s, WEB_COUNTED_LOGIN, &begun, &err));
	assert_false(view_is_changed(writer));
	must(store_commit(writer, &err));
}

static void
a_short_life_is_written_oftener(void **state)
{
	(void)state;
	conf.web_seconds = 4;
	visit("ann", BROWSER, 0);
	visit("ann", BROWSER, 1);
	assert_int_equal(written(), at(0));
	visit("ann", BROWSER, 2);
	assert_int_equal(written(), at(2));
}

static void
restart(void)
{
	web_free(web);
	web = web_new(&conf);
	look();
	web_load(web, view);
}

static void
a_session_outlives_a_restart(void **state)
{
	uint32_t number;
	struct view *writer;

	(void)state;
	visit("ann", BROWSER, 0);
	visit("ann", BROWSER, 50);
	number = only().number;
	must(store_begin(&writer, store, &err));
	must(web_write(web, writer, at(50), &err));
	must(store_commit(writer, &err));
	restart();
	web_load(web, view); /* twice is once */
	pass(649);
	assert_int_equal(only().number, number);
	assert_int_equal(visit("ann", BROWSER, 649), 0);
	assert_int_equal(only().login_us, at(0));
	pass(1248);
	assert_int_equal(sessions(), 1);
	pass(1249);
	assert_int_equal(sessions(), 0);
}

static void
what_stays_open_is_written_for_a_crash(void **state)
{
	struct view *writer;

	(void)state;
	open_in(7, "ann", BROWSER, 0);
	assert_true(list(7, "ann", BROWSER, 299));
	assert_false(web_is_unwritten(web));
	assert_true(list(7, "ann", BROWSER, 300));
	assert_true(web_is_unwritten(web));
	must(store_begin(&writer, store, &err));
	must(web_write_open(web, writer, &err));
	must(store_commit(writer, &err));
	assert_false(web_is_unwritten(web));
	assert_int_equal(written(), at(300));
}

static void
a_row_that_waits_begins_nothing(void **state)
{
	struct session s = login("ann", HOST, 0);

	(void)state;
	s.process.pid = 7;
	assert_int_equal(connect_as(&s, WEB_NO_SESSION), 0);
	assert_int_equal(sessions(), 0);
	assert_false(list(7, "ann", HOST, 5));
	assert_int_equal(connect_as(&s, WEB_SESSION), 1);
	assert_int_equal(logins(), 0);
	assert_true(list(7, "ann", HOST, 10));
}

static bool
list_moved(uint32_t pid, const char *user, const char *address, int seconds)
{
	struct listed row = { .pid = pid, .count = 1, .user = text_from(user) };

	assert_true(address_parse(&row.remote, text_from(address)));
	look();
	return web_take_moved(web, view, &row, at(seconds));
}

/* It hibernates, and wakes up. */
static void
a_connection_may_go_to_another_process(void **state)
{
	(void)state;
	open_in(7, "ann", BROWSER, 0);
	web_process_ended(web, 7, at(50), true);
	assert_false(list_moved(8, "bob", BROWSER, 100));
	assert_false(list_moved(8, "ann", HOST, 100));
	assert_true(list_moved(8, "ann", BROWSER, 100));
	assert_false(list_moved(9, "ann", BROWSER, 100));
	web_listed(web, at(100));
	assert_false(list(7, "ann", BROWSER, 200));
	assert_true(list(8, "ann", BROWSER, 200));
	web_listed(web, at(200));
	web_process_ended(web, 8, at(250), true);
	web_listed(web, at(300));
	pass(849);
	assert_int_equal(sessions(), 1);
	pass(850);
	assert_int_equal(sessions(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, at(250));
}

static void
what_is_no_longer_listed_did_not_log_out(void **state)
{
	(void)state;
	open_in(7, "ann", BROWSER, 0);
	visit("bob", BROWSER, 0);
	conf.http_userlist = false;
	assert_true(web_is_due(web, at(1)));
	pass(1);
	assert_int_equal(sessions(), 0);
	assert_int_equal(access_of("ann", SERVICE_HTTP).logout_us, 0);
	assert_false(web_is_due(web, at(1)));
}

static void
there_are_not_too_many(void **state)
{
	(void)state;
	conf.max_sessions = 2;
	assert_int_equal(tell(WEB_LOGIN, "a", "x", 0), WEB_OK);
	assert_int_equal(tell(WEB_LOGIN, "b", "x", 0), WEB_OK);
	assert_int_equal(tell(WEB_LOGIN, "c", "x", 0), WEB_FULL);
	assert_int_equal(visit("d", BROWSER, 0), 0);
	assert_int_equal(sessions(), 2);
	assert_int_equal(access_of("c", SERVICE_HTTP).login_us, at(0));
	assert_int_equal(access_of("d", SERVICE_HTTP).login_us, at(0));
	assert_int_equal(tell(WEB_LOGOUT, "a", "x", 1), WEB_OK);
	assert_int_equal(tell(WEB_LOGIN, "c", "x", 2), WEB_OK);
}

/* What the store gave up, and what it kept, is found again. */
static void
a_turn_that_failed_leaves_nothing_wrong(void **state)
{
	struct session s = login("bob", BROWSER, 1);
	struct view *writer;

	(void)state;
	visit("ann", BROWSER, 0);
	must(store_begin(&writer, store, &err));
	must(web_end_due(web, writer, at(5000), 1000, &err));
	must(web_connect(web, writer, &s, WEB_COUNTED_LOGIN, &begun, &err));
	store_abort(writer);
	assert_int_equal(visit("bob", BROWSER, 2), 1);
	look();
	web_load(web, view);
	assert_int_equal(visit("ann", BROWSER, 3), 0);
	assert_int_equal(sessions(), 2);
	pass(6000);
	assert_int_equal(sessions(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WEB_CASE(a_connection_begins_a_session),
		WEB_CASE(further_ones_from_there_are_of_the_same),
		WEB_CASE(one_that_tells_no_browser_is_of_the_last_seen),
		WEB_CASE(what_is_of_another_host_is_another_session),
		WEB_CASE(a_session_ends_when_it_was_not_seen_for_long),
		WEB_CASE(what_is_over_is_not_continued),
		WEB_CASE(an_open_connection_keeps_it),
		WEB_CASE(a_listing_knows_connections_by_process_and_user),
		WEB_CASE(a_young_connection_need_not_be_listed),
		WEB_CASE(clicks_are_written_once_a_minute),
		WEB_CASE(what_is_not_written_costs_no_commit),
		WEB_CASE(a_short_life_is_written_oftener),
		WEB_CASE(a_session_outlives_a_restart),
		WEB_CASE(what_stays_open_is_written_for_a_crash),
		WEB_CASE(a_row_that_waits_begins_nothing),
		WEB_CASE(a_connection_may_go_to_another_process),
		WEB_CASE(what_is_no_longer_listed_did_not_log_out),
		WEB_CASE(there_are_not_too_many),
		WEB_CASE(a_turn_that_failed_leaves_nothing_wrong),
	};

	return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
