/* SPDX-License-Identifier: ISC */
/* The rows of a roster: what is shown of a session, and in which order. */
#ifndef IMSC_ROSTER_ROWS_H
#define IMSC_ROSTER_ROWS_H

#include "agent/arena.h"
#include "agent/model.h"

/* Part of a session: there may be a million. */
struct roster_row {
	struct text user;
	struct text mechanism;
	int64_t login_us;
	struct endpoint local;
	struct endpoint remote;
	enum service service;
	enum time_source login_source;
	bool hibernated;
	uint32_t number; /* 0 if the store does not know it */
	uint32_t pid;
};

/* Owned; zeroed, it is empty. */
struct roster_rows {
	struct roster_row *all;
	size_t count;
	size_t capacity;
};

/* Adds a row for SESSION, with texts in ARENA. */
void roster_rows_add(
    struct roster_rows *rows, const struct session *session, struct arena *arena);

/* Sorts pointers to rows: by the services' numbers, then users, logins and numbers. */
void roster_rows_sort(const struct roster_row **rows, size_t count);

#endif
