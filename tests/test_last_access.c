/* SPDX-License-Identifier: ISC */
/* Lines that tell of last accesses, right and hostile ones. */
#include "config.h"

#include "agent/collect/last_access.h"
#include "tests/unit.h"

static const int64_t now_us = 1795297170999999;
static struct text user;
static int64_t login_us;

static bool
parse(const char *line)
{
	return last_access_parse(&user, &login_us, text_from(line), now_us);
}

static void
a_line_has_a_user_and_a_time(void **state)
{
	(void)state;
	assert_true(parse("ann\t1795297166"));
	assert_text(user, "ann");
	assert_int_equal(login_us, 1795297166000000);
}

static void
the_last_tab_counts(void **state)
{
	(void)state;
	assert_true(parse("ann\tof kent\t1"));
	assert_text(user, "ann\tof kent");
	assert_int_equal(login_us, 1000000);
}

static void
the_future_is_none_of_it(void **state)
{
	(void)state;
	assert_true(parse("ann\t1795297171"));
	assert_false(parse("ann\t1795297172"));
	assert_false(parse("ann\t99999999999"));
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const lines[] = { "", "ann", "ann\t", "ann\t0", "ann\t-1",
		"ann\t+1", "ann\t1 ", "ann\t 1", "ann\t1.5", "ann\t1795297166\r",
		"ann\t0x10", "ann\t100000000000", "ann\t99999999999999999999999",
		"\t1" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (parse(lines[i]))
			fail_msg("\"%s\" is understood", lines[i]);
}

static void
what_can_be_no_name_is_refused(void **state)
{
	char line[USER_NAME_MAX + 8];

	(void)state;
	memset(line, 'a', sizeof line);
	memcpy(line + USER_NAME_MAX, "\t1795", 5);
	assert_true(last_access_parse(
	    &user, &login_us, (struct text){ line, USER_NAME_MAX + 5 }, now_us));
	assert_int_equal(user.length, USER_NAME_MAX);
	memcpy(line + USER_NAME_MAX, "a\t1795", 6);
	assert_false(last_access_parse(
	    &user, &login_us, (struct text){ line, USER_NAME_MAX + 6 }, now_us));
	assert_false(last_access_parse(
	    &user, &login_us, (struct text){ "a\0b\t17", 6 }, now_us));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_a_user_and_a_time),
		cmocka_unit_test(the_last_tab_counts),
		cmocka_unit_test(the_future_is_none_of_it),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(what_can_be_no_name_is_refused),
	};

	return cmocka_run_group_tests_name("last_access", tests, NULL, NULL);
}
