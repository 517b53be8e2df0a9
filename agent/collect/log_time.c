/* SPDX-License-Identifier: ISC */
/* When a line of a log was written. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "agent/collect/log_time.h"

enum {
	STANDARD = 0,
	SUMMER = 1
};

/*
 * Matches a pattern at the beginning of LINE: a digit for each letter, which goes into the
 * field that it stands for; everything else stands for itself. A 'D' may be a blank.
 */
static bool
match(struct text *line, const char *pattern, struct tm *time)
{
	int fields['z' + 1] = { 0 };
	size_t length = strlen(pattern);

	if (line->length < length)
		return false;
	for (size_t i = 0; i < length; i++) {
		char p = pattern[i];
		char c = line->data[i];

		if (p == 'D' && c == ' ')
			continue;
		if (strchr("YmDdHMS", p) == NULL || p == '\0') {
			if (c != p)
				return false;
			continue;
		}
		if (c < '0' || c > '9')
			return false;
		p = p == 'D' ? 'd' : p;
		fields[(unsigned char)p] = fields[(unsigned char)p] * 10 + (c - '0');
	}
	if (fields['Y'] != 0)
		time->tm_year = fields['Y'] - 1900;
	if (fields['m'] != 0)
		time->tm_mon = fields['m'] - 1;
	time->tm_mday = fields['d'];
	time->tm_hour = fields['H'];
	time->tm_min = fields['M'];
	time->tm_sec = fields['S'];
	line->data += length;
	line->length -= length;
	return time->tm_mday >= 1 && time->tm_mday <= 31 && time->tm_hour < 24 &&
	    time->tm_min < 60 && time->tm_sec <= 60 && time->tm_mon < 12;
}

/* The last of the times that LOCAL may mean which has been; -1 if none has. */
static time_t
resolve_zone(const struct tm *local, time_t now)
{
	time_t found = -1;

	for (int summer = STANDARD; summer <= SUMMER; summer++) {
		struct tm tm = *local;
		time_t time;

		tm.tm_isdst = summer;
		time = mktime(&tm);
		if (tm.tm_isdst == summer && tm.tm_mday == local->tm_mday &&
		    time <= now + LOG_AHEAD_US / CLOCK_SECOND_US && time > found)
			found = time;
	}
	return found;
}

static time_t
resolve_year(struct tm *local, time_t now)
{
	struct tm today;
	time_t time;

	localtime_r(&now, &today);
	local->tm_year = today.tm_year + 1; /* of a line that is ahead of us */
	do {
		time = resolve_zone(local, now);
	} while (time == -1 && --local->tm_year >= today.tm_year - 1);
	return time;
}

/* ".678901" */
static int64_t
take_fraction(struct text *line)
{
	int64_t unit = CLOCK_SECOND_US;
	int64_t fraction = 0;
	size_t i;

	if (line->length == 0 || line->data[0] != '.')
		return -1;
	for (i = 1; i < line->length && line->data[i] >= '0' && line->data[i] <= '9';
	     i++) {
		unit /= 10;
		fraction += unit * (line->data[i] - '0');
	}
	line->data += i;
	line->length -= i;
	return fraction;
}

/* "Z" or "+01:00": the seconds that it is ahead of UTC. */
static bool
take_zone(struct text *line, int *seconds)
{
	struct tm ahead = { .tm_mday = 1 };
	bool west;

	if (line->length > 0 && line->data[0] == 'Z') {
		*seconds = 0;
		line->data++;
		line->length--;
		return true;
	}
	if (line->length == 0 || (line->data[0] != '+' && line->data[0] != '-'))
		return false;
	west = line->data[0] == '-';
	line->data++;
	line->length--;
	if (line->length < 5 || line->data[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (line->data[i] < '0' || line->data[i] > '9'))
			return false;
	ahead.tm_hour = (line->data[0] - '0') * 10 + (line->data[1] - '0');
	ahead.tm_min = (line->data[3] - '0') * 10 + (line->data[4] - '0');
	*seconds = (ahead.tm_hour * 60 + ahead.tm_min) * 60 * (west ? -1 : 1);
	line->data += 5;
	line->length -= 5;
	return true;
}

static bool
take_month(struct text *line, struct tm *time)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (line->length < 4 || line->data[3] != ' ')
		return false;
	for (int i = 0; i < 12; i++)
		if (memcmp(line->data, months + i * 3, 3) == 0) {
			time->tm_mon = i;
			line->data += 4;
			line->length -= 4;
			return true;
		}
	return false;
}

/* The time in whole seconds; FRACTION_US is -1 where there is none. -1 if it is none. */
static time_t
take_seconds(struct text *line, time_t now, int64_t *fraction_us)
{
	struct tm tm = { 0 };
	int zone;

	*fraction_us = -1;
	if (take_month(line, &tm))
		return match(line, "Dd HH:MM:SS", &tm) ? resolve_year(&tm, now) : -1;
	if (line->length > 10 && line->data[10] == ' ')
		return match(line, "YYYY-mm-dd HH:MM:SS", &tm) ?
		    resolve_zone(&tm, now) :
		    -1;
	if (!match(line, "YYYY-mm-ddTHH:MM:SS", &tm))
		return -1;
	*fraction_us = take_fraction(line);
	return take_zone(line, &zone) ? timegm(&tm) - zone : -1;
}

bool
log_take_time(struct text *line, int64_t now_us, int64_t *time_us)
{
	int64_t fraction_us;
	time_t seconds =
	    take_seconds(line, (time_t)(now_us / CLOCK_SECOND_US), &fraction_us);

	if (seconds <= 0 || line->length == 0 || line->data[0] != ' ')
		return false;
	line->data++;
	line->length--;
	*time_us = (int64_t)seconds * CLOCK_SECOND_US;
	if (fraction_us >= 0)
		*time_us += fraction_us;
	else if (now_us >= *time_us && now_us - *time_us < CLOCK_SECOND_US)
		*time_us = now_us;
	return *time_us <= now_us + LOG_AHEAD_US;
}
