/* SPDX-License-Identifier: ISC */
/* Requests of the feed: good ones, and what is wrong with the others; and the answers. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/clock.h"
#include "agent/collect/feed_request.h"
#include "agent/collect/feed_time.h"
#include "tests/unit.h"

static const int64_t now_us = 1795297170 * INT64_C(1000000);
static struct feed_request request;
static struct error err;

static int
parse_octets(const char *line, size_t length)
{
	feed_request_fini(&request);
	return feed_request_parse(&request, line, length, now_us, &err);
}

static void
takes(const char *line)
{
	if (parse_octets(line, strlen(line)) == -1)
		fail_msg("%s", err.text);
}

static void
refuses(const char *line, const char *why)
{
	assert_int_equal(parse_octets(line, strlen(line)), -1);
	assert_string_equal(err.text, why);
}

static int
forget(void **state)
{
	(void)state;
	feed_request_fini(&request);
	return 0;
}

#define WHO "\"event\":\"Login\",\"user\":\"ann\",\"sessionId\":\"x\""

static void
a_login_with_everything_is_understood(void **state)
{
	const struct web_event *event = &request.event;

	(void)state;
	takes("{\"event\":\"Login\",\"user\":\"ann\",\"sessionId\":\"0f3a\","
	      "\"service\":\"http\",\"clientIP\":\"2001:db8::1\",\"clientPort\":50000,"
	      "\"serverDomain\":\"192.0.2.1\",\"serverPort\":443,"
	      "\"timestamp\":\"2026-11-02T03:04:05.678Z\",\"reason\":\"\","
	      "\"process\":\"php\",\"pid\":7,\"later\":[{\"x\":null}]}");
	assert_int_equal(event->kind, WEB_LOGIN);
	assert_text(event->user, "ann");
	assert_text(event->id, "0f3a");
	assert_int_equal(event->auth_user.length, 0);
	assert_int_equal(event->remote.address.length, 16);
	assert_int_equal(event->remote.port, 50000);
	assert_int_equal(event->local.address.length, 4);
	assert_int_equal(event->local.port, 443);
	assert_int_equal(event->time_us, 1793588645678000);
	assert_int_equal(event->told_us, now_us);
}

static void
the_least_is_enough(void **state)
{
	(void)state;
	takes(" {\"sessionId\": \"x\", \"event\": \"KeepAlive\", \"user\": "
	      "\"\\u00e4\"}\r");
	assert_int_equal(request.event.kind, WEB_ALIVE);
	assert_text(request.event.user, "\xc3\xa4");
	assert_int_equal(request.event.remote.address.length, 0);
	assert_int_equal(request.event.time_us, now_us);
	takes("{\"event\":\"Logout\",\"user\":\"ann\",\"sessionId\":\"x\"}");
	assert_int_equal(request.event.kind, WEB_LOGOUT);
}

static void
null_is_as_if_left_out(void **state)
{
	(void)state;
	takes(
	    "{" WHO ",\"clientIP\":null,\"clientPort\":null,\"service\":null,"
	    "\"serverDomain\":null,\"timestamp\":null,\"reason\":null,\"admin\":null}");
	assert_int_equal(request.event.remote.address.length, 0);
	assert_int_equal(request.event.time_us, now_us);
}

static void
a_servers_name_is_not_looked_up(void **state)
{
	(void)state;
	takes("{" WHO ",\"serverDomain\":\"webmail.example.org\",\"serverPort\":443}");
	assert_int_equal(request.event.local.address.length, 0);
	assert_int_equal(request.event.local.port, 443);
}

static void
whose_credentials_were_used_is_of_interest_if_another_s(void **state)
{
	(void)state;
	takes("{" WHO ",\"admin\":\"ann\"}");
	assert_int_equal(request.event.auth_user.length, 0);
	takes("{" WHO ",\"admin\":\"postmaster\"}");
	assert_text(request.event.auth_user, "postmaster");
}

static void
the_future_is_now(void **state)
{
	(void)state;
	takes("{" WHO ",\"timestamp\":\"2099-01-01T00:00:00Z\"}");
	assert_int_equal(request.event.time_us, now_us);
}

static void
what_is_missing_is_named(void **state)
{
	(void)state;
	refuses("{}", "\"event\" is missing or empty");
	refuses("{\"event\":\"Login\"}", "\"user\" is missing or empty");
	refuses("{\"event\":\"Login\",\"user\":null}", "\"user\" is missing or empty");
	refuses("{\"event\":\"Login\",\"user\":\"\"}", "\"user\" is missing or empty");
	refuses("{\"event\":\"Login\",\"user\":\"ann\"}",
	    "\"sessionId\" is missing or empty");
	refuses("{\"event\":\"login\",\"user\":\"ann\",\"sessionId\":\"x\"}",
	    "\"event\" is none of \"Login\", \"Logout\", \"KeepAlive\"");
}

static void
wrong_types_and_values_are_named(void **state)
{
	(void)state;
	refuses("{\"event\":1,\"user\":\"ann\"}", "\"event\" is no string");
	refuses("{\"event\":\"Login\",\"user\":[\"ann\"]}", "\"user\" is no string");
	refuses("{\"event\":\"Login\",\"user\":\"ann\",\"sessionId\":5}",
	    "\"sessionId\" is no string");
	refuses("{" WHO ",\"service\":\"imap\"}", "\"service\" is not \"http\"");
	refuses("{" WHO ",\"clientIP\":\"localhost\"}", "\"clientIP\" is no address");
	refuses("{" WHO ",\"clientIP\":7}", "\"clientIP\" is no string");
	refuses("{" WHO ",\"clientPort\":\"7\"}", "\"clientPort\" is no whole number");
	refuses("{" WHO ",\"clientPort\":7.0}", "\"clientPort\" is no whole number");
	refuses("{" WHO ",\"clientPort\":65536}",
	    "\"clientPort\" is not between 0 and 65535");
	refuses(
	    "{" WHO ",\"serverPort\":-1}", "\"serverPort\" is not between 0 and 65535");
	refuses("{" WHO ",\"serverDomain\":{}}", "\"serverDomain\" is no string");
	refuses("{" WHO ",\"reason\":true}", "\"reason\" is no string");
	refuses("{" WHO ",\"admin\":0}", "\"admin\" is no string");
	refuses("{" WHO ",\"timestamp\":1795297170}", "\"timestamp\" is no string");
	refuses("{" WHO ",\"timestamp\":\"yesterday\"}",
	    "\"timestamp\" is no time as \"2026-11-02T03:04:05Z\"");
}

static void
what_is_too_long_is_named(void **state)
{
	char line[FEED_LINE_MAX];

	(void)state;
	snprintf(line, sizeof line,
	    "{\"event\":\"Login\",\"user\":\"%01000d\",\"sessionId\":\"%0255d\"}", 1,
	    2);
	takes(line);
	assert_int_equal(request.event.user.length, 1000);
	snprintf(line, sizeof line, "{\"event\":\"Login\",\"user\":\"%01001d\"}", 1);
	refuses(line, "\"user\" has more than 1000 octets");
	snprintf(line, sizeof line,
	    "{\"event\":\"Login\",\"user\":\"a\",\"sessionId\":\"%0256d\"}", 1);
	refuses(line, "\"sessionId\" has more than 255 octets");
}

static void
nonsense(const char *line, size_t length)
{
	assert_int_equal(parse_octets(line, length), -1);
	assert_true(err.text[0] != '\0');
}

static void
what_is_no_object_is_refused(void **state)
{
	char deep[FEED_LINE_MAX];

	(void)state;
	refuses("[]", "this is no object of JSON");
	for (const char *const *line =
		 (const char *const[]){ "", " ", "{", "}", "null", "\"x\"", "5",
		     "{" WHO "}{}", "{" WHO "} x", "{" WHO ",\"user\":\"bob\"}",
		     "{\"event\":\"Login\",\"user\":\"a\\u0000b\",\"sessionId\":\"x\"}",
		     "{\"event\":\"Login\",\"user\":\"a\xff\",\"sessionId\":\"x\"}",
		     "{\"event\":\"Login\",\"user\":\"\\ud800\",\"sessionId\":\"x\"}",
		     "GET / HTTP/1.1", "{'event':'Login'}", NULL };
	     *line != NULL; line++)
		nonsense(*line, strlen(*line));
	nonsense("{" WHO "}\0", sizeof "{" WHO "}\0" - 1);
	memset(deep, '[', sizeof deep);
	nonsense(deep, sizeof deep);
}

/* Each beginning of a good line, and each with one octet changed. */
static void
nothing_that_is_sent_breaks_it(void **state)
{
	const char good[] = "{" WHO ",\"clientIP\":\"192.0.2.1\",\"clientPort\":5,"
			    "\"timestamp\":\"2026-11-02T03:04:05.678+01:00\"}";
	char line[sizeof good];

	(void)state;
	for (size_t length = 0; length < sizeof good - 1; length++)
		nonsense(good, length);
	for (size_t i = 0; i < sizeof good - 1; i++)
		for (int octet = 0; octet < 256; octet++) {
			memcpy(line, good, sizeof good);
			line[i] = (char)octet;
			parse_octets(line, sizeof good - 1);
		}
}

static int64_t
time_of(const char *text)
{
	int64_t time_us = -1;

	return feed_time_parse(text_from(text), &time_us) ? time_us : -1;
}

static void
times_are_those_of_rfc_3339(void **state)
{
	const char *const bad[] = { "", "2026-11-02", "2026-11-02T03:04:05",
		"2026-11-02 03:04:05Z", "2026-11-02T03:04:05.Z", "2026-11-02T03:04Z",
		"2026-11-02T24:00:00Z", "2026-13-02T03:04:05Z", "2026-02-30T03:04:05Z",
		"2026-00-02T03:04:05Z", "2026-11-00T03:04:05Z", "2026-11-02T03:60:05Z",
		"2026-11-02T03:04:61Z", "2026-11-02T03:04:05+0100",
		"2026-11-02T03:04:05+24:00", "2026-11-02T03:04:05+01:60",
		"2026-11-02T03:04:05Zx", " 2026-11-02T03:04:05Z",
		"1969-12-31T23:59:59Z", "2026-11-02T03:04:05,5Z" };

	(void)state;
	assert_int_equal(time_of("1970-01-01T00:00:01Z"), 1000000);
	assert_int_equal(time_of("2026-11-02T03:04:05Z"), 1793588645000000);
	assert_int_equal(time_of("2026-11-02T03:04:05z"), 1793588645000000);
	assert_int_equal(time_of("2026-11-02T04:34:05+01:30"), 1793588645000000);
	assert_int_equal(time_of("2026-11-01T22:04:05-05:00"), 1793588645000000);
	assert_int_equal(time_of("2026-11-02T03:04:05.6Z"), 1793588645600000);
	assert_int_equal(time_of("2026-11-02T03:04:05.123456789Z"), 1793588645123456);
	assert_int_equal(time_of("2016-12-31T23:59:60Z"), 1483228800000000);
	assert_int_equal(time_of("2024-02-29T00:00:00Z"), 1709164800000000);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (time_of(bad[i]) != -1)
			fail_msg("\"%s\" is taken", bad[i]);
}

static void
answers(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static void
answers_are_lines_of_json(void **state)
{
	(void)state;
	answers(feed_answer(WEB_OK), "{\"status\":\"ok\"}\n");
	answers(feed_answer(WEB_DISCONNECTED), "{\"status\":\"disconnected\"}\n");
	answers(feed_answer(WEB_FULL),
	    "{\"status\":\"error\",\"error\":\"there are too many sessions of "
	    "webmail\"}\n");
	answers(feed_answer_error("\"x\" is \xff\n"),
	    "{\"status\":\"error\",\"error\":\"\\\"x\\\" is \\\\xff\\\\x0a\"}\n");
}

#define REQUEST_CASE(name) cmocka_unit_test_teardown(name, forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REQUEST_CASE(a_login_with_everything_is_understood),
		REQUEST_CASE(the_least_is_enough),
		REQUEST_CASE(null_is_as_if_left_out),
		REQUEST_CASE(a_servers_name_is_not_looked_up),
		REQUEST_CASE(whose_credentials_were_used_is_of_interest_if_another_s),
		REQUEST_CASE(the_future_is_now),
		REQUEST_CASE(what_is_missing_is_named),
		REQUEST_CASE(wrong_types_and_values_are_named),
		REQUEST_CASE(what_is_too_long_is_named),
		REQUEST_CASE(what_is_no_object_is_refused),
		REQUEST_CASE(nothing_that_is_sent_breaks_it),
		REQUEST_CASE(times_are_those_of_rfc_3339),
		REQUEST_CASE(answers_are_lines_of_json),
	};

	return cmocka_run_group_tests_name("feed_request", tests, NULL, NULL);
}
