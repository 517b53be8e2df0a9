/* SPDX-License-Identifier: ISC */
/* Joining what the store knows with what a listing says, one process at a time. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/reconcile.h"

/* A known session, what becomes of it, and how it is found. */
struct candidate {
	const struct session *session;
	struct judgement *judgement;
};

/* By service and user, the youngest first; as they were given otherwise. */
static int
compare_candidates(const void *first, const void *second)
{
	const struct candidate *a = first;
	const struct candidate *b = second;
	int order =
	    session_compare_user(a->session, b->session->service, b->session->user);

	if (order != 0)
		return order;
	if (a->session->login_us != b->session->login_us)
		return a->session->login_us > b->session->login_us ? -1 : 1;
	return a->session > b->session ? -1 : 1;
}

/* One process may have thousands of sessions. */
static struct candidate *
sort_candidates(const struct session *known, size_t count, struct judgement *judgements)
{
	struct candidate *candidates = xcalloc(count, sizeof *candidates);

	for (size_t i = 0; i < count; i++)
		candidates[i] = (struct candidate){ &known[i], &judgements[i] };
	if (count > 1)
		qsort(candidates, count, sizeof *candidates, compare_candidates);
	return candidates;
}

/* The first of the row's user, if he has any. */
static size_t
find_user(const struct candidate *candidates, size_t count, const struct listed *row)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (session_compare_user(
			candidates[middle].session, row->service, row->user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How sure it is that a session and a row are of the same connection: the surest first. */
enum fit {
	FIT_CONNECTION, /* both have the same name of it */
	FIT_ADDRESS,    /* both have the same address */
	FIT_USER,       /* the address of one is not known */
	FIT_END
};

static bool
fits(const struct session *session, const struct listed *row, enum fit fit)
{
	const struct address *known = &session->remote.address;

	if (connection_id_is_known(&session->connection) &&
	    connection_id_is_known(&row->connection))
		return fit == FIT_CONNECTION &&
		    connection_id_equal(&session->connection, &row->connection);
	if (fit == FIT_USER)
		return known->length == 0 || row->remote.length == 0;
	return fit == FIT_ADDRESS && address_equal(known, &row->remote);
}

/* What has a stand-in for its process is the same as long as it is listed alike. */
static bool
may_have_passed(const struct reconcile *rules, const struct process *process)
{
	return rules->unwatched && process->pid < PROCESS_STAND_IN &&
	    !rules->lives(rules->arg, process);
}

/* Whether the session is not matched yet and fits the row. */
static bool
is_free(const struct reconcile *rules, const struct candidate *candidate,
    const struct listed *row, enum fit fit)
{
	return !candidate->judgement->open && fits(candidate->session, row, fit) &&
	    !may_have_passed(rules, &candidate->session->process);
}

/* More such sessions than COUNT, for which the row has room. */
static bool
are_more(const struct reconcile *rules, const struct candidate *candidates,
    size_t candidate_count, const struct listed *row, enum fit fit, uint32_t count)
{
	for (size_t i = find_user(candidates, candidate_count, row);
	     i < candidate_count &&
	     session_compare_user(candidates[i].session, row->service, row->user) == 0;
	     i++)
		if (is_free(rules, &candidates[i], row, fit) && count-- == 0)
			return true;
	return false;
}

/* Matches COUNT such sessions, the youngest first; or only those that are known to be open. */
static uint32_t
match_row(const struct reconcile *rules, const struct candidate *candidates,
    size_t candidate_count, const struct listed *row, enum fit fit, uint32_t count,
    bool open)
{
	for (size_t i = find_user(candidates, candidate_count, row);
	     count > 0 && i < candidate_count &&
	     session_compare_user(candidates[i].session, row->service, row->user) == 0;
	     i++) {
		if (!is_free(rules, &candidates[i], row, fit) ||
		    (open && !rules->is_open(rules->arg, candidates[i].session)))
			continue;
		*candidates[i].judgement = (struct judgement){ true, row };
		count--;
	}
	return count;
}

static void
match(const struct reconcile *rules, const struct candidate *candidates, size_t count,
    const struct listed *rows, size_t row_count, uint32_t *new, enum fit fit)
{
	for (size_t i = 0; i < row_count; i++) {
		if (rules->is_open != NULL && new[i] > 0 &&
		    are_more(rules, candidates, count, &rows[i], fit, new[i]))
			new[i] = match_row(
			    rules, candidates, count, &rows[i], fit, new[i], true);
		new[i] =
		    match_row(rules, candidates, count, &rows[i], fit, new[i], false);
	}
}

/* Whether a session that is not in the listing is open all the same. */
static bool
open_unlisted(const struct reconcile *rules, const struct session *session)
{
	if (!(rules->services & 1u << session->service))
		return true;
	if (session->created_us >= rules->asked_us - rules->grace_us)
		return !rules->ended(rules->arg, session);
	return session->created_us <= rules->list_lost_us &&
	    rules->lives(rules->arg, &session->process);
}

void
reconcile_process(const struct reconcile *rules, const struct session *known,
    size_t known_count, const struct listed *rows, size_t row_count,
    struct judgement *judgements, uint32_t *new)
{
	struct candidate *candidates = sort_candidates(known, known_count, judgements);

	memset(judgements, 0, known_count * sizeof *judgements);
	for (size_t i = 0; i < row_count; i++)
		new[i] = rows[i].count;
	for (enum fit fit = FIT_CONNECTION; fit < FIT_END; fit++)
		match(rules, candidates, known_count, rows, row_count, new, fit);
	free(candidates);
	for (size_t i = 0; i < known_count; i++)
		if (!judgements[i].open)
			judgements[i].open = open_unlisted(rules, &known[i]);
}

static bool
may_have_address(const struct session *session, const struct address *address)
{
	const struct address *known = &session->remote.address;

	return known->length == 0 || address->length == 0 ||
	    address_equal(known, address);
}

/* Of one process's sessions, which are one after the other: when tells which is meant. */
static bool
begins_then(const struct session *login, const struct session *known)
{
	if (login->store_id.length > 0 && known->store_id.length > 0)
		return text_equal(login->store_id, known->store_id);
	return may_have_address(known, &login->remote.address) &&
	    login->login_us <= known->login_us + RECONCILE_GRACE_US &&
	    (known->login_source != TIME_RECORDED ||
		login->login_us >= known->login_us - RECONCILE_GRACE_US);
}

bool
reconcile_begins(
    const struct session *login, const struct session *known, bool one_at_a_time)
{
	const struct address *address = &known->remote.address;

	if (known->service != login->service || !text_equal(known->user, login->user))
		return false;
	if (one_at_a_time)
		return begins_then(login, known);
	if (known->login_source == TIME_RECORDED)
		return login->store_id.length > 0 &&
		    text_equal(known->store_id, login->store_id);
	return address->length == 0 || address_equal(address, &login->remote.address);
}
