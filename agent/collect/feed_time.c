/* SPDX-License-Identifier: ISC */
/* Times as RFC 3339 has them. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "agent/clock.h"
#include "agent/collect/feed_time.h"

/* Takes PATTERN, where an 'n' is a digit, off TEXT. */
static bool
take(struct text *text, const char *pattern)
{
	size_t length = strlen(pattern);

	if (text->length < length)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text->data[i];

		if (pattern[i] == 'n' ? c < '0' || c > '9' : c != pattern[i])
			return false;
	}
	text->data += length;
	text->length -= length;
	return true;
}

static int
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* ".678", of any length; what is finer than we count is dropped. */
static bool
take_fraction(struct text *text, int64_t *fraction_us)
{
	int64_t unit = CLOCK_SECOND_US;

	*fraction_us = 0;
	if (!take(text, "."))
		return true;
	if (!take(text, "n"))
		return false;
	do {
		unit /= 10;
		*fraction_us += unit * (text->data[-1] - '0');
	} while (take(text, "n"));
	return true;
}

/* "Z", or how far it is ahead of UTC or behind. */
static bool
take_zone(struct text *text, int *seconds)
{
	const char *zone = text->data;

	*seconds = 0;
	if (take(text, "Z") || take(text, "z"))
		return true;
	if (!take(text, "+nn:nn") && !take(text, "-nn:nn"))
		return false;
	*seconds = (two_digits(zone + 1) * 60 + two_digits(zone + 4)) * 60;
	if (zone[0] == '-')
		*seconds = -*seconds;
	return two_digits(zone + 1) < 24 && two_digits(zone + 4) < 60;
}

/* A leap second is the next one; a day that there is not is none. */
static bool
is_sound(const struct tm *said)
{
	struct tm tm = *said;

	return said->tm_hour < 24 && said->tm_min < 60 && said->tm_sec <= 60 &&
	    timegm(&tm) >= 0 &&
	    (said->tm_sec == 60 ||
		(tm.tm_mon == said->tm_mon && tm.tm_mday == said->tm_mday));
}

bool
feed_time_parse(struct text text, int64_t *time_us)
{
	const char *s = text.data;
	int64_t fraction_us;
	struct tm tm;
	int zone;

	if (!take(&text, "nnnn-nn-nnTnn:nn:nn") ||
	    !take_fraction(&text, &fraction_us) || !take_zone(&text, &zone) ||
	    text.length > 0)
		return false;
	tm = (struct tm){
		.tm_year = two_digits(s) * 100 + two_digits(s + 2) - 1900,
		.tm_mon = two_digits(s + 5) - 1,
		.tm_mday = two_digits(s + 8),
		.tm_hour = two_digits(s + 11),
		.tm_min = two_digits(s + 14),
		.tm_sec = two_digits(s + 17),
	};
	if (!is_sound(&tm))
		return false;
	*time_us = ((int64_t)timegm(&tm) - zone) * CLOCK_SECOND_US + fraction_us;
	return *time_us > 0;
}
