/* SPDX-License-Identifier: ISC */
/* Users' names as keys. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "agent/user_key.h"

enum {
	CUT_LENGTH = 79,
	HASH_DIGITS = 16
};

static bool
is_hash(const char *s)
{
	for (size_t i = 0; i < HASH_DIGITS; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	return true;
}

/* "#" and the digits at the end, at most CUT_LENGTH octets before them. */
static bool
looks_cut(const char *name, size_t length)
{
	return length > HASH_DIGITS + 1 && length > CUT_LENGTH - 3 + HASH_DIGITS &&
	    name[length - HASH_DIGITS - 1] == '#' &&
	    is_hash(name + length - HASH_DIGITS);
}

/* The end of the last whole character within CUT_LENGTH octets. */
static size_t
cut_at_character(struct text name)
{
	size_t end = CUT_LENGTH;

	for (size_t back = 0; back < 4; back++) {
		size_t start = CUT_LENGTH - back;
		size_t length;

		if (start >= name.length)
			continue;
		length = text_utf8_length(name.data + start, name.length - start);
		if (length > 0) {
			end = start + (back > 0 && length <= back ? length : 0);
			break;
		}
	}
	return end;
}

static void
cut_with_hash(struct user_key *key, struct text name)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t length = name.length > CUT_LENGTH ? cut_at_character(name) : name.length;
	char hash[HASH_DIGITS + 1];

	SHA256((const unsigned char *)name.data, name.length, digest);
	for (size_t i = 0; i < HASH_DIGITS / 2; i++)
		snprintf(hash + 2 * i, 3, "%02x", digest[i]);
	memcpy(key->name, name.data, length);
	key->name[length] = '#';
	memcpy(key->name + length + 1, hash, HASH_DIGITS);
	key->length = (uint8_t)(length + 1 + HASH_DIGITS);
}

int
user_key_make(struct user_key *key, struct text name, struct error *err)
{
	if (name.length == 0)
		return error_set(err, "a user's name must not be empty");
	if (name.length > USER_NAME_MAX)
		return error_set(err, "a user's name of %zu octets is longer than %d",
		    name.length, USER_NAME_MAX);
	if (name.length > USER_KEY_MAX || looks_cut(name.data, name.length)) {
		cut_with_hash(key, name);
		return 0;
	}
	memcpy(key->name, name.data, name.length);
	key->length = (uint8_t)name.length;
	return 0;
}

bool
user_key_is_name(const struct user_key *key)
{
	return !looks_cut(key->name, key->length);
}
