/* SPDX-License-Identifier: ISC */
/* The answer of Dovecot's anvil, line by line. */
#include "config.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/collect/anvil_parse.h"
#include "agent/collect/dovecot_text.h"

/* A row, and whether it is of a service that is wanted. */
struct parsed {
	struct listed row;
	bool wanted;
};

/* A decimal number that is all of TEXT and fits. */
static bool
parse_number(struct text text, uint32_t *number)
{
	uint64_t value = 0;

	if (text.length == 0 || text.length > 10)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	*number = (uint32_t)value;
	return value <= UINT32_MAX;
}

static bool
parse_pid(struct text text, uint32_t *pid)
{
	return parse_number(text, pid) && *pid > 0 && *pid <= INT32_MAX;
}

/* A tab-escaped field, unescaped in COPY, which has room for a line. */
static bool
unescape(struct text *field, char *copy)
{
	memcpy(copy, field->data, field->length);
	*field = (struct text){ copy, dovecot_unescape(copy, field->length) };
	return field->length != SIZE_MAX;
}

/*
 * "imap/192.0.2.1/user", or without the address. The user's part may have slashes. A name
 * is not taken apart: what stands between the first two slashes is an address or part of it.
 */
static bool
parse_ident(struct text ident, struct parsed *parsed)
{
	struct listed *row = &parsed->row;
	struct text service;
	struct text address;
	struct text rest = ident;

	if (!text_cut(&rest, '/', &service) || service.length == 0)
		return false;
	row->service = service_from_name(service);
	parsed->wanted = row->service == SERVICE_IMAP || row->service == SERVICE_POP3;
	row->user = rest;
	if (text_cut(&rest, '/', &address) &&
	    (address.length == 0 || address_parse(&row->remote, address)))
		row->user = rest;
	return true;
}

static bool
parse_row_1(struct text rest, struct parsed *parsed, char *copy)
{
	struct text ident;
	struct text pid;

	return text_cut(&rest, '\t', &ident) && text_cut(&rest, '\t', &pid) &&
	    parse_pid(pid, &parsed->row.pid) &&
	    parse_number(rest, &parsed->row.count) && parsed->row.count > 0 &&
	    unescape(&ident, copy) && parse_ident(ident, parsed);
}

static int
digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Dovecot's names of connections begin with a time: nanoseconds and seconds, little-endian. */
static int64_t
began_us(const struct connection_id *id)
{
	uint32_t words[2];

	memcpy(words, id->octets, sizeof words);
	return (int64_t)le32toh(words[1]) * CLOCK_SECOND_US + le32toh(words[0]) / 1000;
}

/* 32 hexadecimal digits. */
static bool
parse_connection(struct text text, struct connection_id *id)
{
	if (text.length != 2 * sizeof id->octets)
		return false;
	for (size_t i = 0; i < sizeof id->octets; i++) {
		int high = digit_of(text.data[2 * i]);
		int low = digit_of(text.data[2 * i + 1]);

		if (high == -1 || low == -1)
			return false;
		id->octets[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* An idle session that imap-hibernate keeps is one of IMAP; who has a destination is passed on. */
static bool
parse_row_2(struct text rest, struct parsed *parsed, char *copy)
{
	struct listed *row = &parsed->row;
	struct text pid;
	struct text service;
	struct text address;
	struct text connection;
	struct text destination;

	if (!text_cut(&rest, '\t', &pid) || !text_cut(&rest, '\t', &row->user) ||
	    !text_cut(&rest, '\t', &service) || !text_cut(&rest, '\t', &address) ||
	    !text_cut(&rest, '\t', &connection) || !parse_pid(pid, &row->pid) ||
	    service.length == 0 ||
	    (address.length > 0 && !address_parse(&row->remote, address)) ||
	    !parse_connection(connection, &row->connection) ||
	    !unescape(&row->user, copy))
		return false;
	row->count = 1;
	row->began_us = began_us(&row->connection);
	if (!text_cut(&rest, '\t', &destination)) /* no other names follow */
		destination = rest;
	if (text_equal(service, text_from("imap-hibernate")))
		service = text_from("imap");
	row->service =
	    destination.length > 0 ? SERVICE_PROXY : service_from_name(service);
	parsed->wanted = row->service == SERVICE_IMAP || row->service == SERVICE_POP3 ||
	    row->service == SERVICE_PROXY;
	return destination.length == 0 ||
	    address_parse(&row->local.address, destination);
}

static int
fail_nonsense(struct text line, struct error *err)
{
	char shown[80];

	text_escape(shown, sizeof shown, line);
	return error_set(err, "anvil's answer makes no sense at \"%s\"", shown);
}

static int
parse_line(struct anvil_answer *answer, struct text line, struct error *err)
{
	struct listing *listing = answer->listing;
	struct parsed parsed = { 0 };
	char copy[ANVIL_LINE_MAX];
	bool ok = answer->protocol == ANVIL_2 ? parse_row_2(line, &parsed, copy) :
						parse_row_1(line, &parsed, copy);

	if (!ok)
		return fail_nonsense(line, err);
	if (!parsed.wanted)
		return 0;
	if (parsed.row.user.length == 0 || parsed.row.user.length > USER_NAME_MAX) {
		listing->refused++;
		return 0;
	}
	if (parsed.row.count > answer->max_sessions - listing->sessions)
		return error_set(err,
		    "anvil lists more than %zu sessions; raise "
		    "collector.max_sessions",
		    answer->max_sessions);
	listing_add(listing, &parsed.row);
	return 0;
}

enum anvil_protocol
anvil_parse_greeting(struct text line, struct error *err)
{
	static const char known[] = "VERSION\tanvil-server\t2\t";
	static const char any[] = "VERSION\t";
	char shown[80];

	if (line.length >= sizeof known - 1 &&
	    memcmp(line.data, known, sizeof known - 1) == 0)
		return ANVIL_2;
	text_escape(shown, sizeof shown, line);
	if (line.length >= sizeof any - 1 &&
	    memcmp(line.data, any, sizeof any - 1) == 0)
		error_set_kind(err, ERROR_NEWER,
		    "anvil greets with \"%s\", a version that is not known", shown);
	else
		fail_nonsense(line, err);
	return ANVIL_UNKNOWN;
}

/*
 * The first line of protocol 2 names what we do not ask for; it may be empty, too. And what
 * speaks it knows of the logins that are passed on.
 */
static enum anvil_progress
take_line(struct anvil_answer *answer, struct text line, struct error *err)
{
	bool is_header = answer->protocol == ANVIL_2 && !answer->begun;

	answer->begun = true;
	if (is_header) {
		answer->listing->services |= 1u << SERVICE_PROXY;
		return ANVIL_MORE;
	}
	if (line.length == 0)
		return ANVIL_DONE;
	return parse_line(answer, line, err) == -1 ? ANVIL_FAILED : ANVIL_MORE;
}

enum anvil_progress
anvil_parse(struct anvil_answer *answer, const char *data, size_t length,
    size_t *consumed, struct error *err)
{
	struct text rest = { data, length };
	struct text line;

	*consumed = 0;
	while (text_cut(&rest, '\n', &line)) {
		enum anvil_progress progress;

		if (line.length > ANVIL_LINE_MAX)
			goto too_long;
		*consumed = length - rest.length;
		progress = take_line(answer, line, err);
		if (progress != ANVIL_MORE)
			return progress;
	}
	if (rest.length > ANVIL_LINE_MAX)
		goto too_long;
	return ANVIL_MORE;
too_long:
	error_set(
	    err, "anvil answers with a line of more than %d octets", ANVIL_LINE_MAX);
	return ANVIL_FAILED;
}
