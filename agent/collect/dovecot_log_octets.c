/* SPDX-License-Identifier: ISC */
/* "in=15 out=546" at the end of a line of Dovecot's log. */
#include "config.h"

#include <string.h>

#include "agent/collect/dovecot_log_octets.h"

enum {
	COUNT_DIGITS = 18 /* what fits in 63 bits */
};

/* The number of a WORD that begins with NAME, and may end in a comma. */
static bool
take_count(struct text word, const char *name, uint64_t *count)
{
	size_t i = strlen(name);
	size_t end =
	    word.length - (word.length > 0 && word.data[word.length - 1] == ',');
	uint64_t value = 0;

	if (end <= i || end - i > COUNT_DIGITS || memcmp(word.data, name, i) != 0)
		return false;
	for (; i < end; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(word.data[i] - '0');
	}
	*count = value;
	return true;
}

void
dovecot_log_take_octets(struct octets *octets, struct text words)
{
	bool in = false;
	bool out = false;

	*octets = (struct octets){ 0 };
	while (words.length > 0) {
		const char *blank = memchr(words.data, ' ', words.length);
		size_t length = blank ? (size_t)(blank - words.data) : words.length;
		struct text word = { words.data, length };

		in = take_count(word, "in=", &octets->in) || in;
		out = take_count(word, "out=", &octets->out) || out;
		length += blank != NULL;
		words.data += length;
		words.length -= length;
	}
	octets->known = in && out;
}
