/* SPDX-License-Identifier: ISC */
/* Times as the command prints them, in many zones and around their changes. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/clock.h"
#include "cli/local_time.h"
#include "tests/unit.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void
set_zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void
assert_time(const char *zone_name, int64_t seconds, const char *wanted)
{
	struct local_time *zone;
	char s[LOCAL_TIME_SIZE];

	set_zone(zone_name);
	zone = local_time_new();
	assert_int_equal(
	    local_time_format(zone, s, seconds * CLOCK_SECOND_US), strlen(wanted));
	assert_string_equal(s, wanted);
	local_time_free(zone);
}

static void
a_time_reads_as_the_original_prints_it(void **state)
{
	(void)state;
	assert_time("UTC0", 1055849043, "17/Jun/2003:11:24:03");
	assert_time("UTC0", 0, "01/Jan/1970:00:00:00");
	assert_time("UTC0", 951782399, "28/Feb/2000:23:59:59");
	assert_time("UTC0", 951782400, "29/Feb/2000:00:00:00");
	assert_time("UTC0", 4107542400, "01/Mar/2100:00:00:00");
}

static void
parts_of_a_second_are_cut_off(void **state)
{
	struct local_time *zone;
	char s[LOCAL_TIME_SIZE];

	(void)state;
	set_zone("UTC0");
	zone = local_time_new();
	local_time_format(zone, s, 59 * CLOCK_SECOND_US + 999999);
	assert_string_equal(s, "01/Jan/1970:00:00:59");
	local_time_format(zone, s, -1);
	assert_string_equal(s, "31/Dec/1969:23:59:59");
	local_time_free(zone);
}

static void
summer_time_begins_and_ends_on_its_second(void **state)
{
	(void)state;
	assert_time(BERLIN, 1711846799, "31/Mar/2024:01:59:59");
	assert_time(BERLIN, 1711846800, "31/Mar/2024:03:00:00");
	assert_time(BERLIN, 1729990799, "27/Oct/2024:02:59:59");
	assert_time(BERLIN, 1729990800, "27/Oct/2024:02:00:00");
	assert_time("Europe/Berlin", 1711846800, "31/Mar/2024:03:00:00");
	assert_time("Europe/Berlin", 1729990800, "27/Oct/2024:02:00:00");
}

static void
odd_offsets_are_exact(void **state)
{
	(void)state;
	assert_time("XXX-5:45", 0, "01/Jan/1970:05:45:00");
	assert_time("XXX3:00:01", 0, "31/Dec/1969:20:59:59");
	/* Half an hour of summer time. */
	assert_time(
	    "LHST-10:30LHDT-11,M10.1.0,M4.1.0", 1704067200, "01/Jan/2024:11:00:00");
	assert_time(
	    "LHST-10:30LHDT-11,M10.1.0,M4.1.0", 1720000000, "03/Jul/2024:20:16:40");
}

static void
years_of_other_lengths_do_no_harm(void **state)
{
	(void)state;
	assert_time("UTC0", 253402300799, "31/Dec/9999:23:59:59");
	assert_time("UTC0", 253402300800, "01/Jan/10000:00:00:00");
	assert_time("UTC0", -62167219200, "01/Jan/0000:00:00:00");
	assert_time("UTC0", -62167219201, "31/Dec/-1:23:59:59");
}

/* The same as localtime_r(3) says, at any second. */
static void
assert_same_as_libc(struct local_time *zone, int64_t seconds)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)seconds;
	char wanted[64];
	char s[LOCAL_TIME_SIZE];
	struct tm tm;

	localtime_r(&t, &tm);
	snprintf(wanted, sizeof wanted, "%02d/%s/%04d:%02d:%02d:%02d", tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	local_time_format(zone, s, seconds * CLOCK_SECOND_US);
	assert_string_equal(s, wanted);
}

static void
every_zone_agrees_with_libc(void **state)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "Europe/Dublin",
		"America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Tehran",
		"Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
		"Africa/Monrovia", "Africa/Casablanca", "Antarctica/Troll", "right/UTC",
		"right/Europe/Berlin", BERLIN };

	(void)state;
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		struct local_time *zone;

		set_zone(zones[i]);
		zone = local_time_new();
		/* 7,919 is prime: all seconds of the day come in their turn. */
		for (int64_t t = 0; t < 4102444800; t += INT64_C(7919) * 11)
			assert_same_as_libc(zone, t);
		/* Each second around the changes of 2024 in Europe and Apia's lost day. */
		for (int64_t t = 1711846000; t < 1711847600; t++)
			assert_same_as_libc(zone, t);
		for (int64_t t = 1325238000; t < 1325241600; t++)
			assert_same_as_libc(zone, t);
		/* A leap second of the zones that know them. */
		for (int64_t t = 1483228800; t < 1483228840; t++)
			assert_same_as_libc(zone, t);
		local_time_free(zone);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_reads_as_the_original_prints_it),
		cmocka_unit_test(parts_of_a_second_are_cut_off),
		cmocka_unit_test(summer_time_begins_and_ends_on_its_second),
		cmocka_unit_test(odd_offsets_are_exact),
		cmocka_unit_test(years_of_other_lengths_do_no_harm),
		cmocka_unit_test(every_zone_agrees_with_libc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
