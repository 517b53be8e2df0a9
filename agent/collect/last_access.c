/* SPDX-License-Identifier: ISC */
/* The lines of a command that prints last accesses. */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
#include "agent/collect/last_access.h"

enum {
	DIGITS_MAX = 11,  /* far beyond any time that was */
	AHEAD_SECONDS = 1 /* clocks of the same host are not read at once */
};

/* -1 if TEXT is no number. */
static int64_t
parse_seconds(struct text text)
{
	int64_t seconds = 0;

	if (text.length == 0 || text.length > DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		seconds = 10 * seconds + (text.data[i] - '0');
	}
	return seconds;
}

bool
last_access_parse(
    struct text *user, int64_t *login_us, struct text line, int64_t now_us)
{
	const char *tab =
	    line.length > 0 ? memrchr(line.data, '\t', line.length) : NULL;
	int64_t seconds;

	if (tab == NULL)
		return false;
	*user = (struct text){ line.data, (size_t)(tab - line.data) };
	seconds =
	    parse_seconds((struct text){ tab + 1, line.length - user->length - 1 });
	*login_us = seconds * CLOCK_SECOND_US;
	return user->length > 0 && user->length <= USER_NAME_MAX &&
	    memchr(user->data, '\0', user->length) == NULL && seconds > 0 &&
	    *login_us <= now_us + AHEAD_SECONDS * CLOCK_SECOND_US;
}
