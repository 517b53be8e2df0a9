/* SPDX-License-Identifier: ISC */
/* The rows of a roster, and their order. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/roster_rows.h"
#include "tests/unit.h"

static struct arena *arena;
static struct roster_rows rows;
static const struct roster_row **sorted;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new();
	memset(&rows, 0, sizeof rows);
	sorted = NULL;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(sorted);
	free(rows.all);
	arena_free(arena);
	return 0;
}

static void
add(enum service service, struct text user, int64_t login_us, uint32_t number)
{
	struct session session = {
		.service = service, .user = user, .login_us = login_us, .number = number
	};

	roster_rows_add(&rows, &session, arena);
}

static void
sort(void)
{
	free(sorted);
	sorted = xcalloc(rows.count, sizeof *sorted);
	for (size_t i = 0; i < rows.count; i++)
		sorted[i] = &rows.all[i];
	roster_rows_sort(sorted, rows.count);
}

/* What it is to be, told as simply as can be. */
static bool
in_order(const struct roster_row *a, const struct roster_row *b)
{
	if (a->service != b->service)
		return a->service < b->service;
	if (text_compare(a->user, b->user) != 0)
		return text_compare(a->user, b->user) < 0;
	if (a->login_us != b->login_us)
		return a->login_us < b->login_us;
	return a->number < b->number || (a->number == b->number && a < b);
}

static void
rows_are_sorted_by_service_user_login_and_number(void **state)
{
	static const struct text users[] = { { "a", 1 }, { "a\0", 2 }, { "a\0b", 3 },
		{ "ab", 2 }, { "\xff", 1 }, { "\x7f", 1 }, { " ", 1 },
		{ "fourteenoctets", 14 }, { "fifteen octets.", 15 },
		{ "fifteen octets.a", 16 }, { "fifteen octets.b", 16 },
		{ "fifteen octets.bc", 17 } };
	const size_t count = sizeof users / sizeof users[0];
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		random = random * 1664525 + 1013904223;
		add(random >> 8 & 1 ? SERVICE_IMAP : SERVICE_HTTP,
		    users[(random >> 10) % count], random >> 20 & 3, random >> 24 & 3);
	}
	sort();
	for (size_t i = 1; i < rows.count; i++)
		assert_true(in_order(sorted[i - 1], sorted[i]));
}

static void
few_rows_are_sorted_as_well(void **state)
{
	(void)state;
	sort();
	add(SERVICE_IMAP, text_from("bob"), 1, 1);
	sort();
	assert_ptr_equal(sorted[0], &rows.all[0]);
	add(SERVICE_IMAP, text_from("ann"), 1, 1);
	sort();
	assert_text(sorted[0]->user, "ann");
	assert_text(sorted[1]->user, "bob");
}

static void
texts_are_copied(void **state)
{
	char user[] = "ann";
	char mechanism[] = "PLAIN";
	struct session session = { .user = { user, 3 }, .mechanism = { mechanism, 5 } };

	(void)state;
	roster_rows_add(&rows, &session, arena);
	roster_rows_add(&rows, &session, arena);
	memcpy(user, "bob", 3);
	memcpy(mechanism, "LOGIN", 5);
	roster_rows_add(&rows, &session, arena);
	memset(user, 'x', 3);
	memset(mechanism, 'x', 5);
	assert_text(rows.all[0].mechanism, "PLAIN");
	assert_text(rows.all[1].user, "ann");
	assert_text(rows.all[1].mechanism, "PLAIN");
	assert_text(rows.all[2].user, "bob");
	assert_text(rows.all[2].mechanism, "LOGIN");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rows_are_sorted_by_service_user_login_and_number),
		CASE(few_rows_are_sorted_as_well),
		CASE(texts_are_copied),
	};

	return cmocka_run_group_tests_name("roster_rows", tests, NULL, NULL);
}
