/* SPDX-License-Identifier: ISC */
/*
 * Walks the store's sessions and a listing side by side, by rising pid, and reconciles what
 * both say of each process. It can pause after any process and go on with a newer view.
 */
#ifndef IMSC_JOIN_H
#define IMSC_JOIN_H

#include "agent/collect/reconcile.h"
#include "agent/store/session.h"

struct join {
	const struct listing *listing; /* sorted */
	struct reconcile rules;
	size_t row;        /* the next row of the listing */
	uint32_t next_pid; /* the lowest that is not done */
	bool
	    thorough; /* reads every session, also those that are listed as they were */
	int64_t silence_us;       /* activity_is_news() */
	struct view *view;        /* where the sessions come from, or: */
	struct session *sessions; /* where they are, by rising pid */
	size_t session_count;
	size_t session;           /* the next one of these */
	struct session_ref ahead; /* the view's first that is not done; pid 0: none */
	/* What both sides say of process PID; valid until the next call. */
	uint32_t pid;
	struct session *known;
	size_t known_count;
	struct judgement *judgements; /* of KNOWN */
	const struct listed *rows;
	size_t row_count;
	uint32_t *new;
	struct session *gathered; /* KNOWN, if it comes from a view */
	size_t gathered_capacity;
	size_t judgements_capacity;
	size_t new_capacity;
};

/* LISTING must be sorted and outlive the join. */
void join_init(
    struct join *join, const struct listing *listing, const struct reconcile *rules);
void join_fini(struct join *join);

/* Goes on with VIEW, which shows all that was written until now. */
void join_use(struct join *join, struct view *view);
/* Takes the sessions from an array instead, sorted by pid. */
void join_use_array(struct join *join, struct session *sessions, size_t count);

/*
 * Takes the next process. 1, or 0 at the end. Of a process whose one session is listed as the
 * view has it, and does nothing that is news, nothing is told, unless THOROUGH.
 */
int join_next(struct join *join);

/* Judges process PID again, by what VIEW knows of it. */
void join_again(struct join *join, uint32_t pid, struct view *view);

#endif
