/* SPDX-License-Identifier: ISC */
/* Lines of Cyrus's log, as it writes them, and as those who mean ill would. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/collect/cyrus_log.h"
#include "tests/cyrus_lines.h"
#include "tests/unit.h"

#define HEAD "2026-11-25T02:42:47.458900+00:00 vm cyrus/imap[1999999999]: "
#define REST " plaintext User logged in SESSIONID=<cyrus-1795574567-28545-2-1>"

static const int64_t stamp_us = 1795574567458900;
static const int64_t now_us = 1795575000000000;
static struct conf conf;

static int
begin(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	conf_init(&conf);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	conf_fini(&conf);
	return 0;
}

static enum log_line
parse_text(struct session *session, struct text line)
{
	return cyrus_log_parse(
	    session, &(struct log_entry){ .line = line }, &conf, now_us);
}

static enum log_line
parse(struct session *session, const char *line)
{
	return parse_text(session, text_from(line));
}

/* As the journal has it. */
static enum log_line
parse_entry(struct session *session, const char *line)
{
	struct log_entry entry = { text_from(line), 77, text_from("cyrus/imap"),
		1999999999 };

	return cyrus_log_parse(session, &entry, &conf, now_us);
}

static void
is_as(enum log_line kind, const struct session *s, const struct cyrus_line *expected)
{
	assert_int_equal(kind, expected->kind);
	if (kind == LOG_LINE_OTHER)
		return;
	assert_int_equal(s->service, expected->service);
	assert_text(s->user, expected->user);
	assert_text(s->mechanism, expected->mechanism);
	assert_text(s->store_id, expected->id);
	assert_int_equal(s->octets.known, expected->octets.known);
	assert_int_equal(s->octets.in, expected->octets.in);
	assert_int_equal(s->octets.out, expected->octets.out);
	assert_int_equal(s->remote.address.length, kind == LOG_LINE_LOGIN ? 4 : 0);
}

static void
real_lines_are_understood(void **state)
{
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof real_lines / sizeof real_lines[0]; i++)
		is_as(parse(&s, real_lines[i].line), &s, &real_lines[i]);
	assert_int_equal(
	    parse(&s, HEAD "login: [2001:db8::1] ann" REST), LOG_LINE_LOGIN);
	assert_int_equal(s.login_us, stamp_us);
	assert_int_equal(s.created_us, now_us);
	assert_int_equal(s.login_source, TIME_RECORDED);
	assert_int_equal(s.process.pid, 1999999999);
	assert_int_equal(s.remote.address.length, 16);
	assert_int_equal(s.remote.port, 0);
	assert_int_equal(s.auth_user.length, 0);
}

static void
those_of_3_13_too(void **state)
{
	const size_t count = sizeof lines_of_3_13 / sizeof lines_of_3_13[0];
	struct session s;
	char line[1024];

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct cyrus_line *expected = &lines_of_3_13[i];

		is_as(parse_entry(&s, expected->line), &s, expected);
		snprintf(line, sizeof line, HEAD "%s", expected->line);
		is_as(parse(&s, line), &s, expected);
	}
	assert_int_equal(
	    parse_entry(&s, "event=auditlog.traffic r.sessionid=x used.bytes.in=1"),
	    LOG_LINE_LOGOUT);
	assert_false(s.octets.known);
}

/* HTTP has no mechanisms but schemes, whose letters stay. */
static void
a_scheme_is_told_as_it_is(void **state)
{
	struct log_entry entry = {
		text_from("event=login.good r.sessionid=s r.clienthost=\"h [::1]\" "
			  "u.username=ann login.tls=1 login.scheme=Basic"),
		77, text_from("store/web/https"), 1999999999
	};
	struct session s;

	(void)state;
	assert_int_equal(cyrus_log_parse(&s, &entry, &conf, now_us), LOG_LINE_LOGIN);
	assert_int_equal(s.service, SERVICE_HTTP);
	assert_text(s.mechanism, "Basic");
	assert_text(s.user, "ann");
	assert_int_equal(s.login_us, 77);
}

static enum service
service_of(const char *program)
{
	char line[256];
	struct session s;

	snprintf(line, sizeof line,
	    "Nov 25 02:42:47 vm %s[1999999999]: login: [::1] ann" REST, program);
	return parse(&s, line) == LOG_LINE_LOGIN ? s.service : SERVICE_NONE;
}

static void
the_name_of_the_service_tells_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(service_of("cyrus/imap"), SERVICE_IMAP);
	assert_int_equal(service_of("imaps"), SERVICE_IMAP);
	assert_int_equal(service_of("a/b/pop3s"), SERVICE_POP3);
	assert_int_equal(service_of("cyrus/http"), SERVICE_HTTP);
	assert_int_equal(service_of("cyrus/lmtp"), SERVICE_NONE);
	assert_int_equal(service_of("cyrus/mail"), SERVICE_NONE);
	assert_int_equal(service_of("cyrus/"), SERVICE_NONE);
	assert_int_equal(service_of("imap/x"), SERVICE_NONE);
	assert_int_equal(service_of("ima"), SERVICE_NONE);
	conf.cyrus_services.string[0] = strdup("mail=imap");
	conf.cyrus_services.string[1] = strdup("imapx=none");
	conf.cyrus_services.count = 2;
	assert_int_equal(service_of("cyrus/mail"), SERVICE_IMAP);
	assert_int_equal(service_of("cyrus/imapx"), SERVICE_NONE);
	assert_int_equal(service_of("cyrus/imap"), SERVICE_IMAP);
}

/* A user's process may be gone, or its pid another's, as is that of this test. */
static void
a_process_that_is_none_of_cyrus_does_not_matter(void **state)
{
	char line[256];
	struct session s;

	(void)state;
	snprintf(line, sizeof line,
	    "Nov 25 02:42:47 vm cyrus/pop3[%d]: login: [::1] ann" REST, (int)getpid());
	assert_int_equal(parse(&s, line), LOG_LINE_LOGIN);
	assert_int_equal(s.service, SERVICE_POP3);
}

static void
what_is_not_as_cyrus_writes_it_tells_nothing(void **state)
{
	static const char *const lines[] = { "", "x", HEAD,
		HEAD "login: ", HEAD "login: [127.0.0.1]", HEAD "login: [127.0.0.1] ",
		HEAD "login: [127.0.0.1] ann", HEAD "login: [127.0.0.1] ann plaintext",
		HEAD "login: [127.0.0.1] " REST, HEAD "login: [127.0.0.1]" REST,
		HEAD "login: [unix socket] ann" REST, HEAD "login: [] ann" REST,
		HEAD "login: a b [127.0.0.1] ann" REST,
		HEAD "login: 127.0.0.1 ann" REST,
		HEAD "login: [127.0.0.1] ann" REST "x",
		HEAD "login: [127.0.0.1] ann" REST " x>",
		HEAD "login: [127.0.0.1] ann plaintext User logged in SESSIONID=<>",
		HEAD "login: [127.0.0.1] ann User logged in SESSIONID=<x>",
		HEAD "login: [127.0.0.1] anonymous x" REST,
		HEAD "xlogin: [127.0.0.1] ann" REST,
		HEAD "badlogin: [127.0.0.1] ann" REST,
		HEAD "x login: [127.0.0.1] ann" REST,
		HEAD "auditlog: traffic sessionid=<",
		HEAD "auditlog: traffic sessionid=<>",
		HEAD "auditlog: traffic sessionid=<a b>",
		HEAD "session ended: sessionid=<x", "login: [127.0.0.1] ann" REST,
		"2026-11-25T02:42:47Z vm login: [127.0.0.1] ann" REST,
		"2026-11-25T02:42:47Z vm imap: login: [127.0.0.1] ann" REST,
		"2026-11-25T02:42:47Z vm imap[]: login: [127.0.0.1] ann" REST,
		"2026-11-25T02:42:47Z vm imap[x]: login: [127.0.0.1] ann" REST,
		"2026-11-25T02:42:47Z vm imap[9999999999]: login: [::1] ann" REST,
		"2026-11-25T02:42:47Z vm x cyrus/imap[1]: login: [::1] ann" REST,
		"2036-11-25T02:42:47Z vm cyrus/imap[1]: login: [::1] ann" REST };
	static const char *const pairs[] = { "event=login.good",
		"event=login.good r.sessionid=", "event=login.good  r.sessionid=x",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=~null~",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=\"\"",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=\"ann",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=\"ann\"x",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=a\"b",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=\"\\q\"",
		"event=login.good r.sessionid=x r.clienthost=[::1] "
		"u.username=\"\\x{4\"",
		"event=login.good r.sessionid=x r.clienthost=[::1] u.username=a=b",
		"event=login.good r.sessionid=\"x y\" r.clienthost=[::1] "
		"u.username=ann",
		"event=login.good r.clienthost=[::1] u.username=ann",
		"event=login.good r.sessionid=x u.username=ann",
		"event=auditlog.traffic used.bytes.in=1 used.bytes.out=1" };
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_int_equal(parse(&s, lines[i]), LOG_LINE_OTHER);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		assert_int_equal(parse_entry(&s, pairs[i]), LOG_LINE_OTHER);
}

static void
a_name_may_look_like_all_the_rest(void **state)
{
	static const char *const names[] = { "a b", "[192.0.2.1] x",
		"x plaintext User logged in SESSIONID=<y>", "x [192.0.2.1]", "<>",
		"+TLS", " ", "anonymous", "login: [::1] y" };
	char line[512];
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(line, sizeof line, HEAD "login: h.example [127.0.0.1] %s" REST,
		    names[i]);
		assert_int_equal(parse(&s, line), LOG_LINE_LOGIN);
		assert_text(s.user, names[i]);
		assert_int_equal(s.remote.address.bytes[0], 127);
		assert_text(s.mechanism, "plaintext");
		assert_text(s.store_id, "cyrus-1795574567-28545-2-1");
	}
}

/* 3.6 counts in 32 bits with a sign. */
static void
octets_that_make_no_sense_are_not_known(void **state)
{
	static const char *const counts[] = { "", " bytes_in=<1>",
		" bytes_in=<1> bytes_out=<-5>", " bytes_in=<> bytes_out=<5>",
		" bytes_in=<9999999999999999999> bytes_out=<5>",
		" bytes_out=<1> bytes_in=<2>", " bytes_in=<1> bytes_out=<2" };
	char line[256];
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		snprintf(line, sizeof line, HEAD "auditlog: traffic sessionid=<x>%s",
		    counts[i]);
		assert_int_equal(parse(&s, line), LOG_LINE_LOGOUT);
		assert_false(s.octets.known);
	}
}

/* Each beginning of a line in memory of its own, so that a sanitizer sees who looks behind. */
static void
try_all_of(const char *line, int64_t at_us)
{
	struct session s;

	for (size_t n = 1; n <= strlen(line); n++) {
		char *copy = malloc(n);
		struct log_entry entry = { { copy, n }, at_us,
			text_from(at_us != 0 ? "cyrus/imap" : ""), 1999999999 };

		memcpy(copy, line, n);
		cyrus_log_parse(&s, &entry, &conf, now_us);
		for (size_t at = 0; at < n; at++) {
			copy[at] = (char)(copy[at] ^ 0x95);
			cyrus_log_parse(&s, &entry, &conf, now_us);
			copy[at] = (char)(copy[at] ^ 0x95);
		}
		free(copy);
	}
}

static void
half_lines_and_binary_ones_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof real_lines / sizeof real_lines[0]; i += 3)
		try_all_of(real_lines[i].line, 0);
	for (size_t i = 0; i < 3; i++)
		try_all_of(lines_of_3_13[i].line, 1);
}

static void
a_nul_is_an_octet_as_any_other(void **state)
{
	static const char line[] = HEAD "login: [127.0.0.1] a\0b" REST;
	struct session s;

	(void)state;
	assert_int_equal(
	    parse_text(&s, (struct text){ line, sizeof line - 1 }), LOG_LINE_LOGIN);
	assert_int_equal(s.user.length, 3);
}

/* The longest line that is read, all of it in quotes but the beginning. */
static void
long_names_and_lines_are_refused(void **state)
{
	static const char head[] = "event=login.good r.sessionid=x r.clienthost=[::1] "
				   "login.mech=plain u.username=\"";
	char *line = malloc(LOG_LINE_MAX + 2);
	struct log_entry entry = { { line, LOG_LINE_MAX }, 77, text_from("imap"), 1 };
	struct session s;

	(void)state;
	memset(line, 'x', LOG_LINE_MAX + 2);
	memcpy(line, head, sizeof head - 1);
	line[LOG_LINE_MAX - 1] = '"';
	assert_int_equal(cyrus_log_parse(&s, &entry, &conf, now_us), LOG_LINE_OTHER);
	line[sizeof head - 1 + USER_NAME_MAX] = '"';
	entry.line.length = sizeof head + USER_NAME_MAX;
	assert_int_equal(cyrus_log_parse(&s, &entry, &conf, now_us), LOG_LINE_LOGIN);
	assert_int_equal(s.user.length, USER_NAME_MAX);
	assert_text(s.mechanism, "PLAIN");
	entry.line.length = LOG_LINE_MAX + 1;
	assert_int_equal(cyrus_log_parse(&s, &entry, &conf, now_us), LOG_LINE_OTHER);
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_lines_are_understood),
		cmocka_unit_test(those_of_3_13_too),
		cmocka_unit_test(a_scheme_is_told_as_it_is),
		cmocka_unit_test(the_name_of_the_service_tells_what_it_is),
		cmocka_unit_test(a_process_that_is_none_of_cyrus_does_not_matter),
		cmocka_unit_test(what_is_not_as_cyrus_writes_it_tells_nothing),
		cmocka_unit_test(a_name_may_look_like_all_the_rest),
		cmocka_unit_test(octets_that_make_no_sense_are_not_known),
		cmocka_unit_test(half_lines_and_binary_ones_do_no_harm),
		cmocka_unit_test(a_nul_is_an_octet_as_any_other),
		cmocka_unit_test(long_names_and_lines_are_refused),
	};

	return cmocka_run_group_tests_name("cyrus_log", tests, begin, end);
}
