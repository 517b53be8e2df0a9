/* SPDX-License-Identifier: ISC */
/* The stamps of a board's parts, and hashes. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/board_file.h"

/* FNV-1a, a word at a time as long as there are whole ones. */
static uint64_t
hash(const void *data, size_t length)
{
	const uint64_t prime = UINT64_C(0x100000001b3);
	const unsigned char *at = data;
	uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ length;
	uint64_t word;

	for (; length >= sizeof word; at += sizeof word, length -= sizeof word) {
		memcpy(&word, at, sizeof word);
		sum = (sum ^ word) * prime;
		sum ^= sum >> 32;
	}
	for (; length > 0; at++, length--)
		sum = (sum ^ *at) * prime;
	return sum ^ sum >> 32;
}

uint64_t
board_hash(struct text text)
{
	return hash(text.data, text.length);
}

void
board_stamp_make(
    struct board_stamp *stamp, uint32_t count, const void *data, size_t length)
{
	memset(stamp, 0, sizeof *stamp);
	snprintf(stamp->version, sizeof stamp->version, "imsconn " PACKAGE_VERSION);
	stamp->size = sizeof(struct board_file);
	stamp->count = count;
	stamp->checksum = hash(data, length);
}

bool
board_stamp_is_known(const struct board_stamp *stamp)
{
	return strncmp(stamp->version, "imsconn " PACKAGE_VERSION,
		   sizeof stamp->version) == 0 &&
	    stamp->size == sizeof(struct board_file);
}

bool
board_stamp_fits(const struct board_stamp *stamp, const void *data, size_t length)
{
	return stamp->checksum == hash(data, length);
}
