/* SPDX-License-Identifier: ISC */
/* What doveadm prints of connections: its columns by name, and what makes no sense. */
#include "config.h"

#include <stdio.h>

#include "agent/collect/dovecot_table.h"
#include "tests/unit.h"

#define PASSED_ON                                                             \
	(1u << DOVEADM_USER | 1u << DOVEADM_SERVICE | 1u << DOVEADM_ADDRESS | \
	    1u << DOVEADM_SERVER)
#define CONNECTED (1u << DOVEADM_USER | 1u << DOVEADM_SERVICE | 1u << DOVEADM_PID)
#define HEADER "username\tproto\tsrc ip\tdest ip\tport\n"

static struct dovecot_table table;
static struct listing listing;
static struct error err;

static int
end(void **state)
{
	(void)state;
	listing_fini(&listing);
	return 0;
}

/* Reads a whole answer; what was read before is forgotten. */
static bool
read_table(unsigned required, const char *text)
{
	listing_fini(&listing);
	listing_init(&listing);
	listing.services = required == PASSED_ON ?
	    1u << SERVICE_PROXY :
	    1u << SERVICE_IMAP | 1u << SERVICE_POP3;
	table = (struct dovecot_table){ .required = required };
	return dovecot_table_read(&table, text_from(text), &listing, 10, &err) &&
	    dovecot_table_end(&table, &err);
}

static void
assert_endpoint(const struct endpoint *e, const char *wanted)
{
	char s[ENDPOINT_TEXT_SIZE];

	assert_string_equal(endpoint_format(s, e), wanted);
}

/* Word for word what 2.3.19 prints: one header by doveadm, and one by each further process. */
static void
logins_that_are_passed_on_are_of_a_proxy(void **state)
{
	(void)state;
	assert_true(read_table(PASSED_ON,
	    HEADER "bob\timap\t127.0.0.5\t192.0.2.1\t143\n"
		   "username\tservice\tsrc-ip\tdest-ip\tdest-port\n"
		   "ann\tpop3\t2001:db8::7\t2001:db8::1\t110\n"));
	assert_int_equal(listing.count, 2);
	assert_int_equal(listing.services, 1u << SERVICE_PROXY);
	assert_text(listing.rows[0].user, "bob");
	assert_int_equal(listing.rows[0].service, SERVICE_PROXY);
	assert_int_equal(listing.rows[0].count, 1);
	assert_endpoint(&listing.rows[0].local, "192.0.2.1:143");
	assert_int_equal(listing.rows[1].service, SERVICE_PROXY);
	assert_endpoint(&listing.rows[1].local, "[2001:db8::1]:110");
	assert_endpoint(
	    &(struct endpoint){ listing.rows[1].remote, 0 }, "[2001:db8::7]");
}

static void
a_stand_in_is_the_same_for_what_is_listed_alike_only(void **state)
{
	const char *const others[] = { "bob\timap\t::1\t192.0.2.1\t143\n",
		"ann\tpop3\t::1\t192.0.2.1\t143\n", "ann\timap\t::2\t192.0.2.1\t143\n",
		"ann\timap\t::1\t192.0.2.2\t143\n",
		"ann\timap\t::1\t192.0.2.1\t144\n" };
	uint32_t pid;

	(void)state;
	assert_true(read_table(PASSED_ON,
	    HEADER "ann\timap\t::1\t192.0.2.1\t143\n"
		   "ann\timap\t::1\t192.0.2.1\t143\n"));
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.rows[0].count, 2);
	assert_int_equal(listing.sessions, 2);
	pid = listing.rows[0].pid;
	assert_true(pid >= PROCESS_STAND_IN);
	assert_true(pid <= INT32_MAX);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		char text[200];

		snprintf(text, sizeof text, "%s%s", HEADER, others[i]);
		assert_true(read_table(PASSED_ON, text));
		assert_true(listing.rows[0].pid >= PROCESS_STAND_IN);
		assert_int_not_equal(listing.rows[0].pid, pid);
	}
}

static void
users_may_be_called_as_the_columns_are(void **state)
{
	(void)state;
	assert_true(read_table(PASSED_ON,
	    HEADER
	    "username\timap\t::1\t::2\t143\nuser\tx\tservice\timap\t::1\t::2\t143\n"));
	assert_int_equal(listing.count, 2);
	assert_text(listing.rows[0].user, "username");
	assert_text(listing.rows[1].user, "user\tx\tservice");
}

static void
columns_that_nobody_asked_for_are_passed_over(void **state)
{
	(void)state;
	assert_true(read_table(PASSED_ON,
	    "username\tuser_alias\tservice\tsrc-ip\tdest-ip\tdest-port\n"
	    "ann\t\timap\t::1\t::2\t143\nbob\tbobby\timap\t::1\t::2\t143\n"));
	assert_int_equal(listing.count, 2);
	assert_text(listing.rows[0].user, "ann");
	assert_text(listing.rows[1].user, "bob");
}

static void
an_empty_line_says_that_nothing_is_passed_on(void **state)
{
	(void)state;
	assert_true(read_table(PASSED_ON, "\n"));
	assert_true(table.known);
	assert_int_equal(listing.count, 0);
	assert_false(read_table(PASSED_ON, "\nann\timap\t::1\t::2\t143\n"));
	assert_false(read_table(CONNECTED, "\n"));
	assert_false(read_table(PASSED_ON, ""));
	assert_string_equal(err.text, "doveadm printed nothing");
}

/* Dovecot 2.4's "who". */
static void
a_server_makes_a_login_one_that_is_passed_on(void **state)
{
	(void)state;
	assert_true(read_table(CONNECTED,
	    "username\tservice\tpid\tip\tdest_ip\n"
	    "ann\timap\t7\t192.0.2.7\t\nann\timap-login\t8\t192.0.2.7\t192.0.2.1\n"
	    "ann\timap-login\t9\t192.0.2.7\t\n"));
	assert_int_equal(listing.count, 2);
	assert_int_equal(listing.rows[0].service, SERVICE_IMAP);
	assert_int_equal(listing.rows[1].service, SERVICE_PROXY);
	assert_int_equal(listing.rows[1].pid, 8);
	assert_endpoint(&listing.rows[1].local, "192.0.2.1");
	assert_int_equal(listing.services,
	    1u << SERVICE_IMAP | 1u << SERVICE_POP3 | 1u << SERVICE_PROXY);
}

/* As 2.3.19 and 2.4.1 print the users "x\ny", "\n", "evil\nbob\timap\t7\t::1\t" and "b\001x". */
static void
names_have_newlines_and_whatever_else(void **state)
{
	(void)state;
	assert_true(read_table(CONNECTED,
	    "username\tservice\tpid\tip\tdest_ip\n"
	    "x\ny\timap\t7\t192.0.2.7\t\nann\timap\t8\t192.0.2.8\t\n"
	    "\n\timap\t9\t192.0.2.9\t\n"
	    "evil\nbob\timap\t7\t::1\t\timap\t10\t192.0.2.10\t\n"
	    "a\tb\tc\td\te\nf\timap\t11\t192.0.2.11\t\n"
	    "b\001x\timap\t12\t192.0.2.12\t\n"));
	assert_int_equal(listing.count, 6);
	assert_text(listing.rows[0].user, "x\ny");
	assert_int_equal(listing.rows[0].pid, 7);
	assert_text(listing.rows[1].user, "ann");
	assert_text(listing.rows[2].user, "\n");
	assert_text(listing.rows[3].user, "evil\nbob\timap\t7\t::1\t");
	assert_int_equal(listing.rows[3].pid, 10);
	assert_text(listing.rows[4].user, "a\tb\tc\td\te\nf");
	assert_text(listing.rows[5].user, "b\001x");
}

static void
names_of_tabs_and_newlines_alone_are_read(void **state)
{
	char text[4 * USER_NAME_MAX] = "username\tproto\tpid\tip\n";
	size_t begin = strlen(text);

	(void)state;
	memset(text + begin, '\t', USER_NAME_MAX / 2);
	memset(text + begin + USER_NAME_MAX / 2, '\n', USER_NAME_MAX / 2);
	strcpy(text + begin + USER_NAME_MAX / 2 * 2,
	    "\timap\t7\t::1\nann\timap\t8\t::1\n");
	assert_true(read_table(CONNECTED, text));
	assert_int_equal(listing.count, 2);
	assert_int_equal(listing.rows[0].user.length, USER_NAME_MAX / 2 * 2);
	assert_text(listing.rows[1].user, "ann");
}

static void
a_name_that_is_too_long_costs_nobody_else_his_row(void **state)
{
	char text[4 * USER_NAME_MAX] = "username\tproto\tpid\tip\n";
	size_t begin = strlen(text);

	(void)state;
	memset(text + begin, '\n', USER_NAME_MAX + 1);
	strcpy(text + begin + USER_NAME_MAX + 1, "\timap\t7\t::1\nann\timap\t8\t::1\n");
	assert_true(read_table(CONNECTED, text));
	assert_int_equal(listing.refused, 1);
	assert_int_equal(listing.count, 1);
	assert_text(listing.rows[0].user, "ann");
}

/* Nothing makes sense of it any more: not a name, but another table. */
static void
rows_that_never_make_sense_fail(void **state)
{
	static char text[3 * CHILD_LINE_MAX] = "username\tproto\tpid\tip\n";

	(void)state;
	for (size_t used = strlen(text); used + 8 < sizeof text; used += 4)
		strcpy(text + used, "eve\n");
	assert_false(read_table(CONNECTED, text));
	assert_non_null(
	    strstr(err.text, "doveadm's answer makes no sense at \"eve\\x0aeve"));
}

static void
nonsense_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "username\tproto\tsrc ip\tport\n",
		    "doveadm's header has no dest ip: \"username\\x09proto\\x09src "
		    "ip\\x09port\"" },
		{ "no such command\n",
		    "doveadm's header has no username: \"no such command\"" },
		{ HEADER "ann\timap\n",
		    "doveadm's answer makes no sense at \"ann\\x09imap\"" },
		{ HEADER "ann\timap\tx\t::2\t143\n",
		    "doveadm's answer makes no sense at "
		    "\"ann\\x09imap\\x09x\\x09::2\\x09143\"" },
		{ HEADER "ann\timap\t::1\t::2\t65536\n",
		    "doveadm's answer makes no sense at "
		    "\"ann\\x09imap\\x09::1\\x09::2\\x0965536\"" },
		{ HEADER "ann", "doveadm's answer ends within a line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_false(read_table(PASSED_ON, cases[i].text));
		assert_string_equal(err.text, cases[i].wanted);
	}
}

static void
no_more_are_taken_than_allowed(void **state)
{
	char text[1024] = HEADER;

	(void)state;
	for (int i = 0; i < 11; i++)
		strcat(text, "ann\timap\t::1\t::2\t143\n");
	assert_false(read_table(PASSED_ON, text));
	assert_string_equal(err.text,
	    "doveadm lists more than 10 sessions; raise collector.max_sessions");
}

#define TABLE_CASE(name) cmocka_unit_test_teardown(name, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TABLE_CASE(logins_that_are_passed_on_are_of_a_proxy),
		TABLE_CASE(a_stand_in_is_the_same_for_what_is_listed_alike_only),
		TABLE_CASE(users_may_be_called_as_the_columns_are),
		TABLE_CASE(columns_that_nobody_asked_for_are_passed_over),
		TABLE_CASE(an_empty_line_says_that_nothing_is_passed_on),
		TABLE_CASE(a_server_makes_a_login_one_that_is_passed_on),
		TABLE_CASE(names_have_newlines_and_whatever_else),
		TABLE_CASE(names_of_tabs_and_newlines_alone_are_read),
		TABLE_CASE(a_name_that_is_too_long_costs_nobody_else_his_row),
		TABLE_CASE(rows_that_never_make_sense_fail),
		TABLE_CASE(nonsense_is_named),
		TABLE_CASE(no_more_are_taken_than_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
