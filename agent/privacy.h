/* SPDX-License-Identifier: ISC */
/*
 * How much of persons SNMP tells: everything, pseudonyms and networks, or sums only. A
 * pseudonym is the first 16 octets of the HMAC-SHA-256 of the name, as hexadecimal digits.
 */
#ifndef IMSC_PRIVACY_H
#define IMSC_PRIVACY_H

#include "agent/error.h"
#include "agent/model.h"
#include "agent/user_key.h"

/* The numbers are imscPrivacy's. */
enum privacy_mode {
	PRIVACY_FULL = 1,
	PRIVACY_PSEUDONYMOUS = 2, /* no name, no full address of a client */
	PRIVACY_AGGREGATE = 3     /* no row of a user or a session */
};

enum {
	PRIVACY_KEY_MIN = 16,
	PRIVACY_KEY_MAX = 1024,
	PSEUDONYM_LENGTH = 32
};

struct privacy {
	enum privacy_mode mode;
	size_t key_length; /* 0 unless PRIVACY_PSEUDONYMOUS */
	uint8_t key[PRIVACY_KEY_MAX];
};

/*
 * MODE is a word of the configuration. Reads KEY_FILE if pseudonyms are wanted, and refuses
 * a key that others than its owner can read, that neither root nor we own, or that is too
 * short or too long.
 */
int privacy_open(
    struct privacy *privacy, const char *mode, const char *key_file, struct error *err);

/*
 * The pseudonym of NAME: PSEUDONYM_LENGTH digits, also as a key of tables. False if libcrypto
 * lacks memory.
 */
bool privacy_pseudonym(
    const struct privacy *privacy, struct text name, struct user_key *pseudonym);

/* A positive number by which a later start sees whether the key is the same. */
int64_t privacy_key_mark(const struct privacy *privacy);

/* The address of the client's network: /24 of IPv4, /48 of IPv6. */
struct address privacy_network(const struct address *address);

#endif
