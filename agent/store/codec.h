/* SPDX-License-Identifier: ISC */
/*
 * Values of the store octet by octet: what is in a record. In a header, since a walk over a
 * table is hardly anything else.
 */
#ifndef IMSC_STORE_CODEC_H
#define IMSC_STORE_CODEC_H

#include <endian.h>
#include <string.h>

#include "agent/store/record.h"

struct writer {
	uint8_t *at;
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool ok;
};

static inline void
put_octets(struct writer *w, const void *data, size_t length)
{
	if (length > 0)
		memcpy(w->at, data, length);
	w->at += length;
}

static inline void
put_8(struct writer *w, uint8_t value)
{
	*w->at++ = value;
}

static inline void
put_16(struct writer *w, uint16_t value)
{
	value = htobe16(value);
	put_octets(w, &value, sizeof value);
}

static inline void
put_32(struct writer *w, uint32_t value)
{
	value = htobe32(value);
	put_octets(w, &value, sizeof value);
}

static inline void
put_64(struct writer *w, uint64_t value)
{
	value = htobe64(value);
	put_octets(w, &value, sizeof value);
}

static inline void
put_text(struct writer *w, struct text text)
{
	size_t length = text.length < RECORD_TEXT_MAX ? text.length : RECORD_TEXT_MAX;

	put_16(w, (uint16_t)length);
	put_octets(w, text.data, length);
}

static inline void
put_address(struct writer *w, const struct address *address)
{
	put_8(w, address->length);
	put_octets(w, address->bytes, address->length);
}

static inline void
put_endpoint(struct writer *w, const struct endpoint *endpoint)
{
	put_address(w, &endpoint->address);
	put_16(w, endpoint->port);
}

/* LENGTH octets; if there are not so many left, zeros for a number or an address. */
static inline const uint8_t *
get_octets(struct reader *r, size_t length)
{
	static const uint8_t zeros[16];
	const uint8_t *data = r->at;

	if (length > r->left) {
		r->left = 0;
		r->ok = false;
		return zeros;
	}
	r->at += length;
	r->left -= length;
	return data;
}

static inline uint8_t
get_8(struct reader *r)
{
	return *get_octets(r, 1);
}

static inline uint16_t
get_16(struct reader *r)
{
	uint16_t value;

	memcpy(&value, get_octets(r, sizeof value), sizeof value);
	return be16toh(value);
}

static inline uint32_t
get_32(struct reader *r)
{
	uint32_t value;

	memcpy(&value, get_octets(r, sizeof value), sizeof value);
	return be32toh(value);
}

static inline uint64_t
get_64(struct reader *r)
{
	uint64_t value;

	memcpy(&value, get_octets(r, sizeof value), sizeof value);
	return be64toh(value);
}

static inline struct text
get_text(struct reader *r)
{
	size_t length = get_16(r);
	const uint8_t *data = get_octets(r, length);

	return (struct text){ (const char *)data, r->ok ? length : 0 };
}

static inline void
get_address(struct reader *r, struct address *address)
{
	size_t length = get_8(r);
	const uint8_t *data = get_octets(r, length);

	*address = (struct address){ 0 };
	if (length == 4)
		memcpy(address->bytes, data, 4);
	else if (length == 16)
		memcpy(address->bytes, data, 16);
	else if (length != 0)
		r->ok = false;
	if (r->ok)
		address->length = (uint8_t)length;
}

static inline void
get_endpoint(struct reader *r, struct endpoint *endpoint)
{
	get_address(r, &endpoint->address);
	endpoint->port = get_16(r);
}

static inline void
put_octet_counts(struct writer *w, const struct octets *octets)
{
	put_8(w, octets->known);
	put_64(w, octets->in);
	put_64(w, octets->out);
}

static inline void
get_octet_counts(struct reader *r, struct octets *octets)
{
	octets->known = get_8(r);
	octets->in = get_64(r);
	octets->out = get_64(r);
}

#endif
