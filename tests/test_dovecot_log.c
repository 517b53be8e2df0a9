/* SPDX-License-Identifier: ISC */
/* Lines of Dovecot's log, as it writes them, and as those who mean ill would. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/collect/dovecot_log.h"
#include "agent/collect/log_time.h"
#include "tests/dovecot_lines.h"
#include "tests/unit.h"

#define STAMP "2026-11-22 03:58:57 "
#define LOGIN STAMP "imap-login: Info: Login: "
#define REST                                                                  \
	", method=PLAIN, rip=127.0.0.1, lip=127.0.0.1, mpid=19811, secured, " \
	"session=<22kkf9Vgr4N/AAAB>"

static const int64_t stamp_us = 1795319937000000;
static const int64_t now_us = 1795319990000000;

static enum log_line
parse(struct session *session, const char *line)
{
	return dovecot_log_parse(session, text_from(line), 0, now_us);
}

/* Seen with Dovecot 2.3.19. */
static void
a_login_is_understood(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(parse(&s, LOGIN "user=<ann>" REST), LOG_LINE_LOGIN);
	assert_int_equal(s.service, SERVICE_IMAP);
	assert_text(s.user, "ann");
	assert_text(s.mechanism, "PLAIN");
	assert_text(s.store_id, "22kkf9Vgr4N/AAAB");
	assert_int_equal(s.process.pid, 19811);
	assert_int_equal(s.remote.port, 33711);
	assert_int_equal(s.local.port, 0);
	assert_int_equal(s.local.address.length, 4);
	assert_int_equal(s.login_us, stamp_us);
	assert_int_equal(s.login_source, TIME_RECORDED);
	assert_int_equal(s.created_us, now_us);
	assert_int_equal(s.auth_user.length, 0);
	assert_int_equal(parse(&s,
			     STAMP "pop3-login: Info: Login: user=<bob>, method=PLAIN, "
				   "rip=::1, lip=::1, mpid=5, TLS, session=<X>"),
	    LOG_LINE_LOGIN);
	assert_int_equal(s.service, SERVICE_POP3);
	assert_int_equal(s.remote.address.length, 16);
	assert_int_equal(s.remote.port, 0);
}

static void
that_of_2_4_is_the_same(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(
	    parse(&s, "Nov 22 03:58:57 imap-login: Info: Logged in: user=<u1>" REST),
	    LOG_LINE_LOGIN);
	assert_text(s.user, "u1");
	assert_int_equal(s.process.pid, 19811);
	assert_int_equal(s.login_us, stamp_us);
}

static void
a_syslog_daemons_line_is_understood(void **state)
{
	static const char *const heads[] = {
		"Nov 22 03:58:57 mail1 dovecot: ",
		"Nov 22 03:58:57 mail1 dovecot[812]: ",
		"2026-11-22T03:58:57+00:00 mail1.example.org dovecot: ",
		"2026-11-22T04:58:57.000000+01:00 mail1 dovecot: ",
		"2026-11-22T01:28:57.0-02:30 mail1 dovecot: ",
		"2026-11-22T03:58:57Z mail1 dovecot: ",
	};
	char line[512];
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		snprintf(line, sizeof line, "%simap-login: Login: user=<ann>" REST,
		    heads[i]);
		assert_int_equal(parse(&s, line), LOG_LINE_LOGIN);
		assert_int_equal(s.login_us, stamp_us);
	}
}

static void
a_journals_line_has_its_time_beside_it(void **state)
{
	static const char *const lines[] = {
		"imap-login: Login: user=<ann>" REST,
		"imap-login: Info: Login: user=<ann>" REST,
		"Nov 22 03:58:57 imap-login: Info: Logged in: user=<ann>" REST,
		STAMP "imap-login: Info: Login: user=<ann>" REST,
	};
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		assert_int_equal(dovecot_log_parse(&s, text_from(lines[i]), 77, now_us),
		    LOG_LINE_LOGIN);
		assert_text(s.user, "ann");
		assert_int_equal(s.login_us, 77);
	}
	assert_int_equal(dovecot_log_parse(&s, text_from(lines[0]),
			     now_us + LOG_AHEAD_US + 1, now_us),
	    LOG_LINE_OTHER);
	assert_int_equal(
	    dovecot_log_parse(&s, text_from("Nov 22 03:58:57"), 77, now_us),
	    LOG_LINE_OTHER);
}

static void
real_lines_are_understood(void **state)
{
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof real_lines / sizeof real_lines[0]; i++) {
		const char *line = real_lines[i].line;

		if (dovecot_log_parse(&s, text_from(line), real_lines[i].at_us,
			now_us) != real_lines[i].kind)
			fail_msg("this was misunderstood: %s", line);
		if (real_lines[i].kind == LOG_LINE_OTHER)
			continue;
		assert_int_equal(s.service, real_lines[i].service);
		assert_text(s.user, real_lines[i].user);
		assert_int_equal(s.process.pid, real_lines[i].pid);
		assert_text(s.store_id, real_lines[i].id);
		assert_int_equal(
		    s.login_us, real_lines[i].at_us ? real_lines[i].at_us : stamp_us);
	}
}

static void
ports_and_credentials_may_be_added(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(parse(&s,
			     LOGIN "user=<u5>, method=CRAM-MD5, rip=192.0.2.1, "
				   "lip=192.0.2.9, rport=4242, lport=993, mpid=7, TLS, "
				   "auth_user=<master1>, session=<x>"),
	    LOG_LINE_LOGIN);
	assert_int_equal(s.remote.port, 4242);
	assert_int_equal(s.local.port, 993);
	assert_text(s.auth_user, "master1");
}

/* Seen with Dovecot 2.3.19: auth_user is what was typed, where auth_username_format changes it. */
static void
what_a_user_typed_is_no_master_user(void **state)
{
	static const struct {
		const char *user;
		const char *auth_user;
		bool is_master;
	} cases[] = { { "u5", "u5", false }, { "u5", "U5", false },
		{ "u5", "U5@Example.Org", false }, { "u5@example.org", "u5", false },
		{ "u5", "", false }, { "u5", "u55", true },
		{ "u5@a.org", "u5@b.org", true },
		{ "u5", "master1@example.org", true } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct session s;
		char line[300];

		snprintf(line, sizeof line, LOGIN "user=<%s>" REST ", auth_user=<%s>",
		    cases[i].user, cases[i].auth_user);
		assert_int_equal(parse(&s, line), LOG_LINE_LOGIN);
		assert_text(s.auth_user, cases[i].is_master ? cases[i].auth_user : "");
	}
}

static void
logs_out(const char *line, const char *user, enum service service, uint32_t pid)
{
	struct session s;

	assert_int_equal(parse(&s, line), LOG_LINE_LOGOUT);
	assert_text(s.user, user);
	assert_int_equal(s.service, service);
	assert_int_equal(s.process.pid, pid);
	assert_text(s.store_id, "22kkf9Vgr4N/AAAB");
	assert_int_equal(s.login_us, stamp_us);
}

static void
logouts_are_understood(void **state)
{
	(void)state;
	logs_out(STAMP "imap(ann)<19811><22kkf9Vgr4N/AAAB>: Info: Disconnected: Logged "
		       "out in=15 out=546 deleted=0 expunged=0",
	    "ann", SERVICE_IMAP, 19811);
	logs_out(STAMP
	    "pop3(bob)<19854><22kkf9Vgr4N/AAAB>: Info: Disconnected: Logged out "
	    "top=0/0, retr=0/0, del=0/0, size=0",
	    "bob", SERVICE_POP3, 19854);
	logs_out(STAMP "imap-hibernate(hib)<19990><22kkf9Vgr4N/AAAB>: Info: "
		       "Disconnected: Connection closed in=9 out=33",
	    "hib", SERVICE_IMAP, 19990);
	logs_out("Nov 22 03:58:57 mail1 dovecot: imap(ann)<1><22kkf9Vgr4N/AAAB>: "
		 "Disconnected for inactivity in=9 out=33",
	    "ann", SERVICE_IMAP, 1);
	logs_out(STAMP "imap(d)<12><abc>: info: disconnected)<19905>"
		       "<22kkf9Vgr4N/AAAB>: Info: Disconnected: Logged out in=9",
	    "d)<12><abc>: info: disconnected", SERVICE_IMAP, 19905);
	logs_out(STAMP "imap(d)<12><abc>: Info: Disconnected)<19905>"
		       "<22kkf9Vgr4N/AAAB>: Info: Disconnected: Logged out in=9",
	    "d)<12><abc>: Info: Disconnected", SERVICE_IMAP, 19905);
}

static void
logs_in(const char *line, const char *user)
{
	struct session s;

	assert_int_equal(parse(&s, line), LOG_LINE_LOGIN);
	assert_text(s.user, user);
	assert_int_equal(s.process.pid, 19811);
	assert_text(s.store_id, "22kkf9Vgr4N/AAAB");
}

static void
names_may_hold_anything(void **state)
{
	(void)state;
	logs_in(LOGIN "user=<a\"b>" REST, "a\"b");
	logs_in(LOGIN "user=<x, method=z>" REST, "x, method=z");
	logs_in(LOGIN "user=<q>, method=x, rip=6.6.6.6, lip=1.1.1.1, mpid=1, "
		      "session=<zz>>" REST,
	    "q>, method=x, rip=6.6.6.6, lip=1.1.1.1, mpid=1, session=<zz>");
	logs_in(LOGIN "user=<<>" REST, "<");
	logs_in(LOGIN "user=<sp ace>" REST, "sp ace");
	logs_in(LOGIN "user=<k\303\244s>" REST, "k\303\244s");
	logs_in(LOGIN "user=<...>" REST, "...");
}

static void
is_nothing(const char *line)
{
	struct session s;

	if (parse(&s, line) != LOG_LINE_OTHER)
		fail_msg("this was taken: %s", line);
}

static void
a_name_that_is_not_whole_is_no_name(void **state)
{
	(void)state;
	is_nothing(LOGIN "user=<bin?x>" REST);
	is_nothing(LOGIN "user=<?[31m>" REST);
	is_nothing(LOGIN "user=<nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
			 "nnnnnnnnnnnnnnnnnnnnnn...>" REST);
	is_nothing(LOGIN "user=<>" REST);
}

static void
nobody_gets_in_by_his_name(void **state)
{
	(void)state;
	is_nothing(
	    STAMP "imap-login: Info: Disconnected: Connection closed (auth failed, "
		  "1 attempts in 6 secs): user=<x imap-login: Info: Login: "
		  "user=<ann>" REST ">" REST);
	is_nothing(STAMP "imap-login: Info: Disconnected (no auth attempts in 0 secs): "
			 "user=<>, rip=127.0.0.1, secured, session=<v+Eef9Vg8ZN/AAAB>");
	is_nothing(STAMP "lmtp(x imap-login: Info: Login: user=<ann>" REST ")");
	is_nothing(
	    STAMP "imap(x)<1><y>: Info: copy from INBOX: msgid=<imap-login: Info: "
		  "Login: user=<ann>" REST);
	is_nothing(STAMP "auth: Info: imap-login: Info: Login: user=<ann>" REST);
	is_nothing(STAMP "mail1 postfix: imap-login: Login: user=<ann>" REST);
	is_nothing(STAMP "imap-login: Info: proxy(u1): Login: user=<ann>" REST);
	is_nothing("imap-login: Info: Login: user=<ann>" REST);
}

static void
other_lines_are_nothing(void **state)
{
	static const char *const lines[] = { "", " ", "\n", STAMP, "Nov", "Nov 22",
		"Nov 22 03:58:57", "2026-11-22", "2026-11-22T03:58:57.",
		"2026-11-22T03:58:57+0", "2026-11-22T03:58:57+01:0 x",
		"Nov 32 03:58:57 imap-login: Info: Login: user=<ann>" REST,
		"Feb 30 03:58:57 imap-login: Info: Login: user=<ann>" REST,
		"Nov 22 24:58:57 imap-login: Info: Login: user=<ann>" REST,
		"2036-11-22 03:58:57 imap-login: Info: Login: user=<ann>" REST,
		"2036-11-22T03:58:57Z m dovecot: imap-login: Login: user=<ann>" REST,
		LOGIN, LOGIN "user=<", LOGIN "user=<ann", LOGIN "user=<ann>",
		LOGIN "user=<ann>, rip=1.1.1.1", STAMP "imap(", STAMP "imap(ann)",
		STAMP "imap(ann)<", STAMP "imap(ann)<1>", STAMP "imap(ann)<1><",
		STAMP "imap(ann)<x><y>: Info: Disconnected",
		STAMP "imap(ann)<99999999999><y>: Info: Disconnected",
		STAMP "imap()<1><y>: Info: Disconnected",
		STAMP "imap(ann)<1><y>: Info: Connected",
		STAMP "m dovecot[: imap-login: Login: user=<ann>" REST };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		is_nothing(lines[i]);
}

/* Each beginning of a line in memory of its own, so that a sanitizer sees who looks behind. */
static void
half_lines_and_binary_ones_do_no_harm(void **state)
{
	static const char *const lines[] = {
		LOGIN "user=<ann>" REST,
		"2026-11-22T03:58:57.12+00:00 m dovecot[1]: imap(a)<1><y>: "
		"Disconnected",
	};
	struct session s;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 1; n <= strlen(lines[i]); n++) {
			char *copy = malloc(n);

			memcpy(copy, lines[i], n);
			dovecot_log_parse(&s, (struct text){ copy, n }, 0, now_us);
			for (size_t at = 0; at < n; at++) {
				copy[at] = (char)(copy[at] ^ 0x95);
				dovecot_log_parse(
				    &s, (struct text){ copy, n }, 0, now_us);
				copy[at] = (char)(copy[at] ^ 0x95);
			}
			free(copy);
		}
}

static void
a_long_line_is_taken_and_a_longer_one_is_not(void **state)
{
	char *line = malloc(LOG_LINE_MAX + 2);
	const size_t head = strlen(LOGIN "user=<ann>" REST ", ");
	struct session s;

	(void)state;
	memset(line, 'x', LOG_LINE_MAX + 2);
	memcpy(line, LOGIN "user=<ann>" REST ", ", head);
	assert_int_equal(dovecot_log_parse(&s, (struct text){ line, 10000 }, 0, now_us),
	    LOG_LINE_LOGIN);
	assert_text(s.user, "ann");
	assert_int_equal(
	    dovecot_log_parse(&s, (struct text){ line, LOG_LINE_MAX + 1 }, 0, now_us),
	    LOG_LINE_OTHER);
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_understood),
		cmocka_unit_test(that_of_2_4_is_the_same),
		cmocka_unit_test(a_syslog_daemons_line_is_understood),
		cmocka_unit_test(a_journals_line_has_its_time_beside_it),
		cmocka_unit_test(real_lines_are_understood),
		cmocka_unit_test(ports_and_credentials_may_be_added),
		cmocka_unit_test(what_a_user_typed_is_no_master_user),
		cmocka_unit_test(logouts_are_understood),
		cmocka_unit_test(names_may_hold_anything),
		cmocka_unit_test(a_name_that_is_not_whole_is_no_name),
		cmocka_unit_test(nobody_gets_in_by_his_name),
		cmocka_unit_test(other_lines_are_nothing),
		cmocka_unit_test(half_lines_and_binary_ones_do_no_harm),
		cmocka_unit_test(a_long_line_is_taken_and_a_longer_one_is_not),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("dovecot_log", tests, NULL, NULL);
}
