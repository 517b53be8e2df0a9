/* SPDX-License-Identifier: ISC */
/* The privacy's modes, its key file and every reason to refuse it, pseudonyms, networks. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/privacy.h"
#include "tests/unit.h"

static char path[64];
static struct privacy privacy;
static struct error err;

static int
begin(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/imsc-key.XXXXXX");
	fd = mkstemp(path);
	return fd == -1 ? -1 : close(fd);
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	rmdir(path);
	return 0;
}

/* The file becomes LENGTH octets 0, 1, 2... with that mode. */
static void
write_key(size_t length, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < length; i++)
		fputc((int)(i & 0xff), file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int
open_key(void)
{
	return privacy_open(&privacy, "pseudonymous", path, &err);
}

static void
refuses(const char *reason)
{
	char expected[256];

	assert_int_equal(open_key(), -1);
	snprintf(expected, sizeof expected, "the privacy key %s %s", path, reason);
	assert_string_equal(err.text, expected);
}

static void
only_pseudonyms_need_a_key(void **state)
{
	(void)state;
	assert_int_equal(privacy_open(&privacy, "full", "/nowhere", &err), 0);
	assert_int_equal(privacy.mode, PRIVACY_FULL);
	assert_int_equal(privacy_open(&privacy, "aggregate", "/nowhere", &err), 0);
	assert_int_equal(privacy.mode, PRIVACY_AGGREGATE);
	assert_int_equal(privacy_open(&privacy, "pseudonymous", "/nowhere", &err), -1);
	assert_string_equal(err.text,
	    "cannot open the privacy key /nowhere: No such file or directory");
	assert_int_equal(privacy_open(&privacy, "none", "/nowhere", &err), -1);
}

static void
a_key_may_have_any_octets(void **state)
{
	(void)state;
	for (size_t length = 16; length <= 1024; length += 1008) {
		write_key(length, 0600);
		assert_int_equal(open_key(), 0);
		assert_int_equal(privacy.key_length, length);
		assert_int_equal(privacy.key[15], 15);
	}
	write_key(32, 0400);
	assert_int_equal(open_key(), 0);
}

static void
a_key_must_be_long_enough_and_no_file_of_another_kind(void **state)
{
	(void)state;
	write_key(0, 0600);
	refuses("has too few octets; allowed: 16 to 1024");
	write_key(15, 0600);
	refuses("has too few octets; allowed: 16 to 1024");
	write_key(1025, 0600);
	refuses("has too many octets; allowed: 16 to 1024");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuses("is no plain file");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refuses("is no plain file");
}

static void
nobody_else_may_have_access_to_a_key(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0700, 0777 };
	char reason[128];

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		write_key(32, modes[i]);
		snprintf(reason, sizeof reason,
		    "has mode %04o; only its owner may have access: chmod 600",
		    modes[i]);
		refuses(reason);
	}
}

static void
a_key_must_be_roots_or_ours(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	write_key(32, 0600);
	assert_int_equal(chown(path, 65534, 0), 0);
	refuses("belongs to user 65534; allowed: root, or user 0, who runs imsconnd");
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(open_key(), 0);
	assert_int_equal(seteuid(0), 0);
}

/* What openssl dgst -sha256 -mac HMAC says of the same. */
static void
a_pseudonym_is_half_an_hmac(void **state)
{
	struct user_key pseudonym;

	(void)state;
	privacy.mode = PRIVACY_PSEUDONYMOUS;
	privacy.key_length = 16;
	memcpy(privacy.key, "0123456789abcdef", 16);
	privacy_pseudonym(&privacy, text_from("ann"), &pseudonym);
	assert_int_equal(pseudonym.length, PSEUDONYM_LENGTH);
	assert_memory_equal(
	    pseudonym.name, "fb385915a0623c0be3e7b0a7134dbb62", PSEUDONYM_LENGTH);
	assert_true(user_key_is_name(&pseudonym));
}

static void
another_key_has_another_mark_and_makes_others(void **state)
{
	struct privacy other = privacy;
	struct user_key a;
	struct user_key b;

	(void)state;
	other.key[15] ^= 1;
	privacy_pseudonym(&privacy, text_from("ann"), &a);
	privacy_pseudonym(&other, text_from("ann"), &b);
	assert_memory_not_equal(a.name, b.name, PSEUDONYM_LENGTH);
	assert_true(privacy_key_mark(&privacy) > 0);
	assert_true(privacy_key_mark(&other) > 0);
	assert_true(privacy_key_mark(&privacy) != privacy_key_mark(&other));
	assert_true(privacy_key_mark(&privacy) == privacy_key_mark(&privacy));
}

static void
network_is(const char *address, const char *expected)
{
	struct address a;
	struct address network;

	assert_true(address_parse(&a, text_from(address)));
	network = privacy_network(&a);
	assert_true(address_parse(&a, text_from(expected)));
	assert_true(address_equal(&network, &a));
}

static void
addresses_are_cut_to_their_network(void **state)
{
	struct address none = { 0 };

	(void)state;
	network_is("192.0.2.255", "192.0.2.0");
	network_is("2001:db8:ffff:ffff:ffff::1", "2001:db8:ffff::");
	network_is("::ffff:198.51.100.7", "198.51.100.0");
	none = privacy_network(&none);
	assert_int_equal(none.length, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(only_pseudonyms_need_a_key),
		CASE(a_key_may_have_any_octets),
		CASE(a_key_must_be_long_enough_and_no_file_of_another_kind),
		CASE(nobody_else_may_have_access_to_a_key),
		CASE(a_key_must_be_roots_or_ours),
		cmocka_unit_test(a_pseudonym_is_half_an_hmac),
		cmocka_unit_test(another_key_has_another_mark_and_makes_others),
		cmocka_unit_test(addresses_are_cut_to_their_network),
	};

	return cmocka_run_group_tests_name("privacy", tests, NULL, NULL);
}
