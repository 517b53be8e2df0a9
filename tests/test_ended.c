/* SPDX-License-Identifier: ISC */
/* Sessions of webmail that were ended on request: remembered for a day. */
#include "config.h"

#include "agent/store/ended.h"
#include "tests/store_unit.h"

static const int64_t day_us = 86400 * INT64_C(1000000);
static const int64_t now_us = 1795297170 * INT64_C(1000000);

static void
put(const char *name, int64_t at_us)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(ended_put(writer, text_from(name), at_us, &err));
	must(store_commit(writer, &err));
	look();
}

static void
forget(int64_t at_us)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(ended_forget(writer, at_us, &err));
	must(store_commit(writer, &err));
	look();
}

static bool
has(const char *name, int64_t at_us)
{
	return ended_has(view, text_from(name), at_us);
}

static void
what_was_ended_is_known_by_its_whole_name(void **state)
{
	(void)state;
	put("abc", now_us);
	assert_true(has("abc", now_us));
	assert_false(has("ab", now_us));
	assert_false(has("abcd", now_us));
	assert_false(has("", now_us));
}

static void
it_is_forgotten_after_a_day(void **state)
{
	(void)state;
	put("old", now_us - day_us);
	put("young", now_us - day_us + 1);
	assert_false(has("old", now_us));
	assert_true(has("young", now_us));
	assert_true(ended_is_due(view, now_us));
	forget(now_us);
	assert_false(ended_is_due(view, now_us));
	assert_false(has("old", now_us - 1));
	assert_true(has("young", now_us));
	assert_true(ended_is_due(view, now_us + 1));
}

static void
what_is_ahead_of_a_clock_that_was_set_back_does_not_last(void **state)
{
	(void)state;
	put("ahead", now_us + day_us);
	assert_false(has("ahead", now_us));
	assert_true(ended_is_due(view, now_us));
}

static void
many_are_forgotten_at_once(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%d", i);
		put(name, i % 3 == 0 ? now_us : now_us - 2 * day_us);
	}
	forget(now_us);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_int_equal(has(name, now_us), i % 3 == 0);
	}
	assert_false(ended_is_due(view, now_us));
}

static void
a_name_that_makes_no_sense_is_refused(void **state)
{
	char name[ENDED_NAME_MAX + 1];
	struct view *writer;

	(void)state;
	memset(name, 'x', sizeof name);
	must(store_begin(&writer, store, &err));
	assert_int_equal(ended_put(writer, (struct text){ "", 0 }, now_us, &err), -1);
	assert_int_equal(
	    ended_put(writer, (struct text){ name, sizeof name }, now_us, &err), -1);
	must(ended_put(writer, (struct text){ name, ENDED_NAME_MAX }, now_us, &err));
	must(store_commit(writer, &err));
	look();
	assert_true(ended_has(view, (struct text){ name, ENDED_NAME_MAX }, now_us));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_ended_is_known_by_its_whole_name),
		CASE(it_is_forgotten_after_a_day),
		CASE(what_is_ahead_of_a_clock_that_was_set_back_does_not_last),
		CASE(many_are_forgotten_at_once),
		CASE(a_name_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests_name("ended", tests, NULL, NULL);
}
