/* SPDX-License-Identifier: ISC */
/* Escaping and comparing what came from outside. */
#include "config.h"

#include "tests/unit.h"

static void
escapes(const char *in, size_t length, const char *expected)
{
	char buffer[256];
	size_t written =
	    text_escape(buffer, sizeof buffer, (struct text){ in, length });

	assert_string_equal(buffer, expected);
	assert_int_equal(written, strlen(expected));
}

static void
names_of_people_stay_as_they_are(void **state)
{
	(void)state;
	escapes("ann@example.org", 15, "ann@example.org");
	escapes("DOMAIN\\bob smith", 16, "DOMAIN\\bob smith");
	escapes("j\xc3\xb6rg", 5, "j\xc3\xb6rg");
	escapes("\xe6\x97\xa5\xf0\x9f\x93\xac", 7, "\xe6\x97\xa5\xf0\x9f\x93\xac");
	escapes("", 0, "");
}

static void
control_characters_are_escaped(void **state)
{
	(void)state;
	escapes(
	    "a\nb\tc\rd\0e\x1b[2J\x7f", 14, "a\\x0ab\\x09c\\x0dd\\x00e\\x1b[2J\\x7f");
	escapes("\xc2\x9b"
		"31m",
	    5, "\\xc2\\x9b31m");
	escapes("\xc2\xa0", 2, "\xc2\xa0");
}

static void
what_is_not_utf8_is_escaped(void **state)
{
	(void)state;
	escapes("\xff"
		"a\xc3",
	    3, "\\xffa\\xc3");
	escapes("\xc0\xaf", 2, "\\xc0\\xaf");
	escapes("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
	escapes("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
	escapes("\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf");
}

static void
a_small_buffer_never_gets_half_an_escape(void **state)
{
	struct text text = { "ab\n\xc3\xb6z", 6 };
	char buffer[16];

	(void)state;
	assert_int_equal(text_escape(buffer, 7, text), 9);
	assert_string_equal(buffer, "ab\\x0a");
	assert_int_equal(text_escape(buffer, 6, text), 9);
	assert_string_equal(buffer, "ab");
	assert_int_equal(text_escape(buffer, 8, text), 9);
	assert_string_equal(buffer, "ab\\x0a");
	assert_int_equal(text_escape(buffer, 1, text), 9);
	assert_string_equal(buffer, "");
	assert_int_equal(text_escape(NULL, 0, text), 9);
}

static void
comparing_puts_a_prefix_first(void **state)
{
	(void)state;
	assert_true(text_compare(text_from("ab"), text_from("abc")) < 0);
	assert_true(text_compare(text_from("b"), text_from("abc")) > 0);
	assert_int_equal(text_compare(text_from("abc"), text_from("abc")), 0);
	assert_true(text_compare((struct text){ "\xff", 1 }, text_from("a")) > 0);
	assert_true(text_equal((struct text){ NULL, 0 }, text_from("")));
	assert_false(
	    text_equal((struct text){ "a\0b", 3 }, (struct text){ "a\0c", 3 }));
}

static void
columns_are_characters(void **state)
{
	(void)state;
	assert_int_equal(text_columns("j\xc3\xb6rg"), 4);
	assert_int_equal(text_columns(""), 0);
}

static void
fields_are_cut(void **state)
{
	struct text rest = text_from("a::b");
	struct text field;

	(void)state;
	assert_true(text_cut(&rest, ':', &field));
	assert_true(text_equal(field, text_from("a")));
	assert_true(text_cut(&rest, ':', &field));
	assert_int_equal(field.length, 0);
	assert_false(text_cut(&rest, ':', &field));
	assert_true(text_equal(rest, text_from("b")));
	assert_true(text_equal(text_split(&rest, ':'), text_from("b")));
	assert_int_equal(text_split(&rest, ':').length, 0);
	rest = (struct text){ NULL, 0 };
	assert_false(text_cut(&rest, ':', &field));
	assert_int_equal(text_split(&rest, ':').length, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_cut),
		cmocka_unit_test(names_of_people_stay_as_they_are),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(what_is_not_utf8_is_escaped),
		cmocka_unit_test(a_small_buffer_never_gets_half_an_escape),
		cmocka_unit_test(comparing_puts_a_prefix_first),
		cmocka_unit_test(columns_are_characters),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
