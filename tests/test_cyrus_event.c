/* SPDX-License-Identifier: ISC */
/* Events of Cyrus: what its processes sent, and what nobody should. */
#include "config.h"

#include <stdio.h>

#include "agent/clock.h"
#include "agent/collect/cyrus_event.h"
#include "tests/unit.h"

/* 2026-11-25T02:47:10.790Z */
static const int64_t then_us = 1795574830790000;

#define HEAD "imsc\0EVENT\0\0\0\0000\0"
#define DATAGRAM(json) HEAD json "\0"
/* With the NUL at its end, and without the one that C adds. */
#define TAKE(datagram) take(datagram, sizeof(datagram) - 1)

static struct cyrus_event event;
static struct error err;

static int
take(const char *octets, size_t length)
{
	cyrus_event_fini(&event);
	/* From an own allocation, so that a checker sees what is beyond it. */
	char *copy = length > 0 ? memcpy(test_malloc(length), octets, length) : NULL;
	int rc = cyrus_event_parse(&event, copy, length, then_us + 500000, &err);

	test_free(copy);
	return rc;
}

static int
end(void **state)
{
	(void)state;
	cyrus_event_fini(&event);
	return 0;
}

static void
assert_end(const struct endpoint *end_of, const char *expected)
{
	char shown[ENDPOINT_TEXT_SIZE];

	assert_string_equal(endpoint_format(shown, end_of), expected);
}

/* Captured, of 3.6 and 3.10 alike. */
static void
a_login_tells_who_whence_and_when(void **state)
{
	const struct session *session = &event.session;

	(void)state;
	assert_int_equal(
	    TAKE(DATAGRAM(
		"{\"event\":\"Login\",\"timestamp\":\"2026-11-25T02:47:10.790Z\","
		"\"service\":\"imap\",\"serverDomain\":\"127.0.0.1\",\"serverPort\":"
		"55161,\"clientIP\":\"127.0.0.1\",\"clientPort\":38583,\"uri\":"
		"\"imap://cyrus.example.org\",\"pid\":16413,\"user\":\"ann\","
		"\"serverFQDN\":\"cyrus.example.org\",\"vnd.cmu.sessionId\":"
		"\"cyrus-1795574830-16413-1-18103508327315798668\"}")),
	    0);
	assert_int_equal(event.kind, CYRUS_EVENT_LOGIN);
	assert_text(event.service, "imap");
	assert_text(session->user, "ann");
	assert_text(session->store_id, "cyrus-1795574830-16413-1-18103508327315798668");
	assert_int_equal(session->process.pid, 16413);
	assert_int_equal(session->login_us, then_us);
	assert_int_equal(session->login_source, TIME_RECORDED);
	assert_end(&session->local, "127.0.0.1:55161");
	assert_end(&session->remote, "127.0.0.1:38583");
}

static void
a_logout_is_told_apart_and_all_else(void **state)
{
	(void)state;
	assert_int_equal(
	    TAKE(DATAGRAM("{\"event\":\"Logout\",\"pid\":7,\"user\":\"ann\"}")), 0);
	assert_int_equal(event.kind, CYRUS_EVENT_LOGOUT);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"AclChange\"}")), 0);
	assert_int_equal(event.kind, CYRUS_EVENT_OTHER);
	assert_int_equal(TAKE(DATAGRAM("{\"pid\":7,\"user\":\"ann\"}")), 0);
	assert_int_equal(event.kind, CYRUS_EVENT_OTHER);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":[\"Login\"]}")), 0);
	assert_int_equal(event.kind, CYRUS_EVENT_OTHER);
}

static void
see_ends(const char *server, const char *client, const char *local, const char *remote)
{
	char datagram[512];
	int length = snprintf(datagram, sizeof datagram,
	    "m%cEVENT%c%c%c%c1%coption%c{\"event\":\"Login\",\"pid\":\"7\",\"user\":"
	    "\"a\","
	    "\"serverAddress\":\"%s\",\"clientAddress\":\"%s\"}%cfile",
	    0, 0, 0, 0, 0, 0, 0, server, client, 0);

	assert_int_equal(take(datagram, (size_t)length + 1), 0);
	assert_end(&event.session.local, local);
	assert_end(&event.session.remote, remote);
}

static void
an_end_may_be_in_one_member(void **state)
{
	(void)state;
	see_ends(
	    "192.0.2.1;143", "2001:db8::7;4321", "192.0.2.1:143", "[2001:db8::7]:4321");
	see_ends("192.0.2.1:143", "[2001:db8::7]:4321", "192.0.2.1:143",
	    "[2001:db8::7]:4321");
	see_ends("192.0.2.1", "2001:db8::7", "192.0.2.1", "[2001:db8::7]");
	see_ends("", "nonsense;12", "", "");
	see_ends(";", ":", "", "");
	see_ends("192.0.2.1;", "192.0.2.1;99999", "192.0.2.1", "192.0.2.1");
	see_ends("[", "[]:1", "", "");
}

static void
a_time_that_cannot_be_is_now(void **state)
{
	(void)state;
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":7,\"user\":\"a\","
				       "\"timestamp\":\"2026-11-25T02:45:10.790Z\"}")),
	    0);
	assert_int_equal(event.session.login_us, then_us + 500000);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":7,\"user\":\"a\","
				       "\"timestamp\":\"2026-11-25T03:47:10+01:00\"}")),
	    0);
	assert_int_equal(event.session.login_us, then_us - 790000);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":7,\"user\":\"a\","
				       "\"timestamp\":1795574830}")),
	    0);
	assert_int_equal(event.session.login_us, then_us + 500000);
}

static void
nonsense_is_refused(void **state)
{
	char deep[CYRUS_EVENT_MAX];

	(void)state;
	assert_int_equal(take("", 0), -1);
	assert_int_equal(TAKE("\0\0\0\0\0\0\0"), -1);
	assert_int_equal(TAKE("imsc\0EVENT\0\0\0\0000\0{}"), -1); /* no NUL behind */
	assert_int_equal(TAKE("imsc\0EVENT\0\0\0\0x\0{}\0"), -1);
	assert_int_equal(TAKE("imsc\0EVENT\0\0\0\0-1\0{}\0"), -1);
	assert_int_equal(TAKE("imsc\0EVENT\0\0\0\0009999999999\0{}\0"), -1);
	assert_int_equal(TAKE("imsc\0EVENT\0\0\0\0002\0a\0{}\0"), -1);
	assert_int_equal(TAKE(DATAGRAM("")), -1);
	assert_int_equal(TAKE(DATAGRAM("[]")), -1);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"Login\"")), -1);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"Login\",\"user\":\"a\"}")), -1);
	assert_int_equal(TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":7}")), -1);
	assert_int_equal(
	    TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":-7,\"user\":\"a\"}")), -1);
	assert_int_equal(
	    TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":4294967303,\"user\":\"a\"}")),
	    -1);
	assert_int_equal(
	    TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":\"7x\",\"user\":\"a\"}")), -1);
	assert_int_equal(
	    TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":7,\"user\":\"\xff\"}")), -1);
	assert_int_equal(
	    TAKE(DATAGRAM("{\"event\":\"Login\",\"pid\":7,\"user\":\"a\\u0000b\"}")),
	    -1);
	memset(deep, '[', sizeof deep);
	memcpy(deep, HEAD, sizeof HEAD - 1);
	deep[sizeof deep - 1] = '\0';
	assert_int_equal(take(deep, sizeof deep), -1);
}

static void
what_is_too_long_is_not_there(void **state)
{
	char datagram[4096];
	char name[USER_NAME_MAX + 2];
	int length;

	(void)state;
	memset(name, 'u', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	length = snprintf(datagram, sizeof datagram,
	    "m%cE%c%c%c%c0%c{\"event\":\"Login\",\"pid\":7,\"user\":\"%s\"}", 0, 0, 0,
	    0, 0, 0, name);
	assert_int_equal(take(datagram, (size_t)length + 1), -1);
	assert_string_equal(err.text, "it names no user");
}

#define CASE(name) cmocka_unit_test_teardown(name, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_login_tells_who_whence_and_when),
		CASE(a_logout_is_told_apart_and_all_else),
		CASE(an_end_may_be_in_one_member),
		CASE(a_time_that_cannot_be_is_now),
		CASE(nonsense_is_refused),
		CASE(what_is_too_long_is_not_there),
	};

	return cmocka_run_group_tests_name("cyrus_event", tests, NULL, NULL);
}
