/* SPDX-License-Identifier: ISC */
/*
 * Inside kick only: which TCP connections the sessions have that are asked to end, as the store
 * remembers it from their logins.
 */
#ifndef IMSC_KICK_KNOWN_H
#define IMSC_KICK_KNOWN_H

#include "agent/collect/kick_request.h"
#include "agent/collect/tcp.h"

enum known_state {
	KNOWN_TOLD,  /* at its login */
	KNOWN_FOUND, /* and the kernel has it */
	KNOWN_ENDED,
	KNOWN_UNSURE,   /* a later session may have the ports by now */
	KNOWN_NOT_HERE, /* the kernel has no such connection */
	KNOWN_SEVERAL,
	KNOWN_REFUSED
};

/* The connection of one session, for one request. */
struct kick_known {
	struct kick_request *request;
	struct session_key session;
	bool witness; /* it is not to end, but tells of those that are */
	bool old;     /* it is from before imsconnd was started */
	uint32_t pid;
	struct endpoint local; /* the port may be unknown */
	struct endpoint remote;
	int64_t login_us;
	enum known_state state;
	struct tcp_connection found;
};

struct kick_known_list {
	struct kick_known *all; /* by remote address, then by request */
	size_t count;
	size_t capacity;
};

/* The store's sessions in turn that are connections; 0 behind the last one. */
int kick_known_next(struct view *view, struct session *session);

/* Reads those that were told of until UNTIL_US: all that the requests' users have. */
void kick_known_read(struct kick_known_list *list, const struct kick_requests *requests,
    struct view *view, int64_t until_us);
void kick_known_free(struct kick_known_list *list);

/*
 * How many sessions of the user in process PID began after SINCE_US, and until UNTIL_US, as far
 * as VIEW knows.
 */
uint32_t kick_known_arrived(struct view *view, struct text user, uint32_t pid,
    int64_t since_us, int64_t until_us);

#endif
