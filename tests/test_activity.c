/* SPDX-License-Identifier: ISC */
/* What sessions do: what of it is worth a write. */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/activity.h"
#include "agent/collect/tcp_info.h"
#include "tests/unit.h"

#include <linux/tcp.h>

#define SECONDS(n) ((int64_t)(n)*CLOCK_SECOND_US)

enum {
	POLL_SECONDS = 5
};

static const int64_t now_us = SECONDS(1795297166);

/* Whether it is news that the client was active AGO seconds ago, where the store has KEPT. */
static bool
is_news(int64_t ago, int64_t kept)
{
	struct session_told told =
	    session_told(text_from("INBOX"), now_us - SECONDS(kept));
	struct listed row = { .count = 1,
		.mailbox = text_from("INBOX"),
		.active_us = now_us - SECONDS(ago) };

	return activity_is_news(&told, &row, now_us, SECONDS(POLL_SECONDS));
}

static void
what_did_not_change_is_no_news(void **state)
{
	(void)state;
	assert_false(is_news(0, 0));
	assert_false(is_news(7, 7));
	assert_false(is_news(86400, 86400));
}

static void
a_busy_session_is_news_once_a_minute(void **state)
{
	(void)state;
	assert_false(is_news(0, 1));
	assert_false(is_news(0, 59));
	assert_true(is_news(0, 60));
	assert_true(is_news(4, 64));
	assert_false(is_news(4, 63));
}

static void
one_that_falls_silent_is_exact(void **state)
{
	(void)state;
	assert_false(is_news(4, 10));
	assert_true(is_news(5, 10));
	assert_true(is_news(5, 6));
	assert_false(is_news(5, 5));
}

static void
another_mailbox_is_news(void **state)
{
	struct session_told told = session_told(text_from("INBOX"), now_us);
	struct listed row = {
		.count = 1, .mailbox = text_from("Sent"), .active_us = now_us
	};

	(void)state;
	assert_true(activity_is_news(&told, &row, now_us, SECONDS(POLL_SECONDS)));
	row.mailbox = (struct text){ 0 };
	assert_true(activity_is_news(&told, &row, now_us, SECONDS(POLL_SECONDS)));
	told = session_told(row.mailbox, now_us);
	assert_false(activity_is_news(&told, &row, now_us, SECONDS(POLL_SECONDS)));
}

static void
who_tells_nothing_has_no_news(void **state)
{
	struct session_told told = session_told((struct text){ 0 }, now_us);
	struct listed row = { .count = 1 };
	struct session session = { .active_us = now_us };

	(void)state;
	assert_false(activity_is_news(&told, &row, now_us + SECONDS(999), SECONDS(5)));
	activity_take_row(&session, &row);
	assert_int_equal(session.active_us, now_us);
}

static void
a_row_of_several_sessions_is_of_none(void **state)
{
	struct session_told told = session_told((struct text){ 0 }, 0);
	struct listed row = {
		.count = 2, .mailbox = text_from("INBOX"), .active_us = now_us
	};
	struct session session = { 0 };

	(void)state;
	assert_false(activity_is_news(&told, &row, now_us, SECONDS(5)));
	activity_take_row(&session, &row);
	assert_int_equal(session.mailbox.length, 0);
	assert_int_equal(session.active_us, 0);
	row.count = 1;
	assert_true(activity_is_news(&told, &row, now_us, SECONDS(5)));
	activity_take_row(&session, &row);
	assert_text(session.mailbox, "INBOX");
	assert_int_equal(session.active_us, now_us);
}

/* A connection that transferred this, the last from the client so many seconds ago. */
static struct tcp_connection
make_connection(uint64_t in, uint64_t out, int64_t silent)
{
	return (struct tcp_connection){ .octets = { true, in, out },
		.silent_us = SECONDS(silent) };
}

static bool
take(struct session *session, uint64_t in, uint64_t out, int64_t silent)
{
	struct tcp_connection connection = make_connection(in, out, silent);

	return activity_take_connection(
	    session, &connection, true, now_us, SECONDS(120));
}

static void
the_first_look_is_taken(void **state)
{
	struct session session = { 0 };

	(void)state;
	assert_true(take(&session, 0, 0, 3600));
	assert_true(session.octets.known);
	assert_int_equal(session.active_us, now_us - SECONDS(3600));
	assert_false(take(&session, 0, 0, 3660));
}

static void
what_came_is_taken_with_its_time(void **state)
{
	struct session session = { .octets = { true, 100, 1000 }, .active_us = 1 };

	(void)state;
	assert_true(take(&session, 101, 1000, 7));
	assert_int_equal(session.octets.in, 101);
	assert_int_equal(session.active_us, now_us - SECONDS(7));
}

static void
what_went_out_does_not_make_a_session_active(void **state)
{
	struct session session = { .octets = { true, 100, 1000 }, .active_us = 1 };

	(void)state;
	assert_true(take(&session, 100, 1001, 120));
	assert_int_equal(session.octets.out, 1001);
	assert_int_equal(session.active_us, 1);
}

static void
notices_to_the_silent_are_not_worth_a_write(void **state)
{
	struct session session = { .octets = { true, 100, 1000 }, .active_us = 1 };

	(void)state;
	assert_false(take(&session, 100, 1000 + 4095, 121));
	assert_int_equal(session.octets.out, 1000);
	assert_true(take(&session, 100, 1000 + 4096, 121));
	assert_int_equal(session.octets.out, 1000 + 4096);
}

static void
another_connection_with_the_same_ends_is_not_taken(void **state)
{
	struct session session = { .octets = { true, 100, 1000 }, .active_us = 1 };
	struct tcp_connection connection = { 0 };

	(void)state;
	assert_false(take(&session, 99, 2000, 0));
	assert_false(take(&session, 2000, 999, 0));
	assert_false(activity_take_connection(
	    &session, &connection, true, now_us, SECONDS(120)));
	assert_int_equal(session.octets.in, 100);
	assert_int_equal(session.active_us, 1);
}

static void
a_mail_server_that_tells_the_time_is_believed(void **state)
{
	struct session session = { .active_us = 1 };
	struct tcp_connection connection = make_connection(5, 6, 7);

	(void)state;
	assert_true(activity_take_connection(
	    &session, &connection, false, now_us, SECONDS(120)));
	assert_int_equal(session.octets.in, 5);
	assert_int_equal(session.active_us, 1);
}

static void
a_kernel_tells_as_much_as_it_knows(void **state)
{
	struct {
		struct tcp_info info;
		char later[64];
	} told = { .info = { .tcpi_last_data_recv = 1500,
		       .tcpi_bytes_acked = 552,
		       .tcpi_bytes_received = 44 } };
	struct octets octets;
	int64_t silent_us;

	(void)state;
	tcp_info_read(&told, sizeof told, &octets, &silent_us);
	assert_true(octets.known);
	assert_int_equal(octets.in, 44);
	assert_int_equal(octets.out, 552);
	assert_int_equal(silent_us, 1500000);
	tcp_info_read(
	    &told, offsetof(struct tcp_info, tcpi_bytes_received), &octets, &silent_us);
	assert_false(octets.known);
	assert_int_equal(silent_us, 1500000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_did_not_change_is_no_news),
		cmocka_unit_test(a_busy_session_is_news_once_a_minute),
		cmocka_unit_test(one_that_falls_silent_is_exact),
		cmocka_unit_test(another_mailbox_is_news),
		cmocka_unit_test(who_tells_nothing_has_no_news),
		cmocka_unit_test(a_row_of_several_sessions_is_of_none),
		cmocka_unit_test(the_first_look_is_taken),
		cmocka_unit_test(what_came_is_taken_with_its_time),
		cmocka_unit_test(what_went_out_does_not_make_a_session_active),
		cmocka_unit_test(notices_to_the_silent_are_not_worth_a_write),
		cmocka_unit_test(another_connection_with_the_same_ends_is_not_taken),
		cmocka_unit_test(a_mail_server_that_tells_the_time_is_believed),
		cmocka_unit_test(a_kernel_tells_as_much_as_it_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
