/* SPDX-License-Identifier: ISC */
/* The sources of a log by name, and positions in one as text. */
#include "config.h"

#include "agent/collect/log_source.h"
#include "tests/unit.h"

#define CURSOR "s=9f;i=14;b=50;m=288b3ffe;t=6610df5b1717b;x=7a5de8e8207d5f6c"

static struct log_position position;

static bool
parse(const char *text, const struct log_source *source)
{
	return log_position_parse(&position, text_from(text), source);
}

static void
a_name_tells_its_source(void **state)
{
	static const struct {
		const char *name;
		const struct log_source *source;
		const char *where;
	} cases[] = {
		{ "/var/log/mail.log", &log_file_source, "/var/log/mail.log" },
		{ "mail.log", &log_file_source, "mail.log" },
		{ "journal", &log_journal_source, "" },
		{ "journal:", &log_journal_source, "" },
		{ "journal:/var/log/journal", &log_journal_source, "/var/log/journal" },
		{ "journal.log", &log_file_source, "journal.log" },
		{ "./journal", &log_file_source, "./journal" },
		{ "journals", &log_file_source, "journals" },
	};
	const char *where;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ptr_equal(
		    log_source_find(cases[i].name, &where), cases[i].source);
		assert_string_equal(where, cases[i].where);
	}
}

static void
a_position_comes_back_as_it_was(void **state)
{
	static const struct log_position positions[] = {
		{ "", 0, 0 },
		{ "fe01 2 3 4", 1795319937000000, 0 },
		{ "6610df5b1717b " CURSOR, 7, 1795319937000000 },
		{ "6610df5b1717b ", INT64_MAX, INT64_MAX },
	};
	char text[LOG_POSITION_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
		log_position_format(text, &positions[i], &log_journal_source);
		assert_true(parse(text, &log_journal_source));
		assert_string_equal(position.place, positions[i].place);
		assert_int_equal(position.last_us, positions[i].last_us);
		assert_int_equal(position.not_before_us, positions[i].not_before_us);
	}
}

static void
the_longest_place_fits(void **state)
{
	struct log_position longest = { .last_us = -1, .not_before_us = -1 };
	char text[LOG_POSITION_SIZE];

	(void)state;
	memset(longest.place, 'x', sizeof longest.place - 1);
	log_position_format(text, &longest, &log_journal_source);
	assert_true(parse(text, &log_journal_source));
	assert_memory_equal(&position, &longest, sizeof longest);
}

static void
one_of_another_source_is_a_time(void **state)
{
	(void)state;
	assert_true(parse("file 1 2 3 4 5 0", &log_journal_source));
	assert_string_equal(position.place, "");
	assert_int_equal(position.last_us, 5);
	assert_int_equal(position.not_before_us, 5);
}

static void
what_is_no_position_is_refused(void **state)
{
	static const char *const texts[] = { "", "file", "file 1", "file 1 ",
		"file x 5", "file 1 2 3 4 5 6x", "file 1 2 3 4 x 6" };
	char longer[LOG_POSITION_SIZE + 2];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_false(parse(texts[i], &log_file_source));
		assert_int_equal(position.last_us, 0);
	}
	assert_false(log_position_parse(
	    &position, (struct text){ "file 1 2\0 3", 11 }, &log_file_source));
	memset(longer, '1', sizeof longer);
	memcpy(longer, "file ", 5);
	strcpy(longer + sizeof longer - 5, " 5 6");
	assert_false(parse(longer, &log_file_source));
	memmove(longer + 5, longer + 5 + 12, sizeof longer - 5 - 12);
	assert_true(strlen(longer) > LOG_PLACE_SIZE + 5);
	assert_false(parse(longer, &log_file_source));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_tells_its_source),
		cmocka_unit_test(a_position_comes_back_as_it_was),
		cmocka_unit_test(the_longest_place_fits),
		cmocka_unit_test(one_of_another_source_is_a_time),
		cmocka_unit_test(what_is_no_position_is_refused),
	};

	return cmocka_run_group_tests_name("log_source", tests, NULL, NULL);
}
