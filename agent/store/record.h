/* SPDX-License-Identifier: ISC */
/*
 * How the store's values are written: a version octet, then big-endian numbers and
 * counted octets. Reading checks every bound: a file can be damaged. Decoded texts point
 * into the value.
 */
#ifndef IMSC_STORE_RECORD_H
#define IMSC_STORE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "agent/alarm.h"
#include "agent/model.h"
#include "agent/user_key.h"

/* Room for any value; every text in it is bounded before it is written. */
enum {
	RECORD_SIZE = 8192,
	RECORD_TEXT_MAX = USER_NAME_MAX
};

/* Each encodes into BUFFER of RECORD_SIZE and returns the length. Longer texts are cut. */
size_t record_put_session(uint8_t *buffer, const struct session *session);
/* The user's name is written only where KEY does not tell it. */
size_t record_put_user(
    uint8_t *buffer, const struct user *user, const struct user_key *key);
size_t record_put_totals(uint8_t *buffer, const struct totals *totals);
size_t record_put_audit(uint8_t *buffer, const struct audit *audit);
size_t record_put_alarm(uint8_t *buffer, const struct alarm *alarm);

/*
 * Each decodes LENGTH octets; false if they are not such a record. What is part of the key
 * (service, number, a name) is not touched.
 */
bool record_get_session(const uint8_t *data, size_t length, struct session *session);
/* KEY's octets become the name where the record has none; they must live as long. */
bool record_get_user(
    const uint8_t *data, size_t length, struct user *user, struct text key_name);
bool record_get_totals(const uint8_t *data, size_t length, struct totals *totals);
bool record_get_audit(const uint8_t *data, size_t length, struct audit *audit);
bool record_get_alarm(const uint8_t *data, size_t length, struct alarm *alarm);

#endif
