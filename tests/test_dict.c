/* SPDX-License-Identifier: ISC */
/* Lines of the dict protocol. */
#include "config.h"

#include "agent/collect/dict_parse.h"
#include "tests/unit.h"

static struct dict_line line;
static struct error err;
static char data[256];

static enum dict_command
parse(const char *text)
{
	strcpy(data, text);
	return dict_parse(&line, data, strlen(text), &err);
}

static void
dovecot_2_3_and_2_4_are_greeted(void **state)
{
	(void)state;
	assert_int_equal(parse("H3\t2\t0\t\tims"), DICT_HELLO);
	assert_int_equal(parse("H4\t0\t0\t\tims"), DICT_HELLO);
	assert_int_equal(parse("H5\t0\t0\t\tims"), DICT_FAILED);
	assert_string_equal(
	    err.text, "the client speaks dict protocol \"5\"; 3 and 4 are understood");
	assert_int_equal(parse("H"), DICT_FAILED);
	assert_int_equal(parse("H\001"), DICT_FAILED);
}

static void
a_record_has_a_key_and_a_value(void **state)
{
	(void)state;
	assert_int_equal(parse("S1\tshared/ims1|imap|x\t1795297166726916"), DICT_SET);
	assert_text(line.transaction, "1");
	assert_text(line.key, "shared/ims1|imap|x");
	assert_text(line.value, "1795297166726916");
}

static void
escapes_are_undone(void **state)
{
	(void)state;
	assert_int_equal(parse("S1\ta\001tb\001nc\001rd\0011e\0010f\t1"), DICT_SET);
	assert_int_equal(line.key.length, 11);
	assert_memory_equal(line.key.data, "a\tb\nc\rd\001e\0f", 11);
	assert_int_equal(parse("S1\ta\001"), DICT_FAILED);
	assert_int_equal(parse("S1\ta\001q\t1"), DICT_FAILED);
}

static void
commits_and_rollbacks_name_their_transaction(void **state)
{
	(void)state;
	assert_int_equal(parse("C17"), DICT_COMMIT);
	assert_text(line.transaction, "17");
	assert_int_equal(parse("D18"), DICT_COMMIT_ASYNC);
	assert_int_equal(parse("R19\tx"), DICT_ROLLBACK);
	assert_text(line.transaction, "19");
	assert_int_equal(parse("C123456789012345678901"), DICT_FAILED);
}

static void
what_does_not_concern_us_is_ignored_and_what_is_unknown_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("B1\tu1\t0"), DICT_IGNORED);
	assert_int_equal(parse("T1\t1\t2"), DICT_IGNORED);
	assert_int_equal(parse("Lshared/x\tu"), DICT_LOOKUP);
	assert_int_equal(parse("GET / HTTP/1.1"), DICT_FAILED);
	assert_string_equal(err.text, "an unknown command 0x47");
	assert_int_equal(parse(""), DICT_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dovecot_2_3_and_2_4_are_greeted),
		cmocka_unit_test(a_record_has_a_key_and_a_value),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(commits_and_rollbacks_name_their_transaction),
		cmocka_unit_test(
		    what_does_not_concern_us_is_ignored_and_what_is_unknown_refused),
	};

	return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
