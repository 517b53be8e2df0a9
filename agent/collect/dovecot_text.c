/* SPDX-License-Identifier: ISC */
/* Dovecot's escapes and session ids. */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include "agent/alloc.h"
#include "agent/collect/dovecot_text.h"

enum {
	HEAD = 6 + 2,
	ID_MAX = 32,
	DECODED_MAX = ID_MAX / 4 * 3
};

uint16_t
dovecot_id_port(struct text id, const struct address *address)
{
	unsigned char padded[ID_MAX];
	unsigned char decoded[DECODED_MAX];
	struct address inside = { 0 };
	size_t length = id.length;
	size_t octets;

	while (length > 0 && id.data[length - 1] == '=')
		length--;
	octets = length * 3 / 4;
	if (address->length == 0 || length > ID_MAX ||
	    (octets != HEAD + 4 && octets != HEAD + 16))
		return 0;
	memset(padded, '=', sizeof padded);
	memcpy(padded, id.data, length);
	if (EVP_DecodeBlock(decoded, padded, (int)((length + 3) / 4 * 4)) < 0)
		return 0;
	inside.length = (uint8_t)(octets - HEAD);
	memcpy(inside.bytes, decoded + HEAD, inside.length);
	if (!address_equal(&inside, address))
		return 0;
	return (uint16_t)(decoded[6] | decoded[7] << 8);
}

static const char codes[] = "01trn";
static const char meanings[] = { '\0', '\001', '\t', '\r', '\n' };

size_t
dovecot_unescape(char *data, size_t length)
{
	char *escape = memchr(data, '\001', length);
	size_t out;

	if (escape == NULL)
		return length;
	out = (size_t)(escape - data);
	for (size_t in = out; in < length; in++) {
		const char *code = NULL;

		if (data[in] != '\001') {
			data[out++] = data[in];
			continue;
		}
		if (++in < length)
			code = memchr(codes, data[in], sizeof codes - 1);
		if (code == NULL)
			return SIZE_MAX;
		data[out++] = meanings[code - codes];
	}
	return out;
}

bool
dovecot_is_escaped(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (memchr(meanings, text.data[i], sizeof meanings) != NULL)
			return true;
	return false;
}

char *
dovecot_escape(struct text text)
{
	char *escaped = xcalloc(1, text.length * 2 + 1);
	size_t out = 0;

	for (size_t i = 0; i < text.length; i++) {
		const char *meaning = memchr(meanings, text.data[i], sizeof meanings);

		if (meaning != NULL)
			escaped[out++] = '\001';
		escaped[out++] =
		    meaning != NULL ? codes[meaning - meanings] : text.data[i];
	}
	return escaped;
}
