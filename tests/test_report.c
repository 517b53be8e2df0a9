/* SPDX-License-Identifier: ISC */
/* What the command prints: columns, escapes, and writes that fail. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "cli/output.h"
#include "cli/report.h"
#include "tests/unit.h"

/* A report into a file, and what came out. */
struct capture {
	struct report *report;
	FILE *file;
	char *text;
};

static struct capture
begin_capture(void)
{
	struct capture capture = { .file = tmpfile() };

	assert_non_null(capture.file);
	setenv("TZ", "UTC0", 1);
	capture.report = report_new(fileno(capture.file));
	return capture;
}

static const char *
captured(struct capture *capture)
{
	long length;

	assert_int_equal(report_flush(capture->report), 0);
	fseek(capture->file, 0, SEEK_END);
	length = ftell(capture->file);
	rewind(capture->file);
	free(capture->text);
	capture->text = xcalloc((size_t)length + 1, 1);
	assert_int_equal(
	    fread(capture->text, 1, (size_t)length, capture->file), length);
	return capture->text;
}

static void
end_capture(struct capture *capture)
{
	report_free(capture->report);
	fclose(capture->file);
	free(capture->text);
}

static struct endpoint
endpoint(const char *address, uint16_t port)
{
	struct endpoint e = { .port = port };

	address_parse(&e.address, text_from(address));
	return e;
}

static struct roster_row
session(const char *user, const char *mechanism, const char *local, const char *remote)
{
	return (struct roster_row){ .service = SERVICE_IMAP,
		.number = 1,
		.user = text_from(user),
		.login_us = INT64_C(1055849043) * CLOCK_SECOND_US,
		.mechanism = text_from(mechanism),
		.local = endpoint(local, 143),
		.remote = endpoint(remote, 40718) };
}

static void
sessions_are_printed_as_the_original_does(void **state)
{
	struct roster_row ed = session("ed", "plain", "192.0.2.10", "198.51.100.7");
	const struct roster_row *const rows[] = { &ed };
	struct capture capture = begin_capture();

	(void)state;
	report_sessions(capture.report, rows, 1);
	report_summary(capture.report, SERVICE_IMAP, 10);
	report_disabled(capture.report, "http");
	assert_string_equal(captured(&capture),
	    "UID    TIME                  AUTH            TO                 FROM\n"
	    "ed     17/Jun/2003:11:24:03  plain           192.0.2.10:143     "
	    "198.51.100.7:40718\n"
	    "10 users were logged in to imap.\n"
	    "Feature is not enabled for http.\n");
	end_capture(&capture);
}

static void
one_user_is_many_as_well(void **state)
{
	struct capture capture = begin_capture();

	(void)state;
	report_summary(capture.report, SERVICE_HTTP, 1);
	report_summary(capture.report, SERVICE_IMAP, 0);
	assert_string_equal(captured(&capture),
	    "1 users were logged in to http.\n0 users were logged in to imap.\n");
	end_capture(&capture);
}

static void
mechanisms_are_in_lower_case(void **state)
{
	struct roster_row s = session("ed", "CRAM-MD5", "192.0.2.10", "198.51.100.7");
	const struct roster_row *const rows[] = { &s };
	struct capture capture = begin_capture();

	(void)state;
	report_sessions(capture.report, rows, 1);
	assert_non_null(strstr(captured(&capture), "  cram-md5  "));
	end_capture(&capture);
}

static void
columns_fit_what_is_in_them(void **state)
{
	struct roster_row a = session(
	    "eduard@example.org", "SCRAM-SHA-256-PLUS", "2001:db8::1", "2001:db8::2");
	struct roster_row b = session("z", "plain", "192.0.2.10", "198.51.100.7");
	const struct roster_row *const rows[] = { &a, &b };
	struct capture capture = begin_capture();

	(void)state;
	report_sessions(capture.report, rows, 2);
	assert_string_equal(captured(&capture),
	    "UID                 TIME                  AUTH                TO      "
	    "           FROM\n"
	    "eduard@example.org  17/Jun/2003:11:24:03  scram-sha-256-plus  "
	    "[2001:db8::1]:143  [2001:db8::2]:40718\n"
	    "z                   17/Jun/2003:11:24:03  plain               "
	    "192.0.2.10:143     198.51.100.7:40718\n");
	end_capture(&capture);
}

static void
a_very_long_uid_moves_only_its_own_row(void **state)
{
	char longest[61];
	struct roster_row a;
	struct roster_row b = session("z", "plain", "192.0.2.10", "198.51.100.7");
	const struct roster_row *const rows[] = { &a, &b };
	struct capture capture = begin_capture();
	const char *text;

	(void)state;
	memset(longest, 'a', 60);
	longest[60] = '\0';
	a = session(longest, "plain", "192.0.2.10", "198.51.100.7");
	report_sessions(capture.report, rows, 2);
	text = strchr(captured(&capture), '\n') + 1;
	assert_memory_equal(text + 58, "aa  17/Jun/2003:11:24:03  plain  ", 33);
	text = strchr(text, '\n') + 1;
	assert_memory_equal(text + 40, "  17/Jun/2003:11:24:03  plain  ", 31);
	end_capture(&capture);
}

static void
what_is_not_known_is_left_empty(void **state)
{
	struct roster_row a = { .service = SERVICE_IMAP, .user = text_from("ed") };
	struct roster_row b = session("ed", "", "", "198.51.100.7");
	const struct roster_row *const rows[] = { &a, &b };
	struct capture capture = begin_capture();

	(void)state;
	report_sessions(capture.report, rows, 2);
	assert_string_equal(strchr(captured(&capture), '\n'),
	    "\n"
	    "ed\n"
	    "ed     17/Jun/2003:11:24:03                                     "
	    "198.51.100.7:40718\n");
	end_capture(&capture);
}

static void
a_session_seen_just_now_has_no_login_time(void **state)
{
	struct roster_row seen = session("ed", "", "", "198.51.100.7");
	struct roster_row derived = seen;
	const struct roster_row *const rows[] = { &seen, &derived };
	struct capture capture = begin_capture();

	(void)state;
	seen.number = derived.number = 0;
	seen.login_source = TIME_OBSERVED;
	derived.login_source = TIME_DERIVED;
	report_sessions(capture.report, rows, 2);
	assert_string_equal(strchr(captured(&capture), '\n'),
	    "\n"
	    "ed                                                              "
	    "198.51.100.7:40718\n"
	    "ed     17/Jun/2003:11:24:03                                     "
	    "198.51.100.7:40718\n");
	end_capture(&capture);
}

static void
nothing_from_a_client_steers_the_terminal(void **state)
{
	struct roster_row s =
	    session("e\n\x1b[2J\xff\xc2\x9b", "PL\tAIN", "192.0.2.10", "");
	const struct roster_row *const rows[] = { &s };
	struct capture capture = begin_capture();

	(void)state;
	report_sessions(capture.report, rows, 1);
	assert_string_equal(strchr(captured(&capture), '\n'),
	    "\ne\\x0a\\x1b[2J\\xff\\xc2\\x9b  17/Jun/2003:11:24:03  pl\\x09ain       "
	    "192.0.2.10:143\n");
	end_capture(&capture);
}

static void
last_accesses_are_printed_as_the_original_does(void **state)
{
	struct access_row ed = { text_from("ed"),
		{ [ACCESS_IMAP] = INT64_C(1057661345) * CLOCK_SECOND_US,
		    [ACCESS_HTTP] = INT64_C(1057848952) * CLOCK_SECOND_US } };
	struct access_row blank = { .uid = text_from("a b") };
	struct capture capture = begin_capture();

	(void)state;
	report_access_header(capture.report, 3);
	report_access(capture.report, &ed);
	report_access(capture.report, &blank);
	assert_string_equal(captured(&capture),
	    "UID     IMAP last access      HTTP last access      POP last access\n"
	    "ed      08/Jul/2003:10:49:05  10/Jul/2003:14:55:52  ---NOT-RECORDED---\n"
	    "a b     ---NOT-RECORDED---    ---NOT-RECORDED---    ---NOT-RECORDED---\n");
	end_capture(&capture);
	/* Where logins are passed on, which the original did not do. */
	capture = begin_capture();
	ed.last_us[ACCESS_PROXY] = ed.last_us[ACCESS_IMAP];
	report_show_proxy(capture.report);
	report_access_header(capture.report, 2);
	report_access(capture.report, &ed);
	assert_non_null(
	    strstr(captured(&capture), "POP last access       PROXY last access\n"));
	assert_non_null(strstr(capture.text, "RECORDED---    08/Jul/2003:10:49:05\n"));
	end_capture(&capture);
}

static void
columns_are_counted_in_characters(void **state)
{
	struct access_row row = { .uid = text_from("j\xc3\xbcrgen\x01") };
	struct capture capture = begin_capture();

	(void)state;
	assert_int_equal(output_columns(row.uid), 10);
	report_access_header(capture.report, output_columns(row.uid));
	report_access(capture.report, &row);
	assert_string_equal(captured(&capture),
	    "UID         IMAP last access      HTTP last access      POP last access\n"
	    "j\xc3\xbcrgen\\x01  ---NOT-RECORDED---    ---NOT-RECORDED---    "
	    "---NOT-RECORDED---\n");
	end_capture(&capture);
}

static void
the_longest_name_is_printed_whole(void **state)
{
	char name[USER_NAME_MAX];
	struct access_row row = { .uid = { name, sizeof name } };
	struct capture capture = begin_capture();
	const char *text;

	(void)state;
	memset(name, '\xff', sizeof name);
	report_access_header(capture.report, output_columns(row.uid));
	report_access(capture.report, &row);
	text = strchr(captured(&capture), '\n') + 1;
	assert_int_equal(strspn(text, "\\xf"), 4 * sizeof name);
	assert_memory_equal(text + 4 * sizeof name, "  ---NOT-RECORDED---", 20);
	end_capture(&capture);
}

/* What report_kick() prints, stdout's part first. */
static const char *
capture_kick(struct capture *capture, const struct kick *kick)
{
	int saved = dup(STDERR_FILENO);

	fflush(stderr);
	dup2(fileno(capture->file), STDERR_FILENO);
	report_kick(capture->report, kick);
	dup2(saved, STDERR_FILENO);
	close(saved);
	return captured(capture);
}

static void
kicks_are_told_as_they_came_out(void **state)
{
	static const struct {
		struct kick kick;
		const char *wanted;
	} cases[] = {
		{ { .user = { "george", 6 }, .ended = 3, .result = AUDIT_DONE },
		    "Disconnected user george: 3 connections.\n" },
		{ { .user = { "ann", 3 }, .result = AUDIT_NOTHING },
		    "User ann is not connected.\n" },
		{ { .user = { "bo\nb", 4 },
		      .result = AUDIT_FAILED,
		      .reason = "his process is \x1bshared" },
		    "Cannot disconnect user bo\\x0ab: his process is \\x1bshared\n" },
		{ { .user = { "eve", 3 },
		      .ended = 1,
		      .result = AUDIT_PARTIAL,
		      .reason = "one is left" },
		    "Disconnected user eve: 1 connections.\n"
		    "Cannot disconnect user eve: one is left\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct capture capture = begin_capture();

		assert_string_equal(
		    capture_kick(&capture, &cases[i].kick), cases[i].wanted);
		end_capture(&capture);
	}
}

static void
more_than_the_buffer_holds_comes_out_whole(void **state)
{
	struct capture capture = begin_capture();
	const size_t count = 40000;
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < count; i++)
		report_summary(capture.report, SERVICE_IMAP, i);
	for (const char *s = captured(&capture); *s != '\0'; s = strchr(s, '\n') + 1) {
		char wanted[64];
		int length = snprintf(wanted, sizeof wanted,
		    "%zu users were logged in to imap.\n", lines++);

		assert_memory_equal(s, wanted, (size_t)length);
	}
	assert_int_equal(lines, count);
	end_capture(&capture);
}

static void
a_failed_write_is_told_and_not_tried_again(void **state)
{
	int fd = open("/dev/full", O_WRONLY);
	struct report *report;

	(void)state;
	if (fd == -1)
		skip();
	report = report_new(fd);
	assert_int_equal(report_flush(report), 0);
	for (size_t i = 0; i < 40000; i++)
		report_summary(report, SERVICE_IMAP, i);
	assert_int_equal(report_flush(report), ENOSPC);
	assert_int_equal(report_flush(report), ENOSPC);
	report_free(report);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_are_printed_as_the_original_does),
		cmocka_unit_test(one_user_is_many_as_well),
		cmocka_unit_test(mechanisms_are_in_lower_case),
		cmocka_unit_test(columns_fit_what_is_in_them),
		cmocka_unit_test(a_very_long_uid_moves_only_its_own_row),
		cmocka_unit_test(what_is_not_known_is_left_empty),
		cmocka_unit_test(a_session_seen_just_now_has_no_login_time),
		cmocka_unit_test(nothing_from_a_client_steers_the_terminal),
		cmocka_unit_test(last_accesses_are_printed_as_the_original_does),
		cmocka_unit_test(columns_are_counted_in_characters),
		cmocka_unit_test(the_longest_name_is_printed_whole),
		cmocka_unit_test(kicks_are_told_as_they_came_out),
		cmocka_unit_test(more_than_the_buffer_holds_comes_out_whole),
		cmocka_unit_test(a_failed_write_is_told_and_not_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
