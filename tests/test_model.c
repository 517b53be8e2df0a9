/* SPDX-License-Identifier: ISC */
/* Services' names, addresses, and what a user's record answers. */
#include "config.h"

#include "agent/model.h"
#include "tests/unit.h"

static void
services_have_names_and_the_originals_word_is_known(void **state)
{
	(void)state;
	for (enum service s = SERVICE_ALL; s < SERVICE_END; s++)
		assert_int_equal(service_from_name(text_from(service_name(s))), s);
	assert_int_equal(service_from_name(text_from("pop")), SERVICE_POP3);
	assert_int_equal(service_from_name(text_from("smtp")), SERVICE_NONE);
	assert_int_equal(service_from_name(text_from("")), SERVICE_NONE);
	assert_int_equal(service_from_name((struct text){ "imapx", 4 }), SERVICE_IMAP);
	assert_null(service_name(SERVICE_END));
}

static void
formats(const char *address, uint16_t port, const char *expected)
{
	char buffer[ENDPOINT_TEXT_SIZE];
	struct endpoint e = { .port = port };

	assert_true(address_parse(&e.address, text_from(address)));
	assert_string_equal(endpoint_format(buffer, &e), expected);
}

static void
endpoints_are_written_as_people_write_them(void **state)
{
	char buffer[ENDPOINT_TEXT_SIZE];

	(void)state;
	formats("192.0.2.10", 143, "192.0.2.10:143");
	formats("192.0.2.10", 0, "192.0.2.10");
	formats("2001:db8::1", 993, "[2001:db8::1]:993");
	formats("2001:db8::1", 0, "[2001:db8::1]");
	formats("::ffff:192.0.2.10", 65535, "192.0.2.10:65535");
	formats("2001:db8:aaaa:bbbb:cccc:dddd:255.255.255.255", 65535,
	    "[2001:db8:aaaa:bbbb:cccc:dddd:ffff:ffff]:65535");
	assert_string_equal(
	    endpoint_format(buffer, &(struct endpoint){ .port = 1 }), "");
}

static void
what_is_no_address_is_refused(void **state)
{
	const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "localhost", "::g",
		"1.2.3.4 ", "2001:db8:aaaa:bbbb:cccc:dddd:255.255.255.255.255.255" };
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(address_parse(&address, text_from(bad[i])));
		assert_int_equal(address.length, 0);
	}
	assert_false(address_parse(&address, (struct text){ "1.2.3.4\0x", 9 }));
}

static bool
has(const char *text, const char *member)
{
	struct network network;
	struct address address;

	assert_true(network_parse(&network, text_from(text)));
	assert_true(address_parse(&address, text_from(member)));
	return network_has(&network, &address);
}

static void
networks_have_the_addresses_with_the_same_first_bits(void **state)
{
	(void)state;
	assert_true(has("192.0.2.7", "192.0.2.7"));
	assert_false(has("192.0.2.7", "192.0.2.6"));
	assert_true(has("192.0.2.7/24", "192.0.2.255"));
	assert_false(has("192.0.2.7/24", "192.0.3.0"));
	assert_true(has("192.0.2.128/25", "192.0.2.129"));
	assert_false(has("192.0.2.128/25", "192.0.2.127"));
	assert_true(has("10.0.0.0/7", "11.2.3.4"));
	assert_true(has("0.0.0.0/0", "203.0.113.7"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_false(has("::/0", "192.0.2.7"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(has("::ffff:192.0.2.7", "192.0.2.7"));
	assert_true(has("2001:db8::1/128", "2001:db8::1"));
	assert_false(has("2001:db8::1/128", "2001:db8::2"));
}

static void
what_is_no_network_is_refused(void **state)
{
	const char *const bad[] = { "", "/", "/8", "192.0.2.0/", "192.0.2.0/33",
		"192.0.2.0/-1", "192.0.2.0/ 8", "192.0.2.0/8 ", "192.0.2.0/8/8",
		"192.0.2.0/4294967304", "2001:db8::/129", "192.0.2/24", "localhost/8",
		"::ffff:192.0.2.0/120" };
	struct network network;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(network_parse(&network, text_from(bad[i])));
}

static void
the_last_access_is_the_later_of_login_and_logout(void **state)
{
	struct user user = { .naccess = 2,
		.access = { { .service = SERVICE_IMAP, .login_us = 5, .logout_us = 3 },
		    { .service = SERVICE_POP3, .login_us = 6, .logout_us = 7 } } };

	(void)state;
	assert_int_equal(user_last_us(&user, SERVICE_IMAP), 5);
	assert_int_equal(user_last_us(&user, SERVICE_POP3), 7);
	assert_int_equal(user_last_us(&user, SERVICE_HTTP), 0);
	assert_int_equal(user_last_us(&user, SERVICE_ALL), 7);
	assert_ptr_equal(user_access(&user, SERVICE_POP3), &user.access[1]);
	assert_null(user_access(&user, SERVICE_HTTP));
}

static void
webmail_is_idle_since_its_user_was_seen(void **state)
{
	struct session session = {
		.service = SERVICE_HTTP, .active_us = 5, .seen_us = 7
	};

	(void)state;
	assert_int_equal(session_idle_since_us(&session), 7);
	session.process.pid = 9;
	assert_int_equal(session_idle_since_us(&session), 5);
	session.service = SERVICE_IMAP;
	session.process.pid = 0;
	assert_int_equal(session_idle_since_us(&session), 5);
}

static void
of_http_what_has_no_process_is_webmails(void **state)
{
	struct session session = { .service = SERVICE_HTTP };

	(void)state;
	assert_true(session_is_web(&session));
	session.process.pid = 7;
	assert_false(session_is_web(&session));
	session = (struct session){ .service = SERVICE_IMAP };
	assert_false(session_is_web(&session));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_have_names_and_the_originals_word_is_known),
		cmocka_unit_test(of_http_what_has_no_process_is_webmails),
		cmocka_unit_test(endpoints_are_written_as_people_write_them),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(networks_have_the_addresses_with_the_same_first_bits),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(the_last_access_is_the_later_of_login_and_logout),
		cmocka_unit_test(webmail_is_idle_since_its_user_was_seen),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
