/* SPDX-License-Identifier: ISC */
/* Inside kick only: how sessions are told to end, so that nobody else's do. */
#ifndef IMSC_KICK_END_H
#define IMSC_KICK_END_H

#include "agent/collect/backend.h"
#include "agent/collect/kick_process.h"

/* What sessions are ended with, and what tells which they are. */
struct kick_tools {
	const struct conf *conf;
	const struct backend *backend;
	void *state;         /* the backend's */
	struct store *store; /* NULL: there is none */
};

/*
 * Tells the sessions in the processes of TARGETS to end, which the sorted LISTING has, and
 * counts them; of what cannot be told, the kick's reason says why.
 */
void kick_end(const struct kick_requests *requests, struct kick_process *targets,
    size_t count, const struct listing *listing, const struct kick_tools *tools);

/*
 * For when the mail server has had time to end what it was told to end, and the sorted LISTING has it
 * still: ends the processes of a proxy that serve nothing else. What has a process for itself Dovecot
 * does not end, up to 2.4.4.
 */
void kick_end_again(
    struct kick_process *targets, size_t count, const struct listing *listing);

#endif
