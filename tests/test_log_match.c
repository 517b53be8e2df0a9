/* SPDX-License-Identifier: ISC */
/* What may tell whose an entry of the journal is. */
#include "config.h"

#include "agent/collect/log_match.h"
#include "tests/unit.h"

static void
expands_to(const char *match, const char *expected)
{
	char expanded[LOG_MATCH_SIZE];

	assert_true(log_match_expand(match, expanded));
	assert_string_equal(expanded, expected);
}

static void
users_have_numbers(void **state)
{
	char expanded[LOG_MATCH_SIZE];

	(void)state;
	expands_to("_UID=root", "_UID=0");
	expands_to("_UID=12", "_UID=12");
	expands_to("_COMM=root", "_COMM=root");
	assert_false(log_match_expand("_UID=no such user", expanded));
}

static void
is_refused(const char *match, const char *expected)
{
	char copy[LOG_MATCH_SIZE];
	struct conf_strings matches = { .count = 1, .string = { copy } };
	struct error err;

	strcpy(copy, match);
	assert_int_equal(log_match_check(&matches, &err), -1);
	assert_string_equal(err.text, expected);
}

static void
only_who_cannot_be_forged_is_taken(void **state)
{
	struct conf conf;
	struct error err;

	(void)state;
	conf_init(&conf);
	assert_int_equal(log_match_check(&conf.dovecot_log_match, &err), 0);
	conf_fini(&conf);
	is_refused("_COMM=imapd",
	    "log_match lets everybody on this host write the log; "
	    "allowed: with _UID=...");
	is_refused(
	    "__CURSOR=x", "log_match cannot have \"__CURSOR=x\"; allowed: FIELD=VALUE");
	is_refused("_uid=0", "log_match cannot have \"_uid=0\"; allowed: FIELD=VALUE");
	is_refused("_UID=no such user",
	    "log_match has \"_UID=no such user\", and this host has no such user");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_have_numbers),
		cmocka_unit_test(only_who_cannot_be_forged_is_taken),
	};

	return cmocka_run_group_tests_name("log_match", tests, NULL, NULL);
}
