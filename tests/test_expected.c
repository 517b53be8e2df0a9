/* SPDX-License-Identifier: ISC */
/* What a listing ticks off, and what it leaves to a join. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/expected.h"
#include "tests/unit.h"

static struct arena *arena;
static struct roster_rows known;
static struct expected *expected;
static struct listing listing;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new();
	memset(&known, 0, sizeof known);
	listing_init(&listing);
	expected = NULL;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	expected_free(expected);
	listing_fini(&listing);
	free(known.all);
	arena_free(arena);
	return 0;
}

static void
know(uint32_t pid, const char *user, const char *address)
{
	struct session session = {
		.service = SERVICE_IMAP, .user = text_from(user), .process = { pid, 1 }
	};

	address_parse(&session.remote.address, text_from(address));
	roster_rows_add(&known, &session, arena);
}

static void
expect(void)
{
	expected = expected_new(&known);
	listing.expected = expected;
}

static void
list(enum service service, uint32_t pid, const char *user, const char *address,
    uint32_t count)
{
	struct listed row = {
		.service = service, .pid = pid, .count = count, .user = text_from(user)
	};

	address_parse(&row.remote, text_from(address));
	listing_add(&listing, &row);
}

static void
row_is(size_t i, uint32_t pid, const char *user)
{
	assert_true(i < listing.count);
	assert_int_equal(listing.rows[i].pid, pid);
	assert_int_equal(listing.rows[i].count, 1);
	assert_text(listing.rows[i].user, user);
}

static void
what_is_listed_as_it_is_known_is_ticked_off(void **state)
{
	(void)state;
	know(5, "ann", "192.0.2.1");
	know(6, "a user with quite a long name", "2001:db8::1");
	know(7, "carl", "");
	know(8, "dan", "192.0.2.1");
	expect();
	list(SERVICE_IMAP, 7, "carl", "", 1);
	list(SERVICE_IMAP, 5, "ann", "192.0.2.1", 1);
	list(SERVICE_IMAP, 6, "a user with quite a long name", "2001:db8::1", 1);
	assert_int_equal(listing.count, 0);
	assert_int_equal(listing.sessions, 3);
	assert_true(expected_came(expected, 5));
	assert_true(expected_came(expected, 6));
	assert_true(expected_came(expected, 7));
	assert_false(expected_came(expected, 8));
	assert_false(expected_came(expected, 9));
}

static void
what_differs_is_left(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= 5; pid++)
		know(pid, "ann", "192.0.2.1");
	expect();
	list(SERVICE_POP3, 1, "ann", "192.0.2.1", 1);
	list(SERVICE_IMAP, 2, "anna", "192.0.2.1", 1);
	list(SERVICE_IMAP, 3, "ann", "192.0.2.2", 1);
	list(SERVICE_IMAP, 4, "ann", "", 1);
	list(SERVICE_IMAP, 5, "ann", "192.0.2.1", 2);
	list(SERVICE_IMAP, 6, "ann", "192.0.2.1", 1);
	assert_int_equal(listing.count, 6);
	for (uint32_t pid = 1; pid <= 6; pid++)
		assert_false(expected_came(expected, pid));
}

static void
several_sessions_of_a_process_are_left(void **state)
{
	(void)state;
	know(5, "ann", "192.0.2.1");
	know(5, "bob", "192.0.2.1");
	know(5, "ann", "192.0.2.1");
	expect();
	list(SERVICE_IMAP, 5, "ann", "192.0.2.1", 1);
	list(SERVICE_IMAP, 5, "bob", "192.0.2.1", 1);
	assert_int_equal(listing.count, 2);
	assert_false(expected_came(expected, 5));
}

static void
a_second_row_of_a_process_brings_the_first_back(void **state)
{
	(void)state;
	know(5, "ann", "192.0.2.1");
	know(6, "bob", "192.0.2.1");
	expect();
	list(SERVICE_IMAP, 5, "ann", "192.0.2.1", 1);
	list(SERVICE_IMAP, 6, "bob", "192.0.2.1", 1);
	assert_int_equal(listing.count, 0);
	list(SERVICE_IMAP, 5, "carl", "192.0.2.1", 1);
	list(SERVICE_IMAP, 5, "dan", "192.0.2.1", 1);
	list(SERVICE_IMAP, 6, "bob", "192.0.2.1", 1);
	assert_int_equal(listing.count, 5);
	row_is(0, 5, "ann");
	row_is(1, 5, "carl");
	row_is(2, 5, "dan");
	row_is(3, 6, "bob");
	row_is(4, 6, "bob");
	assert_false(expected_came(expected, 5));
	assert_false(expected_came(expected, 6));
}

static void
a_session_without_a_process_is_of_no_row(void **state)
{
	(void)state;
	know(0, "ann", "192.0.2.1");
	know(0, "ann", "192.0.2.1");
	know(16, "bob", "192.0.2.1");
	expect();
	list(SERVICE_IMAP, 16, "bob", "192.0.2.1", 1);
	assert_int_equal(listing.count, 0);
	assert_true(expected_came(expected, 16));
	assert_false(expected_came(expected, 0));
}

/* Pids that all want the same slot, and so many that the table is as full as can be. */
static void
any_number_of_processes_is_told_apart(void **state)
{
	enum {
		COUNT = 12
	};

	(void)state;
	for (uint32_t i = 1; i <= COUNT; i++)
		know(i << 16, "ann", "192.0.2.1");
	expect();
	for (uint32_t i = COUNT; i > 1; i -= 2)
		list(SERVICE_IMAP, i << 16, "ann", "192.0.2.1", 1);
	assert_int_equal(listing.count, 0);
	for (uint32_t i = 1; i <= COUNT; i++)
		assert_int_equal(expected_came(expected, i << 16), i % 2 == 0);
	assert_false(expected_came(expected, (COUNT + 1) << 16));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_listed_as_it_is_known_is_ticked_off),
		CASE(what_differs_is_left),
		CASE(several_sessions_of_a_process_are_left),
		CASE(a_second_row_of_a_process_brings_the_first_back),
		CASE(a_session_without_a_process_is_of_no_row),
		CASE(any_number_of_processes_is_told_apart),
	};

	return cmocka_run_group_tests_name("expected", tests, NULL, NULL);
}
