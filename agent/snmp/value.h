/* SPDX-License-Identifier: ISC */
/*
 * The values of objects in the forms SNMP gives them. Every value_ function fills VALUE and
 * returns true, or returns false where there is nothing to show: the object then has no
 * instance.
 */
#ifndef IMSC_VALUE_H
#define IMSC_VALUE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/model.h"
#include "agent/snmp/netsnmp.h"

/* TruthValue's numbers. */
enum {
	VALUE_TRUE = 1,
	VALUE_FALSE = 2
};

enum {
	VALUE_TEXT_MAX = 255, /* of an SnmpAdminString */
	VALUE_DATE_LENGTH = 11,
	VALUE_TICK_US = 10000 /* of TimeTicks */
};

/* It may point into itself or into what it was made from: never copy it. */
struct value {
	const void *data;
	size_t length;
	union {
		long number;
		struct counter64 counter;
		unsigned char octets[VALUE_TEXT_MAX];
		char text[INET6_ADDRSTRLEN];
	} own;
};

bool value_number(struct value *value, uint32_t number);
bool value_counter64(struct value *value, uint64_t number);
bool value_truth(struct value *value, bool truth);

/* BITS: those of NUMBER from bit 1 << 0 on, COUNT of them. */
bool value_bits(struct value *value, unsigned number, unsigned count);

/* Longer texts are cut to MAX octets at a character's end. */
bool value_text(struct value *value, struct text text, size_t max);

/* DateAndTime with the offset from UTC, of the local time zone; false if TIME_US is 0. */
bool value_date(struct value *value, int64_t time_us);
/* The seconds from SINCE_US to NOW_US, 0 if that is later; false if SINCE_US is 0. */
bool value_seconds(struct value *value, int64_t now_us, int64_t since_us);
/*
 * TimeStamp: what sysUpTime was at TIME_US, having been 0 at ZERO_US; 0 if that came later,
 * as RFC 2579 has it. False if TIME_US is 0.
 */
bool value_stamp(struct value *value, int64_t time_us, int64_t zero_us);

/* InetAddressType and InetAddress: unknown(0) and "" if there is none. */
bool value_address_type(struct value *value, const struct address *address);
bool value_address(struct value *value, const struct address *address);
/* As people write it; "" if there is none. */
bool value_address_text(struct value *value, const struct address *address);

/* An OID of N arcs. */
bool value_oid(struct value *value, const oid *arcs, size_t n);

#endif
