/* SPDX-License-Identifier: ISC */
/*
 * localtime_r(3) is asked twice for a block of time, not once for each time: where both
 * ends of a block have the same offset, so has everything between. Blocks are short enough
 * for that: no zone of the tz database changes twice within one.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "cli/local_time.h"

enum {
	BLOCK_SECONDS = 65536,
	SLOTS = 8192, /* blocks of 17 years */
	DAYS = 4096,
	DATE_LENGTH = 12, /* "17/Jun/2003:" */
	TIME_LENGTH = 8,  /* "11:24:03" */
	DAY_SECONDS = 86400,
	CYCLE_YEARS = 400, /* after which the calendar repeats itself */
	CYCLE_DAYS = 146097,
	EPOCH_DAYS = 719468 /* from 0000-03-01 to 1970-01-01 */
};

/* The offset in one block, as far as it has one. */
struct slot {
	bool used;
	int64_t block;
	int64_t offset;
};

/* How a day is written; a row has mostly the same days as others. */
struct day {
	bool used;
	int64_t number; /* since the epoch, on the wall */
	char date[DATE_LENGTH];
};

struct local_time {
	struct slot slots[SLOTS];
	struct day days[DAYS];
};

/* A moment on a wall clock. */
struct wall {
	int64_t year;
	int month; /* 0 is January */
	int day;
	int hour;
	int minute;
	int second;
};

struct local_time *
local_time_new(void)
{
	tzset();
	return xcalloc(1, sizeof(struct local_time));
}

void
local_time_free(struct local_time *zone)
{
	free(zone);
}

static int64_t
divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static struct wall
ask_wall(int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	return (struct wall){ (int64_t)tm.tm_year + 1900, tm.tm_mon, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec };
}

/* Years begin in March here, so that the leap day is a year's last. */
static int64_t
wall_seconds(const struct wall *wall)
{
	int64_t year = wall->year - (wall->month < 2);
	int64_t cycle = divide_down(year, CYCLE_YEARS);
	int64_t in_cycle = year - cycle * CYCLE_YEARS;
	int month = (wall->month + 10) % 12;
	int64_t days = cycle * CYCLE_DAYS + in_cycle * 365 + in_cycle / 4 -
	    in_cycle / 100 + (153 * month + 2) / 5 + wall->day - 1 - EPOCH_DAYS;

	return days * DAY_SECONDS + wall->hour * 3600 + wall->minute * 60 +
	    wall->second;
}

/* The reverse of wall_seconds(). */
static struct wall
wall_from_seconds(int64_t seconds)
{
	int64_t days = divide_down(seconds, DAY_SECONDS);
	int in_day = (int)(seconds - days * DAY_SECONDS);
	int64_t cycle = divide_down(days + EPOCH_DAYS, CYCLE_DAYS);
	int in_cycle = (int)(days + EPOCH_DAYS - cycle * CYCLE_DAYS);
	int year =
	    (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
	int in_year = in_cycle - (365 * year + year / 4 - year / 100);
	int month = (5 * in_year + 2) / 153;

	return (struct wall){ cycle * CYCLE_YEARS + year + (month >= 10),
		(month + 2) % 12, in_year - (153 * month + 2) / 5 + 1, in_day / 3600,
		in_day / 60 % 60, in_day % 60 };
}

/* False where the block at SECONDS has a change in it. */
static bool
find_offset(struct local_time *zone, int64_t seconds, int64_t *offset)
{
	int64_t block = divide_down(seconds, BLOCK_SECONDS);
	struct slot *slot = &zone->slots[(uint64_t)block % SLOTS];

	if (!slot->used || slot->block != block) {
		int64_t first = block * BLOCK_SECONDS;
		int64_t last = first + BLOCK_SECONDS - 1;
		struct wall start = ask_wall(first);
		struct wall end = ask_wall(last);

		if (wall_seconds(&start) - first != wall_seconds(&end) - last)
			return false;
		*slot = (struct slot){ true, block, wall_seconds(&start) - first };
	}
	*offset = slot->offset;
	return true;
}

static void
put_digits(char *s, int value)
{
	s[0] = (char)('0' + value / 10);
	s[1] = (char)('0' + value % 10);
}

/* "11:24:03" and its end. */
static void
put_time(char *s, int hour, int minute, int second)
{
	put_digits(s, hour);
	s[2] = ':';
	put_digits(s + 3, minute);
	s[5] = ':';
	put_digits(s + 6, second);
	s[TIME_LENGTH] = '\0';
}

static size_t
print(char buffer[LOCAL_TIME_SIZE], const struct wall *wall)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *month = months + 3 * wall->month;
	size_t end;

	if (wall->year < 0 || wall->year > 9999) {
		end = (size_t)snprintf(buffer, LOCAL_TIME_SIZE - 9,
		    "%02d/%.3s/%lld:", wall->day, month, (long long)wall->year);
	} else {
		put_digits(buffer, wall->day);
		buffer[2] = '/';
		buffer[3] = month[0];
		buffer[4] = month[1];
		buffer[5] = month[2];
		buffer[6] = '/';
		put_digits(buffer + 7, (int)wall->year / 100);
		put_digits(buffer + 9, (int)wall->year % 100);
		buffer[11] = ':';
		end = 12;
	}
	put_time(buffer + end, wall->hour, wall->minute, wall->second);
	return end + TIME_LENGTH;
}

/* The date is copied, if another time had it. */
static size_t
print_seconds(struct local_time *zone, char buffer[LOCAL_TIME_SIZE], int64_t seconds)
{
	int64_t number = divide_down(seconds, DAY_SECONDS);
	struct day *day = &zone->days[(uint64_t)number % DAYS];
	struct wall wall;
	size_t length;
	int in_day;

	if (day->used && day->number == number) {
		memcpy(buffer, day->date, DATE_LENGTH);
		in_day = (int)(seconds - number * DAY_SECONDS);
		put_time(
		    buffer + DATE_LENGTH, in_day / 3600, in_day / 60 % 60, in_day % 60);
		return DATE_LENGTH + TIME_LENGTH;
	}
	wall = wall_from_seconds(seconds);
	length = print(buffer, &wall);
	if (length == DATE_LENGTH + TIME_LENGTH) {
		*day = (struct day){ .used = true, .number = number };
		memcpy(day->date, buffer, DATE_LENGTH);
	}
	return length;
}

size_t
local_time_format(
    struct local_time *zone, char buffer[LOCAL_TIME_SIZE], int64_t time_us)
{
	int64_t seconds = divide_down(time_us, CLOCK_SECOND_US);
	int64_t offset;
	struct wall wall;

	if (find_offset(zone, seconds, &offset))
		return print_seconds(zone, buffer, seconds + offset);
	wall = ask_wall(seconds);
	return print(buffer, &wall);
}
