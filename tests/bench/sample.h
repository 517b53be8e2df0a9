/* SPDX-License-Identifier: ISC */
/*
 * The made-up users and sessions that all parts of a benchmark have in common: the same
 * number is the same user or session everywhere.
 */
#ifndef IMSC_BENCH_SAMPLE_H
#define IMSC_BENCH_SAMPLE_H

#include "agent/model.h"

enum {
	SAMPLE_NAME_LENGTH = 22, /* user000123@example.com */
	SAMPLE_DIGITS_AT = 4,    /* where the number stands in it */
	SAMPLE_DIGITS = 6,
	SAMPLE_USERS_MAX = 1000000,
	SAMPLE_PID = 5000000 /* beyond the highest that Linux gives to a process */
};

/* A session with what its texts point to: stays where it is. */
struct sample {
	struct session session;
	char user[SAMPLE_NAME_LENGTH + 1];
	char id[17];
};

/* Session I of a site with USERS users; its process is SAMPLE_PID + I. */
void sample_make(struct sample *sample, uint32_t i, uint32_t users);

/* When user I was last there, spread over the 400 days before a day in 2025. */
int64_t sample_login_us(uint32_t i);

/* An order of 0 to COUNT - 1 that is none: what stands at place I. */
uint32_t sample_shuffle(uint32_t i, uint32_t count);

/* A number of an argument from LOW to HIGH; else it ends the program. */
uint32_t sample_number(const char *text, uint32_t low, uint32_t high);

/* Ends the program with a message. */
void sample_die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
