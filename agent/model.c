/* SPDX-License-Identifier: ISC */
/* The few things the data model itself can answer. */
#include "config.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/model.h"

static const char *const service_names[SERVICE_END] = {
	[SERVICE_ALL] = "all",
	[SERVICE_IMAP] = "imap",
	[SERVICE_POP3] = "pop3",
	[SERVICE_HTTP] = "http",
	[SERVICE_SUBMISSION] = "submission",
	[SERVICE_MANAGESIEVE] = "managesieve",
	[SERVICE_LMTP] = "lmtp",
	[SERVICE_OTHER] = "other",
	[SERVICE_PROXY] = "proxy",
};

const char *
service_name(enum service service)
{
	return service < SERVICE_END ? service_names[service] : NULL;
}

enum service
service_from_name(struct text name)
{
	if (text_equal(name, text_from("pop")))
		return SERVICE_POP3;
	for (enum service s = SERVICE_ALL; s < SERVICE_END; s++)
		if (text_equal(name, text_from(service_names[s])))
			return s;
	return SERVICE_NONE;
}

int64_t
access_last_us(const struct access *access)
{
	return access->logout_us > access->login_us ? access->logout_us :
						      access->login_us;
}

const struct access *
user_access(const struct user *user, enum service service)
{
	for (size_t i = 0; i < user->naccess; i++)
		if (user->access[i].service == service)
			return &user->access[i];
	return NULL;
}

int64_t
user_last_us(const struct user *user, enum service service)
{
	int64_t last = 0;

	for (size_t i = 0; i < user->naccess; i++) {
		const struct access *access = &user->access[i];

		if (service != SERVICE_ALL && service != access->service)
			continue;
		if (access_last_us(access) > last)
			last = access_last_us(access);
	}
	return last;
}

bool
address_parse(struct address *address, struct text text)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char s[INET6_ADDRSTRLEN];

	memset(address, 0, sizeof *address);
	if (text.length == 0 || text.length >= sizeof s ||
	    memchr(text.data, '\0', text.length) != NULL)
		return false;
	memcpy(s, text.data, text.length);
	s[text.length] = '\0';
	if (inet_pton(AF_INET, s, address->bytes) == 1) {
		address->length = 4;
		return true;
	}
	if (inet_pton(AF_INET6, s, address->bytes) != 1) {
		memset(address, 0, sizeof *address);
		return false;
	}
	address->length = 16;
	if (memcmp(address->bytes, mapped, sizeof mapped) == 0) {
		memcpy(address->bytes, address->bytes + 12, 4);
		memset(address->bytes + 4, 0, 12);
		address->length = 4;
	}
	return true;
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static const uint8_t masks[] = { 0, 0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe };

/* The octets behind the first BITS become zero. */
static void
cut_bits(struct address *address, unsigned bits)
{
	for (unsigned i = 0; i < address->length; i++, bits -= bits < 8 ? bits : 8)
		if (bits < 8)
			address->bytes[i] &= masks[bits];
}

/* A decimal number of one to three digits, and nothing else; else a large one. */
static unsigned
parse_bits(struct text text)
{
	unsigned bits = 0;

	if (text.length == 0 || text.length > 3)
		return UINT_MAX;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return UINT_MAX;
		bits = bits * 10 + (unsigned)(text.data[i] - '0');
	}
	return bits;
}

bool
network_parse(struct network *network, struct text text)
{
	const char *slash =
	    text.length > 0 ? memchr(text.data, '/', text.length) : NULL;
	size_t length = slash != NULL ? (size_t)(slash - text.data) : text.length;
	unsigned bits;

	memset(network, 0, sizeof *network);
	if (!address_parse(&network->address, (struct text){ text.data, length }))
		return false;
	bits = network->address.length * 8u;
	if (slash != NULL) {
		unsigned asked =
		    parse_bits((struct text){ slash + 1, text.length - length - 1 });

		if (asked > bits)
			return false;
		bits = asked;
	}
	network->bits = (uint8_t)bits;
	cut_bits(&network->address, bits);
	return true;
}

bool
network_has(const struct network *network, const struct address *address)
{
	unsigned octets = network->bits / 8;
	uint8_t mask = masks[network->bits % 8];

	return address->length == network->address.length &&
	    memcmp(address->bytes, network->address.bytes, octets) == 0 &&
	    (mask == 0 ||
		(address->bytes[octets] & mask) == network->address.bytes[octets]);
}

bool
session_is_web(const struct session *session)
{
	return session->service == SERVICE_HTTP && session->process.pid == 0;
}

int
session_compare_user(
    const struct session *session, enum service service, struct text user)
{
	if (session->service != service)
		return session->service < service ? -1 : 1;
	return text_compare(session->user, user);
}

int64_t
session_idle_since_us(const struct session *session)
{
	return session_is_web(session) ? session->seen_us : session->active_us;
}

bool
connection_id_is_known(const struct connection_id *id)
{
	static const struct connection_id none;

	return !connection_id_equal(id, &none);
}

bool
connection_id_equal(const struct connection_id *a, const struct connection_id *b)
{
	return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

const char *
endpoint_format(char buffer[ENDPOINT_TEXT_SIZE], const struct endpoint *e)
{
	char s[INET6_ADDRSTRLEN];
	char port[8] = "";

	buffer[0] = '\0';
	if (e->address.length == 0)
		return buffer;
	if (e->port != 0)
		snprintf(port, sizeof port, ":%u", (unsigned)e->port);
	inet_ntop(
	    e->address.length == 4 ? AF_INET : AF_INET6, e->address.bytes, s, sizeof s);
	if (e->address.length == 4)
		snprintf(buffer, ENDPOINT_TEXT_SIZE, "%s%s", s, port);
	else
		snprintf(buffer, ENDPOINT_TEXT_SIZE, "[%s]%s", s, port);
	return buffer;
}
