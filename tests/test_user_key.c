/* SPDX-License-Identifier: ISC */
/* Users' names as keys: short ones as they are, long ones cut, and none the same. */
#include "config.h"

#include <stdio.h>

#include "agent/user_key.h"
#include "tests/unit.h"

static struct user_key
key_of(const char *name, size_t length)
{
	struct user_key key;

	assert_int_equal(user_key_make(&key, (struct text){ name, length }, NULL), 0);
	return key;
}

static void
a_name_of_up_to_96_octets_is_its_own_key(void **state)
{
	char name[96];

	(void)state;
	memset(name, 'x', sizeof name);
	for (size_t length = 1; length <= sizeof name; length++) {
		struct user_key key = key_of(name, length);

		assert_int_equal(key.length, length);
		assert_memory_equal(key.name, name, length);
		assert_true(user_key_is_name(&key));
	}
}

static void
any_octets_make_a_name(void **state)
{
	struct user_key key = key_of("\0\xff\n/../", 7);

	(void)state;
	assert_int_equal(key.length, 7);
	assert_memory_equal(key.name, "\0\xff\n/../", 7);
}

static void
a_longer_name_is_cut_and_hashed(void **state)
{
	char name[USER_NAME_MAX];

	(void)state;
	memset(name, 'x', sizeof name);
	for (size_t length = 97; length <= sizeof name; length++) {
		struct user_key key = key_of(name, length);

		assert_int_equal(key.length, 96);
		assert_memory_equal(key.name, name, 79);
		assert_int_equal(key.name[79], '#');
		assert_false(user_key_is_name(&key));
	}
}

/* The digits are the first of sha256sum's of 97 letters x. */
static void
the_hash_is_of_the_whole_name(void **state)
{
	struct user_key key;
	char name[97];

	(void)state;
	memset(name, 'x', sizeof name);
	key = key_of(name, sizeof name);
	assert_memory_equal(key.name + 80, "19a8f07eeb7f3d0c", 16);
	name[96] = 'y';
	assert_memory_not_equal(key_of(name, sizeof name).name, key.name, 96);
}

static void
a_cut_never_splits_a_character(void **state)
{
	char name[120];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		struct user_key key;

		memset(name, 'x', sizeof name);
		for (size_t i = 60 + shift; i + 4 <= 110; i += 4)
			memcpy(name + i, "\xf0\x9f\x93\xac", 4);
		key = key_of(name, sizeof name);
		assert_int_equal(key.length, 76 + shift + 17);
		assert_int_equal(key.name[76 + shift], '#');
		assert_false(user_key_is_name(&key));
	}
}

static void
what_is_not_utf8_is_cut_at_79(void **state)
{
	char name[200];
	struct user_key key;

	(void)state;
	memset(name, 0x80, sizeof name);
	key = key_of(name, sizeof name);
	assert_int_equal(key.length, 96);
}

/* Else somebody could be named so that he shares the key of another. */
static void
a_name_that_looks_like_a_cut_one_is_hashed_too(void **state)
{
	char name[97];
	struct user_key key;
	struct user_key forged;

	(void)state;
	memset(name, 'x', sizeof name);
	key = key_of(name, sizeof name);
	forged = key_of(key.name, key.length);
	assert_false(user_key_is_name(&forged));
	assert_false(forged.length == key.length &&
	    memcmp(forged.name, key.name, key.length) == 0);
}

static void
a_short_name_with_a_hash_in_it_is_left_alone(void **state)
{
	struct user_key key = key_of("ann#0123456789abcdef", 20);

	(void)state;
	assert_true(user_key_is_name(&key));
	assert_int_equal(key.length, 20);
}

static void
no_name_and_too_long_a_name_are_refused(void **state)
{
	char name[USER_NAME_MAX + 1];
	struct user_key key;
	struct error err;

	(void)state;
	memset(name, 'x', sizeof name);
	assert_int_equal(user_key_make(&key, (struct text){ name, 0 }, &err), -1);
	assert_string_equal(err.text, "a user's name must not be empty");
	assert_int_equal(
	    user_key_make(&key, (struct text){ name, sizeof name }, &err), -1);
	assert_string_equal(
	    err.text, "a user's name of 1001 octets is longer than 1000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_of_up_to_96_octets_is_its_own_key),
		cmocka_unit_test(any_octets_make_a_name),
		cmocka_unit_test(a_longer_name_is_cut_and_hashed),
		cmocka_unit_test(the_hash_is_of_the_whole_name),
		cmocka_unit_test(a_cut_never_splits_a_character),
		cmocka_unit_test(what_is_not_utf8_is_cut_at_79),
		cmocka_unit_test(a_name_that_looks_like_a_cut_one_is_hashed_too),
		cmocka_unit_test(a_short_name_with_a_hash_in_it_is_left_alone),
		cmocka_unit_test(no_name_and_too_long_a_name_are_refused),
	};

	return cmocka_run_group_tests_name("user_key", tests, NULL, NULL);
}
