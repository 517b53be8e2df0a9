/* SPDX-License-Identifier: ISC */
/*
 * How many users have how many sessions, of each service: what tells the most that one
 * user has without a scan. Changes are gathered and written together.
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
/* Writes what was gathered. */
int tally_flush(struct view *view, struct error *err);

#endif
