/* SPDX-License-Identifier: ISC */
/*
 * The answer of Dovecot's anvil to CONNECT-DUMP: lines of tab-escaped fields, and an empty one
 * at the end. Protocol 1 (Dovecot 2.0 to 2.3): service/address/user TAB pid TAB count.
 * Protocol 2 (2.4): a line of names first, then pid, user, service, address, connection,
 * where it is passed on to, and other names of the user.
 */
#ifndef IMSC_ANVIL_PARSE_H
#define IMSC_ANVIL_PARSE_H

#include "agent/collect/listing.h"
#include "agent/error.h"

/* No line can be longer: names of USER_NAME_MAX octets, each escaped, and the rest. */
enum {
	ANVIL_LINE_MAX = 4 * USER_NAME_MAX + 512
};

/* The protocol's major version, as the server speaks it. */
enum anvil_protocol {
	ANVIL_UNKNOWN = 0,
	ANVIL_1 = 1,
	ANVIL_2 = 2
};

enum anvil_progress {
	ANVIL_FAILED = -1,
	ANVIL_MORE = 0,
	ANVIL_DONE = 1
};

/* An answer on its way in. Zeroed but for the first three, it is at its beginning. */
struct anvil_answer {
	enum anvil_protocol protocol;
	struct listing *listing;
	size_t max_sessions; /* LISTING gets no more */
	bool begun;          /* a line of it was read */
};

/*
 * What a server says when a client comes: ANVIL_2, or ANVIL_UNKNOWN and ERROR_NEWER for any
 * other greeting. A server of protocol 1 says nothing.
 */
enum anvil_protocol anvil_parse_greeting(struct text line, struct error *err);

/*
 * Reads the whole lines at DATA, and says in CONSUMED how far it came. Rows of services that
 * we do not know are left out; so are, and counted, those whose user's name is empty or too
 * long.
 */
enum anvil_progress anvil_parse(struct anvil_answer *answer, const char *data,
    size_t length, size_t *consumed, struct error *err);

#endif
