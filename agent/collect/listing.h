/* SPDX-License-Identifier: ISC */
/* What a mail server says when it is asked who is connected: no more than that. */
#ifndef IMSC_LISTING_H
#define IMSC_LISTING_H

#include "agent/arena.h"
#include "agent/model.h"

/* COUNT sessions of a user from one address in one process. */
struct listed {
	enum service service;
	uint32_t pid; /* or what listed_stand_in() makes of the rest */
	uint32_t count;
	struct text user; /* in the listing's arena */
	struct address remote;
	struct connection_id connection; /* known only if COUNT is 1 */
	int64_t began_us; /* when its process took it over; 0 if not known */
	enum time_source began_source; /* of its login then; 0: other marks may tell */
	struct endpoint local; /* SERVICE_PROXY: of the server behind it, if known */
	/* Of what the session does, known only if COUNT is 1: */
	struct text
	    mailbox; /* the selected one, in the listing's arena; empty: not known */
	int64_t active_us; /* when its client was last heard or served; 0: not known */
};

struct expected;
struct tcp_sockets;

struct listing {
	struct expected
	    *expected; /* what it ticks off does not become a row; or NULL */
	struct listed *rows;
	size_t count;
	size_t capacity;
	size_t sessions; /* the sum of the rows' counts, and what was ticked off */
	struct arena *arena;
	struct tcp_sockets *sockets; /* of the host, while the listing is used */
	int64_t asked_us;            /* when the question was sent */
	unsigned services;           /* bit 1 << service: the services it speaks of */
	size_t refused;              /* rows that made no sense and were left out */
	bool exact; /* who was told of before it was asked, and is not in it, is gone */
};

void listing_init(struct listing *listing);
void listing_fini(struct listing *listing);
/* Ticks it off, or copies it and its texts. */
void listing_add(struct listing *listing, const struct listed *row);
/* Takes out, in their order, the rows of which TAKES says so. */
void listing_take(struct listing *listing,
    bool (*takes)(void *arg, const struct listed *row), void *arg);
/*
 * What stands in for ROW's process, which is not told. PROTOCOL is what else sets it apart. Other
 * rows may have the same, as other sessions have the same process.
 */
uint32_t listed_stand_in(const struct listed *row, struct text protocol);
/*
 * By pid, service, user and address, the youngest first: the order in which it is reconciled.
 */
void listing_sort(struct listing *listing);
/* The rows of PID in a sorted listing; NULL and 0 if it has none. */
const struct listed *listing_of_process(
    const struct listing *listing, uint32_t pid, size_t *count);

/*
 * A session of which only a row is known, with the ends of its connection where the kernel tells, if need be
 * among SOCKETS.
 * Its login time is derived from its process's start where that lies between PREVIOUS_US, when the
 * session was not yet listed (0 if nobody looked), and SEEN_US; or, on a proxy, from when its
 * process took it over; else SEEN_US stands in. Where the row says how its login is known, it knows
 * best.
 */
void session_from_row(struct session *session, const struct listed *row,
    struct tcp_sockets *sockets, int64_t seen_us, int64_t previous_us);

#endif
