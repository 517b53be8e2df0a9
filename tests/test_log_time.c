/* SPDX-License-Identifier: ISC */
/* When a line of a log was written. */
#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "agent/collect/log_time.h"
#include "tests/unit.h"

static const int64_t stamp_us = 1795319937000000;
static const int64_t now_us = 1795319990000000;

static int64_t
time_of(const char *line, const char *zone, int64_t now)
{
	struct text text = text_from(line);
	int64_t time_us = 0;
	bool taken;

	setenv("TZ", zone, 1);
	tzset();
	taken = log_take_time(&text, now, &time_us);
	setenv("TZ", "UTC", 1);
	tzset();
	if (!taken)
		return -1;
	assert_text(text, "x");
	return time_us;
}

static void
a_time_without_year_or_zone_is_the_last_that_was(void **state)
{
	const int64_t s = 1000000;
	/* 2026-01-01 00:00:05 UTC */
	const int64_t new_year = 1767225605 * s;
	/* 2026-10-25 01:30:00 UTC: 02:30 in Berlin for the second time */
	const int64_t second = 1792891800 * s;

	(void)state;
	assert_int_equal(time_of("Dec 31 23:59:59 x", "UTC", new_year), 1767225599 * s);
	assert_int_equal(time_of("Jan  1 00:00:01 x", "UTC", new_year), 1767225601 * s);
	assert_int_equal(time_of("Jan 01 00:00:01 x", "UTC", new_year), 1767225601 * s);
	assert_int_equal(
	    time_of("Oct 25 02:30:00 x", "Europe/Berlin", second + s), second);
	assert_int_equal(
	    time_of("Oct 25 02:30:00 x", "Europe/Berlin", second - 3599 * s),
	    second - 3600 * s);
	assert_int_equal(
	    time_of("2026-11-22 04:58:57 x", "Europe/Berlin", now_us), stamp_us);
}

static void
a_line_of_this_second_is_of_now(void **state)
{
	(void)state;
	assert_int_equal(time_of("2026-11-22 03:58:57 x", "UTC", stamp_us + 400000),
	    stamp_us + 400000);
	assert_int_equal(time_of("2026-11-22T03:58:57.25Z x", "UTC", stamp_us + 400000),
	    stamp_us + 250000);
	assert_int_equal(
	    time_of("2026-11-22 03:58:57 x", "UTC", stamp_us + 1000000), stamp_us);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_without_year_or_zone_is_the_last_that_was),
		cmocka_unit_test(a_line_of_this_second_is_of_now),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("log_time", tests, NULL, NULL);
}
