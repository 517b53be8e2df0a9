/* SPDX-License-Identifier: ISC */
/*
 * A kind of mail server: what differs between them, behind one struct of functions. An
 * implementation is one file that ends in one const struct; backend.c lists them.
 */
#ifndef IMSC_BACKEND_H
#define IMSC_BACKEND_H

#include <event2/event.h>

#include "agent/collect/listing.h"
#include "agent/conf.h"
#include "agent/error.h"

/* The end of a question: NULL if it was answered. */
typedef void backend_done(void *arg, const struct error *err);
/* The mail server has lost its list; sessions may live on that it no longer knows of. */
typedef void backend_lost(void *arg);

struct backend {
	const char *name;       /* as the configuration has it */
	const char *store_name; /* as people know it */
	bool polls;             /* false: there is nothing to ask */
	/* Makes what is needed to ask; never waits. LOST may be NULL. */
	void *(*open)(struct event_base *base, const struct conf *conf,
	    backend_lost *lost, void *arg);
	void (*close)(void *state);
	/* As anvil_list(): DONE is called from the loop, never from within. */
	void (*list)(void *state, struct listing *listing, const struct conf *conf,
	    backend_done *done, void *arg);
};

extern const struct backend dovecot_backend;
extern const struct backend none_backend;

/* NULL if there is no such backend. */
const struct backend *backend_find(const char *name);

/*
 * Asks and waits for the answer, on a loop of its own. MEANWHILE (may be NULL) is called
 * once, when the question was sent: there is time until the answer comes.
 */
typedef void backend_meanwhile(void *arg);
int backend_list_now(const struct conf *conf, struct listing *listing,
    backend_meanwhile *meanwhile, void *arg, struct error *err);

#endif
