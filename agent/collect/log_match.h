/* SPDX-License-Identifier: ISC */
/* What tells the mail server's entries in systemd's journal from those of others: FIELD=VALUE. */
#ifndef IMSC_LOG_MATCH_H
#define IMSC_LOG_MATCH_H

#include "agent/conf.h"
#include "agent/error.h"

enum {
	LOG_MATCH_SIZE = 256
};

/* -1 if one is none, or if together they let everybody write. */
int log_match_check(const struct conf_strings *matches, struct error *err);

/*
 * MATCH as journald knows it: "_UID=NAME" is that user's number, since those of system users differ
 * from host to host. False if there is no such user.
 */
bool log_match_expand(const char *match, char expanded[LOG_MATCH_SIZE]);

#endif
