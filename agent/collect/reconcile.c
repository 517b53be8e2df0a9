/* SPDX-License-Identifier: ISC */
/* Joining what the store knows with what a listing says, one process at a time. */
#include "config.h"

#include <string.h>

#include "agent/collect/reconcile.h"

static bool
same_user(const struct session *session, const struct listed *row)
{
	return session->service == row->service && text_equal(session->user, row->user);
}

/* The same address; or, for the LOOSE, one of them not known. */
static bool
fitting_address(const struct session *session, const struct listed *row, bool loose)
{
	const struct address *known = &session->remote.address;

	if (loose)
		return known->length == 0 || row->remote.length == 0;
	return address_equal(known, &row->remote);
}

/* The youngest session that is not matched yet and fits the row, or -1. */
static ptrdiff_t
find_match(const struct reconcile *rules, const struct session *known,
    size_t known_count, const bool *keep, const struct listed *row, bool loose)
{
	ptrdiff_t found = -1;

	for (size_t i = 0; i < known_count; i++) {
		if (keep[i] || !same_user(&known[i], row))
			continue;
		if (!fitting_address(&known[i], row, loose))
			continue;
		if (rules->unwatched && !rules->lives(rules->arg, &known[i].process))
			continue;
		if (found == -1 || known[i].login_us >= known[found].login_us)
			found = (ptrdiff_t)i;
	}
	return found;
}

static void
match(const struct reconcile *rules, const struct session *known, size_t known_count,
    const struct listed *rows, size_t row_count, bool *keep, uint32_t *new, bool loose)
{
	for (size_t i = 0; i < row_count; i++) {
		ptrdiff_t found;

		while (new[i] > 0 &&
		    (found = find_match(
			 rules, known, known_count, keep, &rows[i], loose)) != -1) {
			keep[found] = true;
			new[i]--;
		}
	}
}

/* Whether a session that is not in the listing is open all the same. */
static bool
open_unlisted(const struct reconcile *rules, const struct session *session)
{
	if (!(rules->services & 1u << session->service))
		return true;
	if (session->created_us > rules->asked_us - RECONCILE_GRACE_US)
		return true;
	return session->created_us <= rules->list_lost_us &&
	    rules->lives(rules->arg, &session->process);
}

void
reconcile_process(const struct reconcile *rules, const struct session *known,
    size_t known_count, const struct listed *rows, size_t row_count, bool *keep,
    uint32_t *new)
{
	memset(keep, 0, known_count * sizeof *keep);
	for (size_t i = 0; i < row_count; i++)
		new[i] = rows[i].count;
	match(rules, known, known_count, rows, row_count, keep, new, false);
	match(rules, known, known_count, rows, row_count, keep, new, true);
	for (size_t i = 0; i < known_count; i++)
		keep[i] = keep[i] || open_unlisted(rules, &known[i]);
}

bool
reconcile_begins(const struct session *login, const struct session *known)
{
	const struct address *address = &known->remote.address;

	if (known->service != login->service || !text_equal(known->user, login->user))
		return false;
	if (known->login_source == TIME_RECORDED)
		return login->store_id.length > 0 &&
		    text_equal(known->store_id, login->store_id);
	return address->length == 0 || address_equal(address, &login->remote.address);
}
