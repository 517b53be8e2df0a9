/* SPDX-License-Identifier: ISC */
/*
 * How many users have how many sessions, of each service: what tells the most that one
 * user has without a scan. And how many users are away since which day: what tells how many
 * are inactive. Changes are gathered and written together.
 */
#ifndef IMSC_STORE_TALLY_H
#define IMSC_STORE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "agent/error.h"
#include "agent/model.h"

struct view;

enum {
	TALLY_PENDING = 64
};

struct tally {
	size_t count;
	struct {
		enum service service;
		uint32_t sessions;
		int32_t change; /* of the number of users */
	} pending[TALLY_PENDING];
};

/* A user of SERVICE had BEFORE sessions and has AFTER; 0 counts nowhere. */
int tally_move(struct view *view, enum service service, uint32_t before, uint32_t after,
    struct error *err);
/*
 * The day since which USER is away, 0 if he is connected or was never recorded. Days begin
 * at midnight UTC; the first of 1970 is number 1.
 */
uint32_t tally_away_day(const struct user *user);
/* A user was away since day BEFORE and is since AFTER. */
int tally_move_away(
    struct view *view, uint32_t before, uint32_t after, struct error *err);

/* Writes what was gathered. */
int tally_flush(struct view *view, struct error *err);

#endif
