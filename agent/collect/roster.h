/* SPDX-License-Identifier: ISC */
/*
 * Who is connected now: a fresh listing of the mail server joined with what the store knows.
 * This is how the command sees the sessions, without the daemon and without writing.
 */
#ifndef IMSC_ROSTER_H
#define IMSC_ROSTER_H

#include "agent/conf.h"
#include "agent/store/store.h"

/* Owned. A session that the store does not know has number 0. In no certain order. */
struct roster {
	struct session *sessions;
	size_t count;
	size_t capacity;
	int64_t taken_us;     /* when the mail server was asked */
	struct arena *arena;  /* where the texts are */
};

/*
 * Asks the mail server (within conf.timeout_seconds) and joins. STORE may be NULL: then only
 * what the listing tells is known. ERROR_DENIED and ERROR_MISSING name the socket.
 */
int roster_take(struct roster *roster, const struct conf *conf, struct store *store,
    struct error *err);
/* As roster_take(), but only what the store knows, as old as ROSTER.taken_us says. */
int roster_recall(struct roster *roster, struct store *store, struct error *err);
void roster_fini(struct roster *roster);

#endif
