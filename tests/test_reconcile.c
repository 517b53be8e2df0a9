/* SPDX-License-Identifier: ISC */
/* What a listing makes of what is known, case by case. */
#include "config.h"

#include "agent/collect/reconcile.h"
#include "tests/unit.h"

enum {
	SECOND = 1000000
};

static const int64_t asked_us = 1000 * (int64_t)SECOND;

/* The processes that live, and since when; 0 ends the list. */
static struct process living[8];

static bool
lives(void *arg, const struct process *process)
{
	(void)arg;
	for (size_t i = 0; living[i].pid != 0; i++)
		if (living[i].pid == process->pid)
			return living[i].seen_ticks <= process->seen_ticks;
	return false;
}

static bool has_ended;

static bool
ended(void *arg, const struct session *session)
{
	(void)arg;
	(void)session;
	return has_ended;
}

static struct reconcile rules;
static struct judgement judged[8];
static uint32_t new[8];

static int
begin(void **state)
{
	(void)state;
	rules = (struct reconcile){ .asked_us = asked_us,
		.grace_us = RECONCILE_GRACE_US,
		.services = 1u << SERVICE_IMAP | 1u << SERVICE_POP3,
		.lives = lives,
		.ended = ended };
	has_ended = false;
	memset(living, 0, sizeof living);
	memset(judged, 0xff, sizeof judged);
	memset(new, 0xff, sizeof new);
	return 0;
}

/* A session of pid 7 that is known since LOGIN_SECONDS before the listing. */
static struct session
known(const char *user, const char *address, int seconds_ago)
{
	struct session s = { .service = SERVICE_IMAP,
		.user = text_from(user),
		.login_us = asked_us - (int64_t)seconds_ago * SECOND,
		.created_us = asked_us - (int64_t)seconds_ago * SECOND,
		.process = { 7, 500 } };

	address_parse(&s.remote.address, text_from(address));
	return s;
}

static struct listed
row(const char *user, const char *address, uint32_t count)
{
	struct listed r = { .service = SERVICE_IMAP,
		.pid = 7,
		.count = count,
		.user = text_from(user) };

	address_parse(&r.remote, text_from(address));
	return r;
}

static void
a_session_that_is_listed_stays(void **state)
{
	struct session s = known("ann", "192.0.2.1", 60);
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_true(judged[0].open);
	assert_int_equal(new[0], 0);
}

/* Ours: everything comes from the store, and its process is the same. */
static void
after_our_restart_sessions_are_found_again(void **state)
{
	struct session s = known("ann", "192.0.2.1", 86400);
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	rules.unwatched = true;
	living[0] = (struct process){ 7, 400 };
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_true(judged[0].open);
	assert_int_equal(new[0], 0);
	/* Of one with a stand-in nobody can tell more than that it is listed alike. */
	s.process.pid = r.pid = PROCESS_STAND_IN;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_true(judged[0].open);
	rules.list_lost_us = asked_us;
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_false(judged[0].open);
}

static void
a_pid_that_was_given_again_is_another_session(void **state)
{
	struct session s = known("ann", "192.0.2.1", 86400);
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	rules.unwatched = true;
	living[0] = (struct process){ 7, 501 };
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_false(judged[0].open);
	assert_int_equal(new[0], 1);
}

static void
a_pid_that_serves_somebody_else_now_is_another_session(void **state)
{
	struct session s = known("ann", "192.0.2.1", 60);
	struct listed r = row("bob", "192.0.2.1", 1);

	(void)state;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_false(judged[0].open);
	assert_int_equal(new[0], 1);
}

static void
the_same_name_at_another_service_is_another_session(void **state)
{
	struct session s = known("ann", "192.0.2.1", 60);
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	s.service = SERVICE_POP3;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_false(judged[0].open);
	assert_int_equal(new[0], 1);
}

/* Dovecot's: its processes are gone, its list is empty. */
static void
after_dovecots_restart_sessions_are_over(void **state)
{
	struct session s = known("ann", "192.0.2.1", 60);

	(void)state;
	rules.list_lost_us = asked_us - SECOND;
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_false(judged[0].open);
}

static void
a_lost_record_still_makes_a_session(void **state)
{
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	reconcile_process(&rules, NULL, 0, &r, 1, judged, new);
	assert_int_equal(new[0], 1);
}

static void
a_record_that_came_before_its_row_waits_for_it(void **state)
{
	struct session s = known("ann", "192.0.2.1", 1);

	(void)state;
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_true(judged[0].open);
	s = known("ann", "192.0.2.1", -1); /* after the question */
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_true(judged[0].open);
	has_ended = true; /* unless its process is known to have ended */
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_false(judged[0].open);
	has_ended = false;
	s = known("ann", "192.0.2.1", 3); /* but not for ever */
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_false(judged[0].open);
}

/* The row made the session; its record makes it better, and is no second one. */
static void
a_row_that_came_before_its_record_stays_one_session(void **state)
{
	struct session s = known("ann", "192.0.2.1", 5);
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	s.login_source = TIME_DERIVED;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_true(judged[0].open);
	assert_int_equal(new[0], 0);
}

static void
sessions_live_on_when_anvil_died(void **state)
{
	struct session s[] = { known("ann", "192.0.2.1", 60),
		known("ann", "192.0.2.1", 10) };

	(void)state;
	rules.list_lost_us = asked_us - (int64_t)30 * SECOND;
	living[0] = (struct process){ 7, 400 };
	reconcile_process(&rules, s, 2, NULL, 0, judged, new);
	assert_true(judged[0].open);
	/* It began with the new anvil, and that one knows of no such. */
	assert_false(judged[1].open);
	living[0].pid = 0;
	reconcile_process(&rules, s, 2, NULL, 0, judged, new);
	assert_false(judged[0].open);
}

static void
a_service_that_is_not_listed_is_not_judged(void **state)
{
	struct session s = known("ann", "192.0.2.1", 60);

	(void)state;
	s.service = SERVICE_HTTP;
	reconcile_process(&rules, &s, 1, NULL, 0, judged, new);
	assert_true(judged[0].open);
}

static void
a_shared_process_is_counted_out(void **state)
{
	struct session s[] = { known("ann", "192.0.2.1", 90),
		known("ann", "192.0.2.1", 60), known("bob", "192.0.2.1", 30) };
	struct listed r[] = { row("ann", "192.0.2.1", 3), row("bob", "192.0.2.1", 1) };

	(void)state;
	reconcile_process(&rules, s, 3, r, 2, judged, new);
	assert_true(judged[0].open && judged[1].open && judged[2].open);
	assert_int_equal(new[0], 1);
	assert_int_equal(new[1], 0);
}

static void
of_too_many_known_sessions_the_oldest_are_over(void **state)
{
	struct session s[] = { known("ann", "192.0.2.1", 90),
		known("ann", "192.0.2.1", 30), known("ann", "192.0.2.1", 60) };
	struct listed r = row("ann", "192.0.2.1", 2);

	(void)state;
	reconcile_process(&rules, s, 3, &r, 1, judged, new);
	assert_false(judged[0].open);
	assert_true(judged[1].open && judged[2].open);
	assert_int_equal(new[0], 0);
}

static void
addresses_tell_sessions_of_one_user_apart(void **state)
{
	struct session s[] = { known("ann", "192.0.2.1", 90),
		known("ann", "192.0.2.2", 60) };
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	reconcile_process(&rules, s, 2, &r, 1, judged, new);
	assert_true(judged[0].open);
	assert_false(judged[1].open);
	r = row("ann", "192.0.2.3", 1);
	reconcile_process(&rules, s, 2, &r, 1, judged, new);
	assert_false(judged[0].open || judged[1].open);
	assert_int_equal(new[0], 1);
	r = row("ann", "", 1); /* not known: any will do */
	reconcile_process(&rules, s, 2, &r, 1, judged, new);
	assert_true(judged[1].open && new[0] == 0);
}

#define CASE(name) cmocka_unit_test_setup(name, begin)

/* A process may serve a user again from the same place. */
static void
another_connection_is_another_session(void **state)
{
	struct session s = known("ann", "192.0.2.1", 60);
	struct listed r = row("ann", "192.0.2.1", 1);

	(void)state;
	s.connection.octets[0] = 1;
	r.connection.octets[0] = 2;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_true(!judged[0].open && new[0] == 1);
	r.connection.octets[0] = 1;
	reconcile_process(&rules, &s, 1, &r, 1, judged, new);
	assert_true(judged[0].row == &r && new[0] == 0);
}

/* The rows have the youngest first. */
static void
connections_are_told_apart_by_their_age(void **state)
{
	struct session s[] = { known("ann", "192.0.2.1", 60),
		known("ann", "192.0.2.1", 30), known("ann", "192.0.2.1", 90) };
	struct listed one = row("ann", "192.0.2.1", 1);
	struct listed r[] = { one, one, one };

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		r[i].connection.octets[0] = (uint8_t)(i + 1);
	reconcile_process(&rules, s, 3, r, 3, judged, new);
	assert_true(judged[0].row == &r[1] && judged[1].row == r);
	assert_ptr_equal(judged[2].row, &r[2]);
	/* One that is told apart already leaves the others to each other. */
	s[1].connection = r[1].connection;
	reconcile_process(&rules, s, 3, r, 3, judged, new);
	assert_true(judged[0].row == r && judged[1].row == &r[1]);
	assert_ptr_equal(judged[2].row, &r[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_session_that_is_listed_stays),
		CASE(after_our_restart_sessions_are_found_again),
		CASE(a_pid_that_was_given_again_is_another_session),
		CASE(a_pid_that_serves_somebody_else_now_is_another_session),
		CASE(the_same_name_at_another_service_is_another_session),
		CASE(after_dovecots_restart_sessions_are_over),
		CASE(a_lost_record_still_makes_a_session),
		CASE(a_record_that_came_before_its_row_waits_for_it),
		CASE(a_row_that_came_before_its_record_stays_one_session),
		CASE(sessions_live_on_when_anvil_died),
		CASE(a_service_that_is_not_listed_is_not_judged),
		CASE(a_shared_process_is_counted_out),
		CASE(of_too_many_known_sessions_the_oldest_are_over),
		CASE(addresses_tell_sessions_of_one_user_apart),
		CASE(another_connection_is_another_session),
		CASE(connections_are_told_apart_by_their_age),
	};

	return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
