/* SPDX-License-Identifier: ISC */
/*
 * The key that stands for a user in the store and in OIDs (ImscUserKeyString of the MIB):
 * one length octet, then the name. A name of more than USER_KEY_MAX octets, or one that
 * looks like such a key, is cut to 79 octets at a character's end and followed by '#' and
 * 16 hexadecimal digits of the SHA-256 of the whole name.
 */
#ifndef IMSC_USER_KEY_H
#define IMSC_USER_KEY_H

#include "agent/error.h"
#include "agent/model.h"

/* LENGTH and the octets after it are the key's bytes, in the store's and SNMP's order. */
struct user_key {
	uint8_t length;
	char name[USER_KEY_MAX];
};

/* Fails for an empty name, and for one of more than USER_NAME_MAX octets. */
int user_key_make(struct user_key *key, struct text name, struct error *err);

/* True if the key is the name itself, false if it is a cut name with its hash. */
bool user_key_is_name(const struct user_key *key);

#endif
