/* SPDX-License-Identifier: ISC */
/* Values in SNMP's forms. */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/clock.h"
#include "agent/snmp/value.h"

static bool
show(struct value *value, const void *data, size_t length)
{
	value->data = data;
	value->length = length;
	return true;
}

bool
value_number(struct value *value, uint32_t number)
{
	value->own.number = (long)number;
	return show(value, &value->own.number, sizeof value->own.number);
}

bool
value_counter64(struct value *value, uint64_t number)
{
	value->own.counter.high = (u_long)(number >> 32);
	value->own.counter.low = (u_long)(number & UINT32_MAX);
	return show(value, &value->own.counter, sizeof value->own.counter);
}

bool
value_truth(struct value *value, bool truth)
{
	return value_number(value, truth ? VALUE_TRUE : VALUE_FALSE);
}

/* The first bit is the highest of the first octet. */
bool
value_bits(struct value *value, unsigned number, unsigned count)
{
	size_t length = (count + 7) / 8;

	memset(value->own.octets, 0, length);
	for (unsigned i = 0; i < count; i++)
		if (number & 1u << i)
			value->own.octets[i / 8] |= (unsigned char)(0x80 >> i % 8);
	return show(value, value->own.octets, length);
}

/* The end of the last whole character of the first MAX octets. */
static size_t
cut_text(struct text text, size_t max)
{
	for (size_t start = max; start + 4 > max && start > 0; start--) {
		size_t length =
		    text_utf8_length(text.data + start, text.length - start);

		if (length > 0)
			return start + length > max ? start : max;
	}
	return max;
}

bool
value_text(struct value *value, struct text text, size_t max)
{
	if (text.length > max)
		text.length = cut_text(text, max);
	return show(value, text.data ? text.data : "", text.length);
}

/*
 * RFC 2579 has an offset of up to 13 hours and whole minutes. A time zone beyond that is
 * shown in UTC, which is the same instant.
 */
static long
split_time(time_t seconds, struct tm *tm)
{
	localtime_r(&seconds, tm);
	if (tm->tm_gmtoff % 60 == 0 && labs(tm->tm_gmtoff) < 14 * 3600)
		return tm->tm_gmtoff;
	gmtime_r(&seconds, tm);
	return 0;
}

bool
value_date(struct value *value, int64_t time_us)
{
	unsigned char *octets = value->own.octets;
	struct tm tm;
	long offset;
	int year;

	if (time_us <= 0)
		return false;
	offset = split_time((time_t)(time_us / CLOCK_SECOND_US), &tm);
	year = tm.tm_year + 1900;
	octets[0] = (unsigned char)(year >> 8);
	octets[1] = (unsigned char)(year & 0xff);
	octets[2] = (unsigned char)(tm.tm_mon + 1);
	octets[3] = (unsigned char)tm.tm_mday;
	octets[4] = (unsigned char)tm.tm_hour;
	octets[5] = (unsigned char)tm.tm_min;
	octets[6] = (unsigned char)tm.tm_sec;
	octets[7] = (unsigned char)(time_us % CLOCK_SECOND_US / (CLOCK_SECOND_US / 10));
	octets[8] = offset < 0 ? '-' : '+';
	octets[9] = (unsigned char)(labs(offset) / 3600);
	octets[10] = (unsigned char)(labs(offset) / 60 % 60);
	return show(value, octets, VALUE_DATE_LENGTH);
}

bool
value_seconds(struct value *value, int64_t now_us, int64_t since_us)
{
	int64_t seconds = (now_us - since_us) / CLOCK_SECOND_US;

	if (since_us <= 0)
		return false;
	if (seconds < 0)
		seconds = 0;
	return value_number(
	    value, seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX);
}

bool
value_stamp(struct value *value, int64_t time_us, int64_t zero_us)
{
	if (time_us <= 0)
		return false;
	if (time_us < zero_us)
		return value_number(value, 0);
	return value_number(value, (uint32_t)((time_us - zero_us) / VALUE_TICK_US));
}

bool
value_address_type(struct value *value, const struct address *address)
{
	enum {
		UNKNOWN = 0,
		IPV4 = 1,
		IPV6 = 2
	};

	if (address->length == 0)
		return value_number(value, UNKNOWN);
	return value_number(value, address->length == 4 ? IPV4 : IPV6);
}

bool
value_address(struct value *value, const struct address *address)
{
	return show(value, address->bytes, address->length);
}

bool
value_address_text(struct value *value, const struct address *address)
{
	char *text = value->own.text;

	text[0] = '\0';
	if (address->length > 0)
		inet_ntop(address->length == 4 ? AF_INET : AF_INET6, address->bytes,
		    text, sizeof value->own.text);
	return show(value, text, strlen(text));
}

bool
value_oid(struct value *value, const oid *arcs, size_t n)
{
	return show(value, arcs, n * sizeof *arcs);
}
