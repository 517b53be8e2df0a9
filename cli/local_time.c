/* SPDX-License-Identifier: ISC */
/*
 * localtime_r(3) is asked twice for a block of time, not once for each time: where both
 * ends of a block have the same offset, so has everything between. Blocks are short enough
 * for that: no zone of the tz database changes twice within one. Nor has one two midnights.
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
	SLOTS = 8192,     /* blocks of 17 years */
	DATE_LENGTH = 12, /* "17/Jun/2003:" */
	TIME_LENGTH = 8,  /* "11:24:03" */
	DAY_SECONDS = 86400,
	CYCLE_YEARS = 400, /* after which the calendar repeats itself */
	CYCLE_DAYS = 146097
};

#define BLOCK_US ((int64_t)BLOCK_SECONDS * CLOCK_SECOND_US)

/* A block in which the wall clock goes on evenly. */
struct slot {
	bool used;
	int64_t block;
	unsigned start;             /* seconds from the midnight before it */
	char dates[2][DATE_LENGTH]; /* at its ends */
};

struct local_time {
	struct slot slots[SLOTS];
};

/* A moment on a wall clock. */
struct wall {
	int64_t year;
	unsigned month; /* 0 is January */
	unsigned day;
	unsigned hour;
	unsigned minute;
	unsigned second;
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
	return (struct wall){ (int64_t)tm.tm_year + 1900, (unsigned)tm.tm_mon,
		(unsigned)tm.tm_mday, (unsigned)tm.tm_hour, (unsigned)tm.tm_min,
		(unsigned)tm.tm_sec };
}

static unsigned
seconds_of_day(const struct wall *wall)
{
	return wall->hour * 3600 + wall->minute * 60 + wall->second;
}

/* As if a wall clock always went on evenly. Years begin in March, with the leap day last. */
static int64_t
wall_seconds(const struct wall *wall)
{
	int64_t year = wall->year - (wall->month < 2);
	int64_t cycle = divide_down(year, CYCLE_YEARS);
	int64_t in_cycle = year - cycle * CYCLE_YEARS;
	unsigned month = (wall->month + 10) % 12;
	int64_t days = cycle * CYCLE_DAYS + in_cycle * 365 + in_cycle / 4 -
	    in_cycle / 100 + (153 * month + 2) / 5 + wall->day;

	return days * DAY_SECONDS + seconds_of_day(wall);
}

/* A number of two digits. */
static void
put_digits(char *s, unsigned value)
{
	static const char digits[] =
	    "00010203040506070809101112131415161718192021222324"
	    "25262728293031323334353637383940414243444546474849"
	    "50515253545556575859606162636465666768697071727374"
	    "75767778798081828384858687888990919293949596979899";

	memcpy(s, digits + 2 * (size_t)value, 2);
}

/* "17/Jun/2003:". Returns the length. */
static size_t
print_date(char *s, size_t size, const struct wall *wall)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *month = months + 3 * (size_t)wall->month;
	int digits = wall->year < 0 ? 1 : 4;

	return (size_t)snprintf(s, size, "%02u/%.3s/%0*lld:", wall->day, month, digits,
	    (long long)wall->year);
}

/* "11:24:03" and its end. */
static void
print_time(char *s, unsigned hour, unsigned minute, unsigned second)
{
	put_digits(s, hour);
	s[2] = ':';
	put_digits(s + 3, minute);
	s[5] = ':';
	put_digits(s + 6, second);
	s[TIME_LENGTH] = '\0';
}

/* False if the date is not of the usual length. */
static bool
keep_date(char date[DATE_LENGTH], const struct wall *wall)
{
	char s[LOCAL_TIME_SIZE];

	if (print_date(s, sizeof s, wall) != DATE_LENGTH)
		return false;
	memcpy(date, s, DATE_LENGTH);
	return true;
}

/* False where the clock is put forward or back within the block. */
static bool
fill_slot(struct slot *slot, int64_t block)
{
	struct wall start = ask_wall(block * BLOCK_SECONDS);
	struct wall end = ask_wall((block + 1) * BLOCK_SECONDS);

	slot->used = wall_seconds(&end) - wall_seconds(&start) == BLOCK_SECONDS &&
	    keep_date(slot->dates[0], &start) && keep_date(slot->dates[1], &end);
	slot->block = block;
	slot->start = seconds_of_day(&start);
	return slot->used;
}

static size_t
print_exception(char buffer[LOCAL_TIME_SIZE], int64_t seconds)
{
	struct wall wall = ask_wall(seconds);
	size_t length = print_date(buffer, LOCAL_TIME_SIZE - TIME_LENGTH, &wall);

	print_time(buffer + length, wall.hour, wall.minute, wall.second);
	return length + TIME_LENGTH;
}

size_t
local_time_format(
    struct local_time *zone, char buffer[LOCAL_TIME_SIZE], int64_t time_us)
{
	int64_t block = divide_down(time_us, BLOCK_US);
	uint64_t in_block_us = (uint64_t)time_us - (uint64_t)block * BLOCK_US;
	struct slot *slot = &zone->slots[(uint64_t)block % SLOTS];
	unsigned in_day;
	bool tomorrow;

	if ((!slot->used || slot->block != block) && !fill_slot(slot, block))
		return print_exception(buffer, divide_down(time_us, CLOCK_SECOND_US));
	in_day = slot->start + (unsigned)(in_block_us / CLOCK_SECOND_US);
	tomorrow = in_day >= DAY_SECONDS;
	in_day -= tomorrow ? DAY_SECONDS : 0;
	memcpy(buffer, slot->dates[tomorrow], DATE_LENGTH);
	print_time(buffer + DATE_LENGTH, in_day / 3600, in_day / 60 % 60, in_day % 60);
	return DATE_LENGTH + TIME_LENGTH;
}
