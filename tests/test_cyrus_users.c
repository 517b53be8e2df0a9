/* SPDX-License-Identifier: ISC */
/* What ctl_mboxlist prints: lines of real Cyruses, and hostile ones. */
#include "config.h"

#include <stdlib.h>

#include "agent/collect/cyrus_users.h"
#include "tests/unit.h"

static char buffer[USER_NAME_MAX];
static struct text user;

static bool
parse(const char *line)
{
	return cyrus_users_parse(&user, text_from(line), buffer);
}

#define assert_user(line, name)           \
	do {                              \
		assert_true(parse(line)); \
		assert_text(user, name);  \
	} while (0)

/* Seen with Cyrus 3.6.1 and 3.10.1. */
static void
lines_of_3_6_are_understood(void **state)
{
	(void)state;
	assert_user(
	    "\"user.ann\": {\"name\": \"user.ann\", \"mtime\": \"1795574340\", "
	    "\"uidvalidity\": \"1795574341\", \"createdmodseq\": \"1\", "
	    "\"foldermodseq\": \"1\", \"mbtype\": \"e\", \"partition\": "
	    "\"default\", \"acl\": {\"ann\": \"lrswipkxtecdan\"}, "
	    "\"uniqueid\": \"je4i1bhh1e2i16p615pmobdg\", \"name_history\": []},",
	    "ann");
	assert_user("\"user.carl^smith\": {\"mbtype\": \"e\"}", "carl.smith");
	assert_user(
	    "\"example.org!user.ann\": {\"mbtype\": \"e\"},", "ann@example.org");
	assert_user(
	    "\"example.org!user.a^b\": {\"mbtype\": \"e\"},", "a.b@example.org");
	assert_false(parse("\"user.ann.Sent\": {\"mbtype\": \"e\"},"));
	assert_false(parse("\"shared\": {\"mbtype\": \"e\"},"));
	assert_false(parse("{"));
	assert_false(parse("}"));
	assert_false(parse(""));
}

static void
deleted_mailboxes_are_nobodys(void **state)
{
	(void)state;
	assert_false(parse("\"DELETED.user.dave.6B064A4C\": {\"mbtype\": \"e\"},"));
	assert_false(
	    parse("\"example.org!DELETED.user.dave.6B06\": {\"mbtype\": \"e\"},"));
	assert_false(
	    parse("\"user.dave\": {\"name\": \"user.dave\", \"mbtype\": \"ed\", "
		  "\"acl\": {}, \"name_history\": []}"));
}

static void
older_versions_have_tabs(void **state)
{
	(void)state;
	assert_user("user.ann\t0 default ann\tlrswipkxtecda\t", "ann");
	assert_user("example.org!user.carl^smith\t0 default x\tlrs\t",
	    "carl.smith@example.org");
	assert_user("user.ann\t1 other.example.org!default ann\tlrs\t", "ann");
	assert_false(parse("user.ann.Sent\t0 default ann\tlrswipkxtecda\t"));
	assert_false(parse("user.dave\t16 default dave\tlrs\t"));
	assert_false(parse("DELETED.user.dave.6B064A4C\t0 default dave\tlrs\t"));
	assert_false(parse("user.ann"));
	assert_false(parse("user.ann\t"));
}

static void
escapes_are_taken_back(void **state)
{
	(void)state;
	assert_user("\"user.a\\\"b\": {}", "a\"b");
	assert_user("\"user.a\\\\\": {}", "a\\");
	assert_user("\"user.\\u00e4\": {}", "\xc3\xa4");
	assert_user("\"user.\xc3\xa4\": {}", "\xc3\xa4");
	assert_false(parse("\"user\\u002eann.Sent\": {}"));
}

static void
what_makes_no_sense_is_nobody(void **state)
{
	static const char *const lines[] = { "\"", "\"\\", "\"\\\"", "\"user.ann",
		"\"user.ann\"", "\"user.ann\":", "\"user.ann\": ,", "\"user.ann\": 7,",
		"\"user.ann\": {", "\"user.ann\": {}}", "\"user.ann\": {\"mbtype\": }",
		"\"user.ann\" {}", "\"user.\": {}", "\"user\": {}", "\"!user.ann\": {}",
		"\"a!b!user.ann\": {}", "\"a!user.\": {}", "\"user.a\\u0000b\": {}",
		"\"user.\\ud800\": {}", "\"user.\xff\": {}", "\"user.a\\x\": {}",
		"user.\t0 default", "!user.a\t0 default", "\t0 default", "\t\t\t",
		"USER.ann\t0 default", "error: no such file" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (parse(lines[i]))
			fail_msg("\"%s\" is understood", lines[i]);
}

static void
a_name_has_its_bound(void **state)
{
	char line[USER_NAME_MAX + 64];

	(void)state;
	memset(line, 'a', sizeof line);
	memcpy(line, "user.", 5);
	memcpy(line + 5 + USER_NAME_MAX, "\t0 x", 5);
	assert_true(parse(line));
	assert_int_equal(user.length, USER_NAME_MAX);
	memcpy(line + 5 + USER_NAME_MAX, "a\t0 x", 6);
	assert_false(parse(line));
	memset(line, 'a', sizeof line);
	memcpy(line, "b!user.", 7);
	memcpy(line + 7 + USER_NAME_MAX - 1, "\t0 x", 5);
	assert_false(parse(line));
}

/* Each beginning of a line, in memory of its own, so that whoever reads too far is seen. */
static void
a_line_may_end_anywhere(void **state)
{
	static const char *const lines[] = {
		"\"o\\u0072g!user.a\\\\^b\": {\"mbtype\": \"ed\"},",
		"org!user.a^b\t16 default a\tlrs\t"
	};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t length = 0; length < strlen(lines[i]); length++) {
			char *copy = malloc(length + (length == 0));

			memcpy(copy, lines[i], length);
			if (cyrus_users_parse(
				&user, (struct text){ copy, length }, buffer))
				assert_text(user, "a.b@org");
			free(copy);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_3_6_are_understood),
		cmocka_unit_test(deleted_mailboxes_are_nobodys),
		cmocka_unit_test(older_versions_have_tabs),
		cmocka_unit_test(escapes_are_taken_back),
		cmocka_unit_test(what_makes_no_sense_is_nobody),
		cmocka_unit_test(a_name_has_its_bound),
		cmocka_unit_test(a_line_may_end_anywhere),
	};

	return cmocka_run_group_tests_name("cyrus_users", tests, NULL, NULL);
}
