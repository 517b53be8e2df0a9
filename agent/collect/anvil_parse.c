/* SPDX-License-Identifier: ISC */
/* The answer of Dovecot's anvil, line by line. */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "agent/collect/anvil_parse.h"
#include "agent/collect/dovecot_text.h"

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

/* What stands before SEPARATOR, taken off REST; false if there is none. */
static bool
cut(struct text *rest, char separator, struct text *before)
{
	const char *at = memchr(rest->data, separator, rest->length);

	if (at == NULL)
		return false;
	*before = (struct text){ rest->data, (size_t)(at - rest->data) };
	rest->length -= before->length + 1;
	rest->data = at + 1;
	return true;
}

/*
 * "imap/192.0.2.1/user", or without the address. The user's part may have slashes. A name
 * is not taken apart: what stands between the first two slashes is an address or part of it.
 */
static bool
parse_ident(struct text ident, struct listed *row, bool *wanted)
{
	struct text service;
	struct text address;
	struct text rest = ident;

	if (!cut(&rest, '/', &service) || service.length == 0)
		return false;
	row->service = service_from_name(service);
	*wanted = row->service == SERVICE_IMAP || row->service == SERVICE_POP3;
	row->user = rest;
	if (cut(&rest, '/', &address) &&
	    (address.length == 0 || address_parse(&row->remote, address)))
		row->user = rest;
	return true;
}

static int
parse_line(
    struct text line, struct listing *listing, size_t max_sessions, struct error *err)
{
	char copy[ANVIL_LINE_MAX];
	struct listed row = { 0 };
	struct text rest = line;
	struct text ident;
	struct text pid;
	bool wanted = false;
	char shown[80];

	if (!cut(&rest, '\t', &ident) || !cut(&rest, '\t', &pid) ||
	    !parse_number(pid, &row.pid) || !parse_number(rest, &row.count) ||
	    row.pid == 0 || row.pid > INT32_MAX || row.count == 0)
		goto nonsense;
	memcpy(copy, ident.data, ident.length);
	ident = (struct text){ copy, dovecot_unescape(copy, ident.length) };
	if (ident.length == SIZE_MAX || !parse_ident(ident, &row, &wanted))
		goto nonsense;
	if (!wanted)
		return 0;
	if (row.user.length == 0 || row.user.length > USER_NAME_MAX) {
		listing->refused++;
		return 0;
	}
	if (row.count > max_sessions - listing->sessions)
		return error_set(err,
		    "anvil lists more than %zu sessions; raise "
		    "collector.max_sessions",
		    max_sessions);
	listing_add(listing, &row);
	return 0;
nonsense:
	text_escape(shown, sizeof shown, line);
	if (line.length >= 8 && memcmp(line.data, "VERSION\t", 8) == 0)
		return error_set_kind(err, ERROR_NEWER,
		    "anvil greets with \"%s\", a version that is not known", shown);
	return error_set(err, "anvil's answer makes no sense at \"%s\"", shown);
}

enum anvil_progress
anvil_parse(const char *data, size_t length, size_t *consumed, struct listing *listing,
    size_t max_sessions, struct error *err)
{
	struct text rest = { data, length };
	struct text line;

	*consumed = 0;
	while (cut(&rest, '\n', &line)) {
		if (line.length > ANVIL_LINE_MAX)
			goto too_long;
		*consumed = length - rest.length;
		if (line.length == 0)
			return ANVIL_DONE;
		if (parse_line(line, listing, max_sessions, err) == -1)
			return ANVIL_FAILED;
	}
	if (rest.length > ANVIL_LINE_MAX)
		goto too_long;
	return ANVIL_MORE;
too_long:
	error_set(
	    err, "anvil answers with a line of more than %d octets", ANVIL_LINE_MAX);
	return ANVIL_FAILED;
}
