/* SPDX-License-Identifier: ISC */
/* The forms of values: agent/snmp/value.c. */
#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "agent/snmp/value.h"
#include "tests/unit.h"

/* 2026-07-01 12:34:56 UTC */
#define SUMMER_US INT64_C(1782909296000000)
/* 2026-11-20 23:59:59.987654 UTC */
#define WINTER_US INT64_C(1795219199987654)

static void
assert_date(const char *zone, int64_t time_us, const unsigned char *wanted)
{
	struct value value;

	setenv("TZ", zone, 1);
	tzset();
	assert_true(value_date(&value, time_us));
	assert_int_equal(value.length, VALUE_DATE_LENGTH);
	assert_memory_equal(value.data, wanted, VALUE_DATE_LENGTH);
}

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void
a_date_is_local_with_its_offset_from_utc(void **state)
{
	(void)state;
	assert_date("UTC0", SUMMER_US,
	    (const unsigned char[]){ 7, 0xea, 7, 1, 12, 34, 56, 0, '+', 0, 0 });
	assert_date(BERLIN, SUMMER_US,
	    (const unsigned char[]){ 7, 0xea, 7, 1, 14, 34, 56, 0, '+', 2, 0 });
	assert_date(BERLIN, WINTER_US,
	    (const unsigned char[]){ 7, 0xea, 11, 21, 0, 59, 59, 9, '+', 1, 0 });
	assert_date("NST3:30", SUMMER_US,
	    (const unsigned char[]){ 7, 0xea, 7, 1, 9, 4, 56, 0, '-', 3, 30 });
	assert_date("<+0545>-5:45", SUMMER_US,
	    (const unsigned char[]){ 7, 0xea, 7, 1, 18, 19, 56, 0, '+', 5, 45 });
}

static void
an_offset_that_has_no_form_is_shown_as_utc(void **state)
{
	static const unsigned char utc[] = { 7, 0xea, 7, 1, 12, 34, 56, 0, '+', 0, 0 };

	(void)state;
	assert_date("<+14>-14", SUMMER_US, utc);
	assert_date("<LMT>-0:19:32", SUMMER_US, utc);
}

static void
bits_begin_with_the_highest_of_the_first_octet(void **state)
{
	static const unsigned char none[] = { 0, 0 };
	static const unsigned char some[] = { 0x81, 0x84 };
	struct value value;

	(void)state;
	assert_true(value_bits(&value, 0, 14));
	assert_int_equal(value.length, sizeof none);
	assert_memory_equal(value.data, none, sizeof none);
	assert_true(value_bits(&value, 1u << 0 | 1u << 7 | 1u << 8 | 1u << 13, 14));
	assert_int_equal(value.length, sizeof some);
	assert_memory_equal(value.data, some, sizeof some);
	assert_true(value_bits(&value, 1u << 8, 8));
	assert_int_equal(value.length, 1);
	assert_memory_equal(value.data, none, 1);
}

static void
a_time_that_is_not_known_has_no_value(void **state)
{
	struct value value;

	(void)state;
	assert_false(value_date(&value, 0));
	assert_false(value_seconds(&value, SUMMER_US, 0));
}

static void
assert_number(const struct value *value, unsigned long wanted)
{
	long number;

	assert_int_equal(value->length, sizeof number);
	memcpy(&number, value->data, sizeof number);
	assert_int_equal(number, wanted);
}

static void
an_age_is_never_negative_and_never_wraps(void **state)
{
	struct value value;

	(void)state;
	assert_true(value_seconds(&value, SUMMER_US + 1999999, SUMMER_US));
	assert_number(&value, 1);
	assert_true(value_seconds(&value, SUMMER_US, SUMMER_US + 5000000));
	assert_number(&value, 0);
	assert_true(value_seconds(&value, INT64_MAX, 1));
	assert_number(&value, UINT32_MAX);
}

static void
a_stamp_counts_from_when_sysUpTime_was_0(void **state)
{
	struct value value;

	(void)state;
	assert_true(value_stamp(&value, SUMMER_US + 1239999, SUMMER_US));
	assert_number(&value, 123);
	assert_true(value_stamp(&value, SUMMER_US, SUMMER_US));
	assert_number(&value, 0);
	assert_true(value_stamp(&value, SUMMER_US - 1000000, SUMMER_US));
	assert_number(&value, 0);
	assert_false(value_stamp(&value, 0, SUMMER_US));
}

static void
numbers_fill_their_types(void **state)
{
	struct value value;
	struct counter64 counter;

	(void)state;
	assert_true(value_number(&value, UINT32_MAX));
	assert_number(&value, UINT32_MAX);
	assert_true(value_truth(&value, true));
	assert_number(&value, 1);
	assert_true(value_truth(&value, false));
	assert_number(&value, 2);
	assert_true(value_counter64(&value, UINT64_C(0x123456789abcdef0)));
	assert_int_equal(value.length, sizeof counter);
	memcpy(&counter, value.data, sizeof counter);
	assert_int_equal(counter.high, 0x12345678);
	assert_int_equal(counter.low, 0x9abcdef0);
}

static void
assert_cut(const char *s, size_t length, size_t max, size_t wanted)
{
	struct value value;

	assert_true(value_text(&value, (struct text){ s, length }, max));
	assert_ptr_equal(value.data, s);
	assert_int_equal(value.length, wanted);
}

static void
a_long_text_is_cut_at_a_characters_end(void **state)
{
	struct value value;

	(void)state;
	assert_cut("abcdef", 6, 6, 6);
	assert_cut("abcdef", 6, 5, 5);
	assert_cut("abcd\xc3\xb6", 6, 5, 4);
	assert_cut("ab\xf0\x9f\x92\x8c", 6, 5, 2);
	assert_cut("ab\xf0\x9f\x92\x8czz", 8, 6, 6);
	/* What is no UTF-8 has no characters to keep whole. */
	assert_cut("\x80\x80\x80\x80\x80\x80\x80\x80", 8, 6, 6);
	assert_cut("abcd\xc3zz", 7, 5, 5);
	assert_true(value_text(&value, (struct text){ 0 }, 5));
	assert_int_equal(value.length, 0);
	assert_non_null(value.data);
}

static void
an_address_that_is_not_known_is_unknown_and_empty(void **state)
{
	struct address address = { 0 };
	struct value value;

	(void)state;
	assert_true(value_address_type(&value, &address));
	assert_number(&value, 0);
	assert_true(value_address(&value, &address));
	assert_int_equal(value.length, 0);
	assert_true(address_parse(&address, text_from("192.0.2.1")));
	value_address_type(&value, &address);
	assert_number(&value, 1);
	value_address(&value, &address);
	assert_int_equal(value.length, 4);
	assert_memory_equal(value.data, "\xc0\0\2\1", 4);
	assert_true(address_parse(&address, text_from("2001:db8::1")));
	value_address_type(&value, &address);
	assert_number(&value, 2);
	value_address(&value, &address);
	assert_int_equal(value.length, 16);
}

static void
assert_written(const char *s)
{
	struct address address;
	struct value value;

	address_parse(&address, text_from(s));
	assert_true(value_address_text(&value, &address));
	assert_int_equal(value.length, strlen(s));
	assert_memory_equal(value.data, s, value.length);
}

static void
an_address_is_also_written_as_text(void **state)
{
	(void)state;
	assert_written("192.0.2.1");
	assert_written("2001:db8::1");
	assert_written("2001:db8:1111:2222:3333:4444:5555:6666");
	assert_written("");
}

static void
an_oid_is_its_arcs(void **state)
{
	static const oid arcs[] = { 1, 3, 6 };
	struct value value;

	(void)state;
	assert_true(value_oid(&value, arcs, 3));
	assert_ptr_equal(value.data, arcs);
	assert_int_equal(value.length, sizeof arcs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_date_is_local_with_its_offset_from_utc),
		cmocka_unit_test(an_offset_that_has_no_form_is_shown_as_utc),
		cmocka_unit_test(bits_begin_with_the_highest_of_the_first_octet),
		cmocka_unit_test(a_time_that_is_not_known_has_no_value),
		cmocka_unit_test(an_age_is_never_negative_and_never_wraps),
		cmocka_unit_test(a_stamp_counts_from_when_sysUpTime_was_0),
		cmocka_unit_test(numbers_fill_their_types),
		cmocka_unit_test(a_long_text_is_cut_at_a_characters_end),
		cmocka_unit_test(an_address_that_is_not_known_is_unknown_and_empty),
		cmocka_unit_test(an_address_is_also_written_as_text),
		cmocka_unit_test(an_oid_is_its_arcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
