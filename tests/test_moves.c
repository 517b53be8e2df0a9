/* SPDX-License-Identifier: ISC */
/* Sessions that go on in another process: who is whom, and who has to wait. */
#include "config.h"

#include "agent/collect/moves.h"
#include "tests/unit.h"

static struct moves *moves;

static int
begin(void **state)
{
	(void)state;
	moves = moves_new();
	moves_begin(moves, 1000);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	moves_free(moves);
	return 0;
}

static void
leave_as(uint32_t number, const char *user, const char *address, int64_t login_us,
    bool hibernated, bool open)
{
	struct session session = { .service = SERVICE_IMAP,
		.number = number,
		.user = text_from(user),
		.login_us = login_us,
		.hibernated = hibernated };

	address_parse(&session.remote.address, text_from(address));
	moves_leave(moves, &session, open);
}

static void
leave(uint32_t number, const char *user, const char *address, int64_t login_us,
    bool hibernated)
{
	leave_as(number, user, address, login_us, hibernated, false);
}

/* The number of the session that a row goes on with; 0 for none. */
static uint32_t
take(const char *user, const char *address, bool hibernates)
{
	struct listed row = { .service = SERVICE_IMAP, .user = text_from(user) };
	const struct session *session;

	address_parse(&row.remote, text_from(address));
	session = moves_take(moves, &row, hibernates);
	return session != NULL ? session->number : 0;
}

static void
a_session_goes_on_where_sessions_are_kept(void **state)
{
	(void)state;
	leave(1, "ann", "192.0.2.1", 10, false);
	leave(2, "bob", "192.0.2.1", 10, false);
	moves_sort(moves);
	assert_int_equal(take("bob", "192.0.2.1", true), 2);
	assert_int_equal(take("bob", "192.0.2.1", true), 0);
	assert_int_equal(take("carl", "192.0.2.1", true), 0);
	assert_int_equal(moves_next_session(moves)->number, 1);
	assert_null(moves_next_session(moves));
}

static void
only_one_that_was_kept_comes_back(void **state)
{
	(void)state;
	leave(1, "ann", "192.0.2.1", 10, false);
	leave(2, "ann", "192.0.2.1", 20, true);
	moves_sort(moves);
	assert_int_equal(take("ann", "192.0.2.1", false), 2);
	assert_int_equal(take("ann", "192.0.2.1", false), 0);
}

static void
the_oldest_goes_first_and_from_the_same_address(void **state)
{
	(void)state;
	leave(1, "ann", "192.0.2.2", 10, true);
	leave(3, "ann", "192.0.2.1", 30, true);
	leave(2, "ann", "192.0.2.1", 20, true);
	leave(4, "ann", "", 40, true);
	moves_sort(moves);
	assert_int_equal(moves_count(moves), 4);
	assert_int_equal(take("ann", "192.0.2.1", false), 2);
	assert_int_equal(take("ann", "192.0.2.1", false), 3);
	assert_int_equal(take("ann", "192.0.2.1", false), 4);
	assert_int_equal(take("ann", "192.0.2.1", false), 0);
	assert_int_equal(take("ann", "192.0.2.2", false), 1);
}

static void
what_is_open_goes_before_the_oldest(void **state)
{
	(void)state;
	leave(1, "ann", "192.0.2.1", 10, true);
	leave_as(2, "ann", "192.0.2.1", 20, true, true);
	moves_sort(moves);
	assert_int_equal(take("ann", "192.0.2.1", false), 2);
	assert_int_equal(take("ann", "192.0.2.1", false), 1);
}

static void
processes_are_told_in_their_order(void **state)
{
	(void)state;
	moves_come(moves, 7);
	moves_come(moves, 9);
	assert_int_equal(moves_next_process(moves), 7);
	assert_int_equal(moves_next_process(moves), 9);
	assert_int_equal(moves_next_process(moves), 0);
	moves_begin(moves, 2000);
	assert_int_equal(moves_next_process(moves), 0);
}

static void
who_waits_does_so_since_the_first_time_in_a_row(void **state)
{
	(void)state;
	assert_int_equal(moves_wait(moves, 5), 1000);
	assert_int_equal(moves_wait(moves, 3), 1000);
	moves_begin(moves, 2000);
	assert_int_equal(moves_wait(moves, 3), 1000);
	moves_begin(moves, 3000);
	assert_int_equal(moves_wait(moves, 3), 1000);
	assert_int_equal(moves_wait(moves, 5), 3000);
}

static void
texts_of_who_left_are_copies(void **state)
{
	char user[] = "ann";

	(void)state;
	leave(1, user, "192.0.2.1", 10, true);
	memset(user, 'x', 3);
	moves_sort(moves);
	assert_int_equal(take("ann", "192.0.2.1", false), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_session_goes_on_where_sessions_are_kept, begin, end),
		cmocka_unit_test_setup_teardown(
		    only_one_that_was_kept_comes_back, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_oldest_goes_first_and_from_the_same_address, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_is_open_goes_before_the_oldest, begin, end),
		cmocka_unit_test_setup_teardown(
		    processes_are_told_in_their_order, begin, end),
		cmocka_unit_test_setup_teardown(
		    who_waits_does_so_since_the_first_time_in_a_row, begin, end),
		cmocka_unit_test_setup_teardown(
		    texts_of_who_left_are_copies, begin, end),
	};

	return cmocka_run_group_tests_name("moves", tests, NULL, NULL);
}
