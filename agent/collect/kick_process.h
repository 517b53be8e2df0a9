/* SPDX-License-Identifier: ISC */
/* Inside kick only: one process that is to end, from being held to being seen gone. */
#ifndef IMSC_KICK_PROCESS_H
#define IMSC_KICK_PROCESS_H

#include "agent/collect/kick.h"
#include "agent/collect/listing.h"

/* One process of a kick's user. */
struct kick_process {
	struct kick *kick;
	enum service service;
	uint32_t pid;
	int pidfd;      /* -1 if it had ended already */
	uint32_t count; /* sessions of the user in it, when it was signalled */
	uint32_t left;  /* of them, at the last look */
};

/* Takes hold of a row's process, so that its pid cannot pass to another one. */
void kick_process_hold(
    struct kick_process *target, struct kick *kick, const struct listed *row);
void kick_process_release(struct kick_process *target);

/*
 * Ends the process (SIGTERM) if all it serves, by the sorted LISTING, was asked to end; else
 * says in the kick's reason why not. Counts what was asked.
 */
void kick_process_end(struct kick_process *target, const struct listing *listing);

/* Looks what is left of the sessions; true if nothing is. */
bool kick_process_is_gone(struct kick_process *target, const struct listing *listing);

/* Adds to what is already known to be wrong with a kick. */
void kick_add_reason(struct kick *kick, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
