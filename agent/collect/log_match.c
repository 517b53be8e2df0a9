/* SPDX-License-Identifier: ISC */
/* What tells the mail server's entries in systemd's journal from those of others. */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "agent/collect/log_match.h"

#define UID "_UID="

static bool
is_uid(const char *match)
{
	return strncmp(match, UID, strlen(UID)) == 0;
}

bool
log_match_expand(const char *match, char expanded[LOG_MATCH_SIZE])
{
	const char *name = match + strlen(UID);
	char room[4096];
	struct passwd user;
	struct passwd *found = NULL;

	snprintf(expanded, LOG_MATCH_SIZE, "%s", match);
	if (!is_uid(match) || name[strspn(name, "0123456789")] == '\0')
		return true;
	if (getpwnam_r(name, &user, room, sizeof room, &found) != 0 || found == NULL)
		return false;
	snprintf(expanded, LOG_MATCH_SIZE, UID "%u", (unsigned)user.pw_uid);
	return true;
}

/* Fields that begin with an underscore are journald's own; others anybody may write. */
int
log_match_check(const struct conf_strings *matches, struct error *err)
{
	bool trusted = false;

	for (size_t i = 0; i < matches->count; i++) {
		const char *match = matches->string[i];
		char expanded[LOG_MATCH_SIZE];
		size_t name = strspn(match, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

		if (name == 0 || match[name] != '=' || strncmp(match, "__", 2) == 0)
			return error_set(err,
			    "log_match cannot have \"%s\"; allowed: FIELD=VALUE",
			    match);
		if (!log_match_expand(match, expanded))
			return error_set(err,
			    "log_match has \"%s\", and this host has no such user",
			    match);
		trusted = trusted || is_uid(match);
	}
	if (trusted)
		return 0;
	return error_set(err,
	    "log_match lets everybody on this host write the log; "
	    "allowed: with _UID=...");
}
