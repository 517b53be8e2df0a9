/* SPDX-License-Identifier: ISC */
/* Indexes as arcs, whole and malformed: agent/snmp/index.c. */
#include "config.h"

#include "agent/snmp/index.h"
#include "tests/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const enum index_part session_parts[] = { INDEX_SERVICE, INDEX_NUMBER,
	INDEX_END };
static const enum index_part user_parts[] = { INDEX_USER, INDEX_END };
static const enum index_part access_parts[] = { INDEX_USER, INDEX_SERVICE, INDEX_END };

/* What the library makes of arcs of 2^31 and more. */
#define EXTENDED(arc) ((oid)(long)(int32_t)(uint32_t)(arc))

static void
session_arcs_say_where_the_next_row_is(void **state)
{
	static const struct {
		oid arcs[4];
		size_t n;
		enum index_fit fit;
		unsigned service;
		uint32_t number;
	} cases[] = {
		{ { 0 }, 0, INDEX_FROM, 0, 0 },
		{ { 2 }, 1, INDEX_FROM, 2, 0 },
		{ { 2, 7 }, 2, INDEX_IS, 2, 7 },
		{ { 2, 7, 0 }, 3, INDEX_BEYOND, 2, 7 },
		{ { 2, 7, 9, 9 }, 4, INDEX_BEYOND, 2, 7 },
		{ { SERVICE_END }, 1, INDEX_BEYOND, SERVICE_END - 1, UINT32_MAX },
		{ { 258, 7 }, 2, INDEX_BEYOND, SERVICE_END - 1, UINT32_MAX },
		{ { 2, UINT32_MAX }, 2, INDEX_IS, 2, UINT32_MAX },
		{ { 2, EXTENDED(UINT32_MAX) }, 2, INDEX_IS, 2, UINT32_MAX },
		{ { 2, EXTENDED(3000000000) }, 2, INDEX_IS, 2, 3000000000 },
		{ { EXTENDED(3000000000), 1 }, 2, INDEX_BEYOND, SERVICE_END - 1,
		    UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct index index;

		assert_int_equal(
		    index_parse(&index, session_parts, cases[i].arcs, cases[i].n),
		    cases[i].fit);
		assert_int_equal(index.service, cases[i].service);
		assert_int_equal(index.number, cases[i].number);
	}
}

static void
an_applications_arc_is_a_number_of_its_own(void **state)
{
	static const enum index_part parts[] = { INDEX_APPLICATION, INDEX_NUMBER,
		INDEX_END };
	struct index index;
	oid arcs[2];

	(void)state;
	assert_int_equal(
	    index_parse(&index, parts, (const oid[]){ 70000, 7 }, 2), INDEX_IS);
	assert_int_equal(index.application, 70000);
	assert_int_equal(index.number, 7);
	assert_int_equal(index.service, 0);
	assert_int_equal(index_write(arcs, parts, &index), 2);
	assert_int_equal(arcs[0], 70000);
	assert_int_equal(arcs[1], 7);
	assert_int_equal(
	    index_parse(&index, parts, (const oid[]){ 70000 }, 1), INDEX_FROM);
	assert_int_equal(index.application, 70000);
	assert_int_equal(index.number, 0);
	assert_int_equal(index_parse(&index, parts, NULL, 0), INDEX_FROM);
	assert_int_equal(index.application, 0);
}

static void
assert_user(
    const oid *arcs, size_t n, enum index_fit fit, size_t length, const char *name)
{
	struct index index;

	assert_int_equal(index_parse(&index, user_parts, arcs, n), fit);
	assert_int_equal(index.user.length, length);
	assert_memory_equal(index.user.name, name, length);
}

static void
user_arcs_say_where_the_next_row_is(void **state)
{
	char highest[USER_KEY_MAX];

	(void)state;
	memset(highest, 0xff, sizeof highest);
	assert_user(NULL, 0, INDEX_FROM, 0, "");
	assert_user((const oid[]){ 0 }, 1, INDEX_FROM, 0, "");
	assert_user((const oid[]){ 0, 99 }, 2, INDEX_FROM, 0, "");
	assert_user((const oid[]){ 3 }, 1, INDEX_FROM, 3, "\0\0\0");
	assert_user((const oid[]){ 3, 'a' }, 2, INDEX_FROM, 3, "a\0\0");
	assert_user((const oid[]){ 3, 'a', 256 }, 3, INDEX_BEYOND, 3, "a\xff\xff");
	assert_user(
	    (const oid[]){ 3, EXTENDED(1u << 31) }, 2, INDEX_BEYOND, 3, "\xff\xff\xff");
	assert_user((const oid[]){ 3, 'a', 'n', 'n' }, 4, INDEX_IS, 3, "ann");
	assert_user((const oid[]){ 3, 'a', 'n', 'n', 0 }, 5, INDEX_BEYOND, 3, "ann");
	assert_user((const oid[]){ 97, 'a' }, 2, INDEX_BEYOND, USER_KEY_MAX, highest);
	assert_user((const oid[]){ EXTENDED(1u << 31) }, 1, INDEX_BEYOND, USER_KEY_MAX,
	    highest);
}

static void
parts_after_the_one_that_does_not_fit_are_lowest_or_highest(void **state)
{
	static const enum index_part parts[] = { INDEX_SERVICE, INDEX_USER,
		INDEX_NUMBER, INDEX_END };
	struct index index;

	(void)state;
	assert_int_equal(index_parse(&index, parts, NULL, 0), INDEX_FROM);
	assert_int_equal(index.user.length, 0);
	assert_int_equal(index.number, 0);
	assert_int_equal(
	    index_parse(&index, parts, (const oid[]){ 99 }, 1), INDEX_BEYOND);
	assert_int_equal(index.user.length, USER_KEY_MAX);
	assert_int_equal((unsigned char)index.user.name[0], 0xff);
	assert_int_equal(index.number, UINT32_MAX);
}

static void
an_index_is_read_as_it_was_written(void **state)
{
	struct index index = { .service = SERVICE_HTTP, .number = 4000000000 };
	oid arcs[INDEX_ARCS_MAX];
	struct index back;
	size_t n;

	(void)state;
	index.user.length = USER_KEY_MAX;
	for (size_t i = 0; i < USER_KEY_MAX; i++)
		index.user.name[i] = (char)(i * 7);
	n = index_write(arcs, access_parts, &index);
	assert_int_equal(n, INDEX_ARCS_MAX);
	assert_int_equal(index_parse(&back, access_parts, arcs, n), INDEX_IS);
	assert_int_equal(back.service, index.service);
	assert_int_equal(back.user.length, USER_KEY_MAX);
	assert_memory_equal(back.user.name, index.user.name, USER_KEY_MAX);
	n = index_write(arcs, session_parts, &index);
	assert_int_equal(n, 2);
	assert_int_equal(index_parse(&back, session_parts, arcs, n), INDEX_IS);
	assert_int_equal(back.number, index.number);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_arcs_say_where_the_next_row_is),
		cmocka_unit_test(an_applications_arc_is_a_number_of_its_own),
		cmocka_unit_test(user_arcs_say_where_the_next_row_is),
		cmocka_unit_test(
		    parts_after_the_one_that_does_not_fit_are_lowest_or_highest),
		cmocka_unit_test(an_index_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
