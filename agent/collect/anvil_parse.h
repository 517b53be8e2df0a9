/* SPDX-License-Identifier: ISC */
/*
 * The answer of Dovecot's anvil to CONNECT-DUMP, protocol 1 (Dovecot 2.0 to 2.3): lines of
 * service/address/user TAB pid TAB count, tab-escaped, and an empty one at the end.
 */
#ifndef IMSC_ANVIL_PARSE_H
#define IMSC_ANVIL_PARSE_H

#include "agent/collect/listing.h"
#include "agent/error.h"

/* No line can be longer: a name of USER_NAME_MAX octets, each escaped, and the rest. */
enum {
	ANVIL_LINE_MAX = 2 * USER_NAME_MAX + 256
};

enum anvil_progress {
	ANVIL_FAILED = -1,
	ANVIL_MORE = 0,
	ANVIL_DONE = 1
};

/*
 * Reads the whole lines at DATA into LISTING, which gets no more than MAX_SESSIONS, and
 * says in CONSUMED how far it came. Rows of services that we do not know are left out; so are, and
 * counted, those whose user's name is empty or too long.
 */
enum anvil_progress anvil_parse(const char *data, size_t length, size_t *consumed,
    struct listing *listing, size_t max_sessions, struct error *err);

#endif
