/* SPDX-License-Identifier: ISC */
/* Records of logins, as Dovecot's last_login plugin writes them. */
#include "config.h"

#include <stdio.h>

#include "agent/collect/dovecot_text.h"
#include "agent/collect/dict_login.h"
#include "tests/unit.h"

static const int64_t now_us = 1795297170000000;

static int
parse(struct session *session, const char *key, const char *value, struct error *err)
{
	return dict_login_parse(session, text_from(key), text_from(value), now_us, err);
}

/* Seen with Dovecot 2.3.19. */
static void
a_real_record_is_understood(void **state)
{
	struct session s;
	struct error err;

	(void)state;
	assert_int_equal(parse(&s,
			     "shared/ims1|imap|w3fjMdBgdtF/AAAB|4273|127.0.0.1|53622|"
			     "127.0.0.1|30143|PLAIN||u1",
			     "1795297166726916", &err),
	    0);
	assert_int_equal(s.service, SERVICE_IMAP);
	assert_text(s.user, "u1");
	assert_int_equal(s.auth_user.length, 0);
	assert_text(s.mechanism, "PLAIN");
	assert_text(s.store_id, "w3fjMdBgdtF/AAAB");
	assert_int_equal(s.process.pid, 4273);
	assert_int_equal(s.remote.port, 53622);
	assert_int_equal(s.local.port, 30143);
	assert_int_equal(s.login_us, 1795297166726916);
	assert_int_equal(s.login_source, TIME_RECORDED);
	assert_int_equal(s.created_us, now_us);
}

static void
a_sites_key_may_stand_before_ours(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(parse(&s,
			     "shared/last-login/imap/u1|ims1|imap|x|4273|127.0.0.1|2|"
			     "127.0.0.1|3|PLAIN|u1|u1",
			     "1795297166726916", NULL),
	    0);
	assert_text(s.user, "u1");
	assert_int_equal(s.process.pid, 4273);
	assert_int_equal(
	    dict_login_site_key(text_from("shared/last-login/u|ims1|")), 19);
	assert_int_equal(dict_login_site_key(text_from("shared/ims1|a|ims1|")), 0);
	assert_int_equal(dict_login_site_key(text_from("shared/last-login/u")), 0);
	assert_int_equal(dict_login_site_key(text_from("priv/u|ims1|")), 0);
	/* By his name nobody gets to be another. */
	assert_int_equal(parse(&s,
			     "shared/l/a|ims1|imap||1||||||vic|vic|ims1|imap|x|1||||||"
			     "a|ims1|imap||1||||||vic|vic|a|ims1|imap||1||||||vic|vic",
			     "1", NULL),
	    0);
	assert_false(text_equal(s.user, text_from("vic")));
}

static void
a_missing_port_is_taken_from_the_session_id(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(
	    parse(&s, "shared/ims1|pop3|w3fjMdBgdtF/AAAB|1|127.0.0.1||127.0.0.1|||u|u",
		"1", NULL),
	    0);
	assert_int_equal(s.remote.port, 53622);
	assert_int_equal(s.local.port, 0);
	assert_int_equal(s.mechanism.length, 0);
}

static void
a_session_id_of_somebody_else_gives_no_port(void **state)
{
	struct address address;

	(void)state;
	address_parse(&address, text_from("192.0.2.1"));
	assert_int_equal(dovecot_id_port(text_from("w3fjMdBgdtF/AAAB"), &address), 0);
	assert_int_equal(dovecot_id_port(text_from("WEB123"), &address), 0);
	assert_int_equal(dovecot_id_port(text_from("!!!!!!!!!!!!!!!!"), &address), 0);
	assert_int_equal(dovecot_id_port(text_from("===="), &address), 0);
	assert_int_equal(dovecot_id_port((struct text){ 0 }, &address), 0);
	address_parse(&address, text_from("127.0.0.1"));
	assert_int_equal(
	    dovecot_id_port(text_from("w3fjMdBgdtF/AAAB"), &address), 53622);
	address.length = 0;
	assert_int_equal(dovecot_id_port(text_from("w3fjMdBgdtF/AAAB"), &address), 0);
}

static void
a_master_users_login_keeps_both_names(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(
	    parse(&s, "shared/ims1|imap||1|::1||::1|||master1|u5", "1", NULL), 0);
	assert_text(s.auth_user, "master1");
	assert_text(s.user, "u5");
	assert_int_equal(s.remote.address.length, 16);
	assert_int_equal(
	    parse(&s, "shared/ims1|imap||1||||||master1|a|b", "1", NULL), 0);
	assert_text(s.auth_user, "master1");
	assert_text(s.user, "a|b");
}

static void
without_a_master_user_the_rest_is_the_users_name(void **state)
{
	const char *const names[] = { "u5", "a|b", "|a", "a|a", "|", "||", "|a||a" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char key[80];
		struct session s;

		snprintf(key, sizeof key, "shared/ims1|imap||1|||||||%s", names[i]);
		assert_int_equal(parse(&s, key, "1", NULL), 0);
		assert_text(s.user, names[i]);
		assert_int_equal(s.auth_user.length, 0);
	}
}

static void
a_name_with_bars_is_found_twice(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(
	    parse(&s, "shared/ims1|imap||1||||||a|b|c|a|b|c", "1", NULL), 0);
	assert_text(s.user, "a|b|c");
	assert_int_equal(s.auth_user.length, 0);
}

/* What a webmail that is trusted said, and who said it. */
static void
the_second_layout_has_who_connected(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(
	    parse(&s,
		"shared/ims2|imap|web-1|7|203.0.113.7|5|192.0.2.1|443|PLAIN|192.0.2.9|"
		"u|u",
		"1", NULL),
	    0);
	assert_text(s.user, "u");
	assert_text(s.mechanism, "PLAIN");
	assert_int_equal(s.peer.length, 4);
	assert_memory_equal(s.peer.bytes, "\300\0\2\11", 4);
	assert_int_equal(
	    parse(&s, "shared/ims2|imap||7|::1||::1|||::1|m|u|x", "1", NULL), 0);
	assert_int_equal(s.peer.length, 0);
	assert_text(s.auth_user, "m");
	assert_text(s.user, "u|x");
	assert_int_equal(
	    parse(&s, "shared/ims2|imap||7|::1||::1||||u|u", "1", NULL), 0);
	assert_int_equal(s.peer.length, 0);
	assert_int_equal(
	    parse(&s, "shared/l/u|ims2|imap||7|::1||::1|||192.0.2.9|u|u", "1", NULL),
	    0);
	assert_int_equal(s.peer.length, 4);
	assert_int_equal(dict_login_site_key(text_from("shared/l/u|ims2|x|ims1|")), 10);
	assert_int_equal(dict_login_site_key(text_from("shared/l|u|ims1|x|ims2|")), 10);
	assert_int_equal(dict_login_site_key(text_from("shared/l|u|ims2")), 0);
}

static void
times_of_every_precision_are_understood(void **state)
{
	const char *const values[] = { "1795297166", "1795297166000",
		"1795297166000000", "1795297166000000000" };
	const char *const nonsense[] = { "", "0", "-5", "x", "99999999999999999999999",
		"1795297300000000", "100", "17952971660000000 " };
	struct session s;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(
		    parse(&s, "shared/ims1|imap||1||||||u|u", values[i], NULL), 0);
		assert_int_equal(s.login_us, 1795297166000000);
	}
	for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
		assert_int_equal(
		    parse(&s, "shared/ims1|imap||1||||||u|u", nonsense[i], NULL), 0);
		assert_int_equal(s.login_us, now_us);
	}
}

static void
a_record_without_a_process_is_an_access_only(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(parse(&s, "shared/ims1|imap||||||||u|u", "1", NULL), 0);
	assert_int_equal(s.process.pid, 0);
	assert_int_equal(parse(&s, "shared/ims1|imap||0||||||u|u", "1", NULL), 0);
	assert_int_equal(s.process.pid, 0);
}

static const char no_layout[] =
    "its key does not begin with \"shared/ims1|\" or \"shared/ims2|\"";

static void
refuses(const char *key, const char *why)
{
	struct session s;
	struct error err;

	assert_int_equal(parse(&s, key, "1", &err), -1);
	assert_string_equal(err.text, why);
}

static void
nonsense_is_refused_with_its_reason(void **state)
{
	char key[USER_NAME_MAX * 2 + 100];
	size_t length;

	(void)state;
	refuses("", no_layout);
	refuses("shared/last-login/u1", no_layout);
	refuses("shared/ims3|imap||1||||||u|u", no_layout);
	refuses("priv/ims2|imap||1|||||||u|u", no_layout);
	refuses("shared/ims2|imap||1||||||", "its key has too few fields");
	refuses("shared/ims1|imap|x|1|", "its key has too few fields");
	refuses("shared/ims1|lmtp||1||||||u|u", "its service is neither imap nor pop3");
	refuses("shared/ims1|imap||x||||||u|u", "its process makes no sense");
	refuses("shared/ims1|imap||-1||||||u|u", "its process makes no sense");
	refuses("shared/ims1|imap||4294967296||||||u|u", "its process makes no sense");
	refuses("shared/ims1|imap||1|||||||", "its user's name is missing or too long");
	refuses("shared/ims1|imap||1||||||u", "its user's name is missing or too long");
	strcpy(key, "shared/ims1|imap||1||||||m|");
	length = strlen(key);
	memset(key + length, 'u', USER_NAME_MAX + 1);
	key[length + USER_NAME_MAX + 1] = '\0';
	refuses(key, "its user's name is missing or too long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_record_is_understood),
		cmocka_unit_test(a_sites_key_may_stand_before_ours),
		cmocka_unit_test(a_missing_port_is_taken_from_the_session_id),
		cmocka_unit_test(a_session_id_of_somebody_else_gives_no_port),
		cmocka_unit_test(a_master_users_login_keeps_both_names),
		cmocka_unit_test(without_a_master_user_the_rest_is_the_users_name),
		cmocka_unit_test(a_name_with_bars_is_found_twice),
		cmocka_unit_test(the_second_layout_has_who_connected),
		cmocka_unit_test(times_of_every_precision_are_understood),
		cmocka_unit_test(a_record_without_a_process_is_an_access_only),
		cmocka_unit_test(nonsense_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests_name("dict_login", tests, NULL, NULL);
}
