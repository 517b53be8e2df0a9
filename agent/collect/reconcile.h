/* SPDX-License-Identifier: ISC */
/*
 * Joining what the store knows with what a listing says. A listing is the truth about who is
 * connected when it was asked for; the store knows since when. Nothing here reads or
 * writes anything but its arguments.
 */
#ifndef IMSC_RECONCILE_H
#define IMSC_RECONCILE_H

#include "agent/collect/listing.h"

/*
 * A session that was recorded so shortly before most listings, or later, may not be in it; and so
 * far apart may be what two sources say of one login.
 */
enum {
	RECONCILE_GRACE_US = 2 * 1000000
};

struct reconcile {
	int64_t asked_us;  /* when the listing was asked for */
	int64_t grace_us;  /* what was known so shortly before may not be in it */
	unsigned services; /* bit 1 << service: what it speaks of */
	/* The mail server lost its list then: sessions older than that are no longer listed. */
	int64_t list_lost_us;
	/* Nobody watched the processes: a listed session's one may be another by now. */
	bool unwatched;
	/* Whether a session's process lives; asked as rarely as can be. */
	bool (*lives)(void *arg, const struct process *process);
	/* Whether its process was seen to end; then it is too young for nothing. */
	bool (*ended)(void *arg, const struct session *session);
	/*
	 * Whether a session's connection is known to be open; asked only if more are known than
	 * listed. NULL: nobody knows.
	 */
	bool (*is_open)(void *arg, const struct session *session);
	void *arg;
};

/* What becomes of a known session. */
struct judgement {
	bool open;
	const struct listed *row; /* that lists it; NULL if none does */
};

/*
 * Judges the sessions and rows of one process. JUDGEMENTS[i] is of KNOWN[i]; NEW[i] says how
 * many sessions of ROWS[i] were not known. One known session is matched with one of a row's
 * count: of the same service, user, connection and address, where both are known. If more are
 * known than listed, those are over whose connection is; else the oldest, since clients come
 * again before their old session is noticed to be gone.
 */
void reconcile_process(const struct reconcile *rules, const struct session *known,
    size_t known_count, const struct listed *rows, size_t row_count,
    struct judgement *judgements, uint32_t *new);

/*
 * Whether LOGIN is the beginning of the session KNOWN of the same process: because a poll
 * saw the session before its record came, or because the record came twice. In a process that
 * serves ONE_AT_A_TIME, several tell of a login, not all by the name of its session.
 */
bool reconcile_begins(
    const struct session *login, const struct session *known, bool one_at_a_time);

#endif
