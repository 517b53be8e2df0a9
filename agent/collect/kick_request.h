/* SPDX-License-Identifier: ISC */
/* Inside kick only: the kicks of a run while they are under way. */
#ifndef IMSC_KICK_REQUEST_H
#define IMSC_KICK_REQUEST_H

#include "agent/collect/kick.h"
#include "agent/collect/listing.h"

/* One kick. */
struct kick_request {
	struct kick *kick;
	/* Of its one session, as far as the store knows it; else 0. */
	uint32_t pid;
	struct address remote;
	struct connection_id connection;
	bool web; /* it is one of webmail, and has none of these */
	bool
	    found; /* its one session is where the store knows it, and can be ended there */
	bool explained; /* why a connection cannot be ended alone */
	/* Sums over the processes that have its sessions: */
	uint32_t told;  /* sessions that were told to end */
	uint32_t ended; /* sessions that are gone, told or not */
	uint32_t moved; /* of these, gone to another process, where they count again */
};

struct kick_requests {
	struct kick_request *all; /* by user */
	size_t count;
};

/* Owned by the caller; the kicks are borrowed. */
struct kick_requests kick_requests_new(struct kick *kicks, size_t count);

/* The first request of the user in their order, or COUNT. */
size_t kick_requests_find(const struct kick_requests *requests, struct text user);

/* Whether it is about one session, not about all of its user's. */
bool kick_request_is_single(const struct kick_request *request);
/* Whether that is one of webmail, so that the connections beneath are to end. */
bool kick_request_is_web(const struct kick_request *request);

/* Whether a row of its user may be of its one session, where the store knows that. */
bool kick_request_is_at(const struct kick_request *request, const struct listed *row);

/* Gives the kick its outcome. SECONDS is how long was waited for it. */
void kick_request_judge(const struct kick_request *request, int seconds);

/* Adds to what is already known to be wrong with a kick. */
void kick_add_reason(struct kick *kick, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
