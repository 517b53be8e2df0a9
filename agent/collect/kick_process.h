/* SPDX-License-Identifier: ISC */
/* Inside kick only: one process with sessions that are to end, until they are seen gone. */
#ifndef IMSC_KICK_PROCESS_H
#define IMSC_KICK_PROCESS_H

#include "agent/collect/kick_request.h"
#include "agent/collect/listing.h"

/* How sessions are told to end. */
enum means {
	MEANS_UNDECIDED,
	MEANS_NOTHING,
	MEANS_SERVER,     /* the mail server ends them itself */
	MEANS_SIGNAL,     /* to the process, which serves nobody else */
	MEANS_CONNECTIONS /* by their connections, one by one */
};

/* One process with sessions of a request's user. */
struct kick_process {
	struct kick_request *request;
	enum service service;
	uint32_t pid;
	int pidfd;    /* -1 if there is none: */
	int not_held; /* errno that says why; ESRCH if it had ended already */
	enum means means;
	/* Of its one session, where it serves no other and that is known; others come later. */
	struct connection_id connection;
	uint32_t count; /* sessions of the user in it, before any was told to end */
	uint32_t left;  /* of them, at the last look */
	uint32_t told;  /* of them, told to end */
};

/* Takes hold of a row's process, so that its pid cannot pass to another one. */
void kick_process_hold(struct kick_process *target, struct kick_request *request,
    const struct listed *row);
void kick_process_release(struct kick_process *target);

/* Counts the user's sessions in it, by the sorted LISTING, and the sessions of everybody. */
void kick_process_count(
    struct kick_process *target, const struct listing *listing, uint32_t *everybody);

/* Whether it is a process of its service: a server that lies must not make us end others. */
bool kick_process_is_service(const struct kick_process *target);

/* Ends the process (SIGTERM); or says in the kick's reason why not. */
void kick_process_end(struct kick_process *target);

/*
 * Looks what is left of the sessions that were counted then: ARRIVED of those that are listed,
 * beside those that say so themselves, began after that.
 */
void kick_process_look(struct kick_process *target, const struct listing *listing,
    int64_t counted_us, uint32_t arrived);

/* How many of its sessions have ended, as far as they are looked at. */
uint32_t kick_process_ended(const struct kick_process *target);
/* Adds them to the kick's outcome. */
void kick_process_credit(const struct kick_process *target);

#endif
