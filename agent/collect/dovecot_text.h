/* SPDX-License-Identifier: ISC */
/* How Dovecot writes things on its sockets: escapes, and the session ids that it makes. */
#ifndef IMSC_DOVECOT_TEXT_H
#define IMSC_DOVECOT_TEXT_H

#include "agent/model.h"

/*
 * Base64 of the time (48 bits of microseconds), the remote port (16 bits), both
 * little-endian, and the remote address. Gives the port if ID is one that was made for
 * ADDRESS (a proxy or webmail may bring ids of its own), else 0. Seen with 2.3.19 and 2.4.1.
 */
uint16_t dovecot_id_port(struct text id, const struct address *address);

/*
 * Undoes Dovecot's tab escaping (octet 1 before 0, 1, t, r, n) in place. Returns the new
 * length, or SIZE_MAX if an escape is broken.
 */
size_t dovecot_unescape(char *data, size_t length);

bool dovecot_is_escaped(struct text text);

/* TEXT with that escaping, which the caller owns. */
char *dovecot_escape(struct text text);

#endif
