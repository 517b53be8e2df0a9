/* SPDX-License-Identifier: ISC */
/*
 * Who is connected now: a fresh listing of the mail server joined with what the store knows.
 * This is how the command sees the sessions, without the daemon and without writing.
 */
#ifndef IMSC_ROSTER_H
#define IMSC_ROSTER_H

#include "agent/collect/listing.h"
#include "agent/collect/roster_rows.h"
#include "agent/conf.h"
#include "agent/store/store.h"

/* Owned. */
struct roster {
	const struct roster_row **rows; /* sorted as roster_rows_sort() does */
	size_t count;
	int64_t taken_us;         /* when the mail server was asked */
	struct roster_rows known; /* where those are that the store knew before that */
	struct roster_rows added; /* where the others are */
	struct arena *arena;      /* where their texts are */
};

/*
 * Asks the mail server (within conf.timeout_seconds) and joins. STORE may be NULL: then only
 * what the listing tells is known. ERROR_DENIED and ERROR_MISSING name the socket.
 */
int roster_take(struct roster *roster, const struct conf *conf, struct store *store,
    struct error *err);
/* What VIEW has, in its order, for an empty roster with an arena. */
void roster_read(struct roster *roster, struct view *view);
/* As roster_take(), but only what the store knows, as old as ROSTER.taken_us says. */
int roster_recall(struct roster *roster, struct store *store, struct error *err);
void roster_fini(struct roster *roster);

#endif
