/* SPDX-License-Identifier: ISC */
/* The made-up users and sessions of the benchmarks. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/clock.h"
#include "tests/bench/sample.h"

#define NEWEST_US (INT64_C(1740000000) * CLOCK_SECOND_US) /* 2025-02-19 */

int64_t
sample_login_us(uint32_t i)
{
	const uint32_t seconds = 400 * 86400;

	return NEWEST_US -
	    (int64_t)(i * UINT32_C(2654435761) % seconds) * CLOCK_SECOND_US +
	    i % CLOCK_SECOND_US;
}

void
sample_make(struct sample *sample, uint32_t i, uint32_t users)
{
	struct session *session = &sample->session;

	snprintf(sample->user, sizeof sample->user, "user%06u@example.com",
	    i % users % SAMPLE_USERS_MAX);
	snprintf(sample->id, sizeof sample->id, "w%08xB+AAAB/", i);
	*session = (struct session){
		.service = SERVICE_IMAP,
		.user = { sample->user, SAMPLE_NAME_LENGTH },
		.login_us = sample_login_us(i),
		.login_source = TIME_RECORDED,
		.created_us = sample_login_us(i),
		.mechanism = text_from("PLAIN"),
		.local = { { 4, { 192, 0, 2, 10 } }, 143 },
		.remote = { { 4,
				{ 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
				    (uint8_t)i } },
		    (uint16_t)(1024 + i % 60000) },
		.process = { .pid = SAMPLE_PID + i },
	};
	session->store_id = text_from(sample->id);
}

/* A multiplier without a factor in common with COUNT goes through all of them. */
uint32_t
sample_shuffle(uint32_t i, uint32_t count)
{
	uint64_t step = 2654435761 % count;
	uint64_t a;
	uint64_t b;

	for (;; step++) {
		for (a = count, b = step; b != 0;) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			return (uint32_t)(i * step % count);
	}
}

uint32_t
sample_number(const char *text, uint32_t low, uint32_t high)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number < low || number > high)
		sample_die("%s is not a number from %u to %u", text, low, high);
	return (uint32_t)number;
}

void
sample_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}
