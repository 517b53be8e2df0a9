/* SPDX-License-Identifier: ISC */
/* What a session transferred, as Dovecot's log has it. Pure. */
#ifndef IMSC_DOVECOT_LOG_OCTETS_H
#define IMSC_DOVECOT_LOG_OCTETS_H

#include "agent/model.h"

/*
 * From WORDS such as "Logged out in=15 out=546": imap_logout_format's by default, and
 * pop3_logout_format's where it was told to. Of each, the last one counts: what is before may be
 * words of the client's. Both must be there.
 */
void dovecot_log_take_octets(struct octets *octets, struct text words);

#endif
