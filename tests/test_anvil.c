/* SPDX-License-Identifier: ISC */
/* Anvil's answers: good, cut, escaped, and hostile. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/collect/anvil_parse.h"
#include "agent/collect/dovecot_text.h"
#include "tests/unit.h"

static struct listing listing;
static struct error err;
static size_t consumed;
static struct anvil_answer answer;

static int
begin(void **state)
{
	(void)state;
	listing_init(&listing);
	answer = (struct anvil_answer){ ANVIL_1, &listing, 100, false };
	memset(&err, 0, sizeof err);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	listing_fini(&listing);
	return 0;
}

static enum anvil_progress
parse(const char *text)
{
	return anvil_parse(&answer, text, strlen(text), &consumed, &err);
}

static enum anvil_protocol
greet(const char *line)
{
	return anvil_parse_greeting(text_from(line), &err);
}

/* Seen with Dovecot 2.3.19. */
static void
a_real_answer_is_understood(void **state)
{
	struct address loopback6;

	(void)state;
	assert_int_equal(
	    parse("pop3/127.0.0.1/u3\t18144\t1\nimap/::1/u1\t2599\t2\n\n"), ANVIL_DONE);
	assert_int_equal(listing.count, 2);
	assert_int_equal(listing.sessions, 3);
	assert_int_equal(listing.rows[0].service, SERVICE_POP3);
	assert_int_equal(listing.rows[0].pid, 18144);
	assert_text(listing.rows[0].user, "u3");
	assert_int_equal(listing.rows[1].count, 2);
	address_parse(&loopback6, text_from("::1"));
	assert_true(address_equal(&listing.rows[1].remote, &loopback6));
}

static void
nobody_is_connected(void **state)
{
	(void)state;
	assert_int_equal(parse("\n"), ANVIL_DONE);
	assert_int_equal(listing.count, 0);
	assert_int_equal(consumed, 1);
}

static void
an_answer_may_come_in_any_pieces(void **state)
{
	const char *text = "imap/1.2.3.4/ann\t7\t1\npop3/1.2.3.4/bob\t8\t1\n\n";
	size_t length = strlen(text);
	size_t start = 0;

	(void)state;
	for (size_t end_ = 1; end_ < length; end_++) {
		assert_int_equal(
		    anvil_parse(&answer, text + start, end_ - start, &consumed, &err),
		    ANVIL_MORE);
		start += consumed;
	}
	assert_int_equal(
	    anvil_parse(&answer, text + start, length - start, &consumed, &err),
	    ANVIL_DONE);
	assert_int_equal(listing.count, 2);
}

static void
names_may_hold_slashes_and_escapes(void **state)
{
	(void)state;
	assert_int_equal(parse("imap/1.2.3.4/../../etc\t1\t1\n"
			       "imap/1.2.3.4/a\001tb\001nc\0011d\t2\t1\n"
			       "imap/user/with/slashes\t3\t1\n"
			       "imap//nobody\t4\t1\n\n"),
	    ANVIL_DONE);
	assert_text(listing.rows[0].user, "../../etc");
	assert_text(listing.rows[1].user, "a\tb\nc\001d");
	assert_text(listing.rows[2].user, "user/with/slashes");
	assert_int_equal(listing.rows[2].remote.length, 0);
	assert_text(listing.rows[3].user, "nobody");
}

static void
other_services_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(parse("lmtp/ann\t1\t1\nsieve/1.2.3.4/ann\t2\t1\n"
			       "penalty/x\t3\t1\nimap/1.2.3.4/ann\t4\t1\n\n"),
	    ANVIL_DONE);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.refused, 0);
}

static void
names_that_cannot_be_are_counted_and_left_out(void **state)
{
	char text[USER_NAME_MAX + 100] = "imap/1.2.3.4/";
	size_t length = strlen(text);

	(void)state;
	memset(text + length, 'x', USER_NAME_MAX + 1);
	strcpy(text + length + USER_NAME_MAX + 1, "\t1\t1\nimap/1.2.3.4/\t2\t1\n\n");
	assert_int_equal(parse(text), ANVIL_DONE);
	assert_int_equal(listing.count, 0);
	assert_int_equal(listing.refused, 2);
}

static void
nonsense_is_named(void **state)
{
	const char *const bad[] = { "hello", "imap/1.2.3.4/u\t1",
		"imap/1.2.3.4/u\tx\t1", "imap/1.2.3.4/u\t1\t", "imap/1.2.3.4/u\t0\t1",
		"imap/1.2.3.4/u\t1\t0", "imap/1.2.3.4/u\t1\t1\t1",
		"imap/1.2.3.4/u\t99999999999\t1", "/1.2.3.4/u\t1\t1",
		"imap/1.2.3.4/u\001\t1\t1", "imap/1.2.3.4/u\001x\t1\t1",
		"imap/1.2.3.4/u\t-1\t1" };
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(line, sizeof line, "%s\n", bad[i]);
		assert_int_equal(parse(line), ANVIL_FAILED);
		assert_non_null(
		    strstr(err.text, "anvil's answer makes no sense at \""));
	}
	assert_int_equal(parse("im\033ap\n"), ANVIL_FAILED);
	assert_string_equal(err.text, "anvil's answer makes no sense at \"im\\x1bap\"");
}

static void
a_newer_dovecot_is_named(void **state)
{
	(void)state;
	assert_int_equal(greet("VERSION\tanvil-server\t3\t0"), ANVIL_UNKNOWN);
	assert_int_equal(err.kind, ERROR_NEWER);
	assert_non_null(strstr(err.text, "a version that is not known"));
	assert_int_equal(greet("hello"), ANVIL_UNKNOWN);
	assert_string_equal(err.text, "anvil's answer makes no sense at \"hello\"");
}

/* Seen with Dovecot 2.4.1; the last row is as a proxy has it. */
static void
a_real_answer_of_2_4_is_understood(void **state)
{
	static const uint8_t id[16] = { 0x88, 0xfe, 0xb6, 0x2b, 0xa8, 0x09, 0x02, 0x6b,
		0xb2, 0x27, 0, 0, 0x83, 0xec, 0xc3, 0x75 };
	const struct listed *row;

	(void)state;
	assert_int_equal(greet("VERSION\tanvil-server\t2\t0"), ANVIL_2);
	answer.protocol = ANVIL_2;
	assert_int_equal(
	    parse("\n"
		  "10162\tu1\timap\t127.0.0.1\t88feb62ba809026bb227000083ecc375\t\n"
		  "1806\tu\001t\timap-hibernate\t::1\t"
		  "00000000000000000000000000000001\t\tother\tname\n"
		  "7\tu3\timap-login\t192.0.2.1\t"
		  "00000000000000000000000000000002\t192.0.2.9\n"
		  "\n"),
	    ANVIL_DONE);
	assert_int_equal(listing.count, 3);
	assert_int_equal(listing.services, 1u << SERVICE_PROXY); /* in addition */
	row = &listing.rows[0];
	assert_int_equal(row->pid, 10162);
	assert_int_equal(row->service, SERVICE_IMAP);
	assert_text(row->user, "u1");
	assert_int_equal(row->remote.length, 4);
	assert_memory_equal(row->connection.octets, id, sizeof id);
	assert_int_equal(row->began_us, 1795295656733413);
	assert_int_equal(listing.rows[1].service, SERVICE_IMAP);
	assert_text(listing.rows[1].user, "u\t");
	row = &listing.rows[2];
	assert_int_equal(row->service, SERVICE_PROXY);
	assert_int_equal(row->pid, 7);
	assert_int_equal(row->local.address.bytes[3], 9);
	assert_int_equal(row->local.port, 0);
}

static void
nobody_is_connected_to_2_4(void **state)
{
	(void)state;
	answer.protocol = ANVIL_2;
	assert_int_equal(parse("\n"), ANVIL_MORE);
	assert_int_equal(parse("\n"), ANVIL_DONE);
	assert_int_equal(listing.count, 0);
}

#define ID31 "88feb62ba809026bb227000083ecc37"
#define ID ID31 "5"

static void
nonsense_of_2_4_is_named(void **state)
{
	const char *const bad[] = { "hello", "0\tu\timap\t\t" ID "\t",
		"1\tu\timap\t" ID "\t", "1\tu\timap\tx\t" ID "\t",
		"1\tu\timap\t1.2.3.4\t" ID31 "\t", "1\tu\timap\t1.2.3.4\tX" ID31 "\t",
		"1\tu\timap\t1.2.3.4", "1\tu\t\t1.2.3.4\t" ID "\t",
		"1\tu\001\timap\t1.2.3.4\t" ID "\t",
		"1\tu\timap-login\t1.2.3.4\t" ID "\tnowhere" };
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		answer = (struct anvil_answer){ ANVIL_2, &listing, 100, true };
		snprintf(line, sizeof line, "%s\n", bad[i]);
		assert_int_equal(parse(line), ANVIL_FAILED);
		assert_non_null(
		    strstr(err.text, "anvil's answer makes no sense at \""));
	}
}

static void
the_youngest_of_a_process_comes_first(void **state)
{
	(void)state;
	answer.protocol = ANVIL_2;
	parse("\n"
	      "7\tu\timap\t1.2.3.4\t00000000000000010000000000000000\t\n"
	      "7\tu\timap\t1.2.3.4\t00000000000000020000000000000000\t\n\n");
	listing_sort(&listing);
	assert_true(listing.rows[0].began_us > listing.rows[1].began_us);
}

static void
a_line_without_end_is_bounded(void **state)
{
	static char text[ANVIL_LINE_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(parse(text), ANVIL_FAILED);
	assert_non_null(strstr(err.text, "a line of more than"));
	assert_int_equal(
	    anvil_parse(&answer, text, ANVIL_LINE_MAX, &consumed, &err), ANVIL_MORE);
}

static void
ten_megabytes_are_a_listing_like_any(void **state)
{
	size_t size = 10 * 1024 * 1024;
	char *text = malloc(size + 64);
	size_t used = 0;
	size_t rows = 0;

	(void)state;
	while (used < size) {
		used += (size_t)sprintf(
		    text + used, "imap/10.0.0.1/user%zu\t%zu\t1\n", rows, rows + 1);
		rows++;
	}
	strcpy(text + used, "\n");
	answer.max_sessions = rows;
	assert_int_equal(parse(text), ANVIL_DONE);
	assert_int_equal(listing.count, rows);
	free(text);
}

static void
more_sessions_than_the_limit_are_refused(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("imap/1.2.3.4/u\t1\t100\nimap/1.2.3.4/u\t2\t1\n"), ANVIL_FAILED);
	assert_string_equal(err.text,
	    "anvil lists more than 100 sessions; raise collector.max_sessions");
	assert_int_equal(parse("imap/1.2.3.4/u\t1\t4294967295\n"), ANVIL_FAILED);
}

static void
rows_are_sorted_for_the_join(void **state)
{
	(void)state;
	parse("pop3/1.2.3.4/b\t9\t1\nimap/1.2.3.4/b\t9\t1\nimap/1.2.3.4/a\t9\t1\n"
	      "imap/1.2.3.5/a\t7\t1\nimap/1.2.3.4/a\t7\t1\n\n");
	listing_sort(&listing);
	assert_int_equal(listing.rows[0].pid, 7);
	assert_int_equal(listing.rows[0].remote.bytes[3], 4);
	assert_int_equal(listing.rows[1].remote.bytes[3], 5);
	assert_text(listing.rows[2].user, "a");
	assert_int_equal(listing.rows[3].service, SERVICE_IMAP);
	assert_int_equal(listing.rows[4].service, SERVICE_POP3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_real_answer_is_understood, begin, end),
		cmocka_unit_test_setup_teardown(nobody_is_connected, begin, end),
		cmocka_unit_test_setup_teardown(
		    an_answer_may_come_in_any_pieces, begin, end),
		cmocka_unit_test_setup_teardown(
		    names_may_hold_slashes_and_escapes, begin, end),
		cmocka_unit_test_setup_teardown(
		    other_services_are_left_out, begin, end),
		cmocka_unit_test_setup_teardown(
		    names_that_cannot_be_are_counted_and_left_out, begin, end),
		cmocka_unit_test_setup_teardown(nonsense_is_named, begin, end),
		cmocka_unit_test_setup_teardown(a_newer_dovecot_is_named, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_real_answer_of_2_4_is_understood, begin, end),
		cmocka_unit_test_setup_teardown(nobody_is_connected_to_2_4, begin, end),
		cmocka_unit_test_setup_teardown(nonsense_of_2_4_is_named, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_youngest_of_a_process_comes_first, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_line_without_end_is_bounded, begin, end),
		cmocka_unit_test_setup_teardown(
		    ten_megabytes_are_a_listing_like_any, begin, end),
		cmocka_unit_test_setup_teardown(
		    more_sessions_than_the_limit_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(
		    rows_are_sorted_for_the_join, begin, end),
	};

	return cmocka_run_group_tests_name("anvil", tests, NULL, NULL);
}
