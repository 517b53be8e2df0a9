/* SPDX-License-Identifier: ISC */
/* How many users are away since when: kept true by everything that happens to users. */
#include "config.h"

#include "agent/clock.h"
#include "agent/store/view.h"
#include "tests/store_unit.h"

#define DAY_US (INT64_C(86400) * CLOCK_SECOND_US)
/* An evening, so that days of UTC and spans of 24 hours differ. */
#define NOW_US (1000 * DAY_US + 80000 * (int64_t)CLOCK_SECOND_US)

static struct view *writing;

static void
open_writer(void)
{
	must(store_begin(&writing, store, &err));
}

static void
close_writer(void)
{
	must(store_commit(writing, &err));
	look();
}

static void
record(const char *name, int64_t login_us)
{
	const struct address nowhere = { 0 };

	open_writer();
	must(user_record_login(
	    writing, SERVICE_IMAP, text_from(name), login_us, &nowhere, &err));
	close_writer();
}

static uint64_t
inactive(uint32_t days)
{
	look();
	return store_count_inactive(view, NOW_US, days);
}

static void
days_are_of_utc(void **state)
{
	(void)state;
	record("at midnight", 998 * DAY_US);
	record("just before", 998 * DAY_US - 1);
	assert_int_equal(inactive(1), 2);
	assert_int_equal(inactive(2), 2);
	assert_int_equal(inactive(3), 1);
	assert_int_equal(inactive(4), 0);
	assert_int_equal(inactive(36500), 0);
	record("today", 1000 * DAY_US);
	assert_int_equal(inactive(0), 3);
	assert_int_equal(inactive(1), 2);
}

static void
who_is_connected_is_not_away(void **state)
{
	struct session imap = add(SERVICE_IMAP, "ann", 900 * DAY_US);
	struct session pop = add(SERVICE_POP3, "ann", 901 * DAY_US);

	(void)state;
	assert_int_equal(inactive(0), 0);
	finish(&imap, 950 * DAY_US);
	assert_int_equal(inactive(0), 0);
	finish(&pop, 960 * DAY_US);
	assert_int_equal(inactive(40), 1);
	assert_int_equal(inactive(41), 0);
	imap = add(SERVICE_IMAP, "ann", 999 * DAY_US);
	assert_int_equal(inactive(0), 0);
	finish(&imap, 1000 * DAY_US);
	assert_int_equal(inactive(0), 1);
	assert_int_equal(inactive(1), 0);
}

static void
a_later_login_moves_a_user(void **state)
{
	(void)state;
	record("ann", 900 * DAY_US);
	record("ann", 990 * DAY_US);
	record("ann", 800 * DAY_US);
	assert_int_equal(inactive(10), 1);
	assert_int_equal(inactive(11), 0);
}

static void
who_was_never_recorded_is_not_counted(void **state)
{
	struct session s = make(SERVICE_IMAP, "ann", 900 * DAY_US);

	(void)state;
	open_writer();
	must(session_add(writing, &s, false, true, &err));
	close_writer();
	open_writer();
	must(session_end(writing, (struct session_key){ s.service, s.number },
	    901 * DAY_US, false, &err));
	close_writer();
	assert_int_equal(inactive(0), 0);
}

static void
who_is_forgotten_is_not_counted(void **state)
{
	struct user_key key = { 0 };
	size_t forgotten;

	(void)state;
	record("ann", 900 * DAY_US);
	record("bob", 990 * DAY_US);
	open_writer();
	must(user_expire(writing, 950 * DAY_US, 10, &key, &forgotten, &err));
	close_writer();
	assert_int_equal(forgotten, 1);
	assert_int_equal(inactive(0), 1);
	assert_int_equal(inactive(11), 0);
}

static void
an_abort_counts_nothing(void **state)
{
	const struct address nowhere = { 0 };

	(void)state;
	open_writer();
	must(user_record_login(
	    writing, SERVICE_IMAP, text_from("ann"), 900 * DAY_US, &nowhere, &err));
	store_abort(writing);
	assert_int_equal(inactive(0), 0);
}

static void
more_days_than_are_gathered_are_counted(void **state)
{
	const struct address nowhere = { 0 };
	char name[16];

	(void)state;
	open_writer();
	for (int i = 0; i < 3 * TALLY_PENDING; i++) {
		snprintf(name, sizeof name, "user%d", i);
		must(user_record_login(writing, SERVICE_IMAP, text_from(name),
		    (500 + i) * DAY_US, &nowhere, &err));
	}
	close_writer();
	assert_int_equal(inactive(0), 3 * TALLY_PENDING);
	assert_int_equal(inactive(500), 1);
	assert_int_equal(inactive(401), 100);
	assert_int_equal(store_get_max_per_user(view, SERVICE_ALL), 0);
}

/* Makes the store one of schema 1, which did not count who is away. */
static void
make_older(void)
{
	MDB_val key = { 0 };
	MDB_val value;

	open_writer();
	while (view_seek(writing, TABLE_LOAD, &key, false, &value)) {
		char copy[8];
		MDB_val found = { key.mv_size, copy };

		memcpy(copy, key.mv_data, key.mv_size);
		must(view_delete(writing, TABLE_LOAD, found, &err));
		key = (MDB_val){ 0 };
	}
	must(store_set_mark(writing, "schema", 1, &err));
	close_writer();
}

static void
an_older_store_is_counted_when_it_is_opened_for_writing(void **state)
{
	int64_t created_us;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof name, "user%d", i);
		record(name, (800 + i) * DAY_US);
	}
	make_older();
	created_us = view_created_us(view);
	for (int times = 0; times < 2; times++) {
		assert_int_equal(inactive(0), times == 0 ? 0 : 100);
		view_close(view);
		view = NULL;
		store_close(store);
		must(store_open(&store, path, STORE_WRITE, 1, &err));
		assert_int_equal(inactive(0), 100);
		assert_int_equal(inactive(151), 50);
		assert_int_equal(view_created_us(view), created_us);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(days_are_of_utc),
		CASE(who_is_connected_is_not_away),
		CASE(a_later_login_moves_a_user),
		CASE(who_was_never_recorded_is_not_counted),
		CASE(who_is_forgotten_is_not_counted),
		CASE(an_abort_counts_nothing),
		CASE(more_days_than_are_gathered_are_counted),
		CASE(an_older_store_is_counted_when_it_is_opened_for_writing),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
