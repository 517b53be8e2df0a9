/* SPDX-License-Identifier: ISC */
/* Webmail in the command's roster. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/roster_web.h"
#include "agent/collect/webmail.h"
#include "agent/store/session.h"

static bool
takes(void *arg, const struct listed *row)
{
	struct roster_web *web = arg;

	if (row->service == SERVICE_PROXY || !webmail_is_host(web->conf, &row->remote))
		return false;
	web->rows = xgrow(web->rows, &web->capacity, web->count + 1, sizeof *web->rows);
	web->rows[web->count++] = *row;
	return true;
}

static int
compare(const void *first, const void *second)
{
	const struct listed *a = first;
	const struct listed *b = second;
	int order = text_compare(a->user, b->user);

	if (order != 0)
		return order;
	if (a->remote.length != b->remote.length)
		return a->remote.length < b->remote.length ? -1 : 1;
	return memcmp(a->remote.bytes, b->remote.bytes, a->remote.length);
}

void
roster_web_take(struct roster_web *web, struct listing *listing)
{
	if (web->conf->webmail_hosts.count > 0)
		listing_take(listing, takes, web);
	if (web->count > 1)
		qsort(web->rows, web->count, sizeof *web->rows, compare);
}

void
roster_web_fini(struct roster_web *web)
{
	free(web->rows);
}

static bool
is_web(const struct roster_row *row)
{
	return row->service == SERVICE_HTTP && row->pid == 0;
}

static bool
is_before(const struct roster_row *row, struct text user)
{
	return row->service < SERVICE_HTTP ||
	    (row->service == SERVICE_HTTP && text_compare(row->user, user) < 0);
}

/* The place of the first session of webmail of USER in the roster's order, if he has one. */
static size_t
find_user(const struct roster *roster, struct text user)
{
	size_t low = 0;
	size_t high = roster->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(roster->rows[middle], user))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The session that a connection is of, the latest of those that fit best; NULL: none. */
static const struct roster_row *
find(const struct roster_web *web, const struct listed *listed)
{
	const struct roster *roster = web->roster;
	const struct roster_row *best = NULL;
	enum webmail_fit best_fit = WEBMAIL_NO_FIT;

	for (size_t i = find_user(roster, listed->user); i < roster->count; i++) {
		const struct roster_row *row = roster->rows[i];
		enum webmail_fit fit;

		if (row->service != SERVICE_HTTP ||
		    !text_equal(row->user, listed->user))
			break;
		if (!is_web(row))
			continue;
		fit = webmail_fits(web->conf, &listed->remote, &row->remote.address);
		if (fit == WEBMAIL_NO_FIT || fit < best_fit)
			continue;
		best = row;
		best_fit = fit;
	}
	return best;
}

bool
roster_web_has(const struct roster_web *web, const struct listed *listed)
{
	const struct roster_row *row = NULL;

	if (webmail_may_hide(web->conf, listed->service))
		row = find(web, listed);
	return row != NULL && address_equal(&row->remote.address, &listed->remote);
}

static void
end_old(const struct roster_web *web, struct view *view, int64_t now_us, bool *over)
{
	const struct roster_rows *known = &web->roster->known;
	int64_t life_us = (int64_t)web->conf->web_seconds * CLOCK_SECOND_US;
	struct session session;

	for (size_t i = 0; i < known->count; i++) {
		struct session_key key = { SERVICE_HTTP, known->all[i].number };

		if (is_web(&known->all[i]) && session_get(view, key, &session))
			over[i] = session.seen_us + life_us <= now_us;
	}
}

void
roster_web_settle(const struct roster_web *web, struct view *view, int64_t now_us,
    bool *over, struct roster_rows *added, struct arena *arena)
{
	struct session session;

	if (view != NULL)
		end_old(web, view, now_us, over);
	for (size_t i = 0; i < web->count; i++) {
		const struct listed *listed = &web->rows[i];
		const struct roster_row *row = find(web, listed);

		if (row != NULL) {
			over[row - web->roster->known.all] = false;
			continue;
		}
		if (i > 0 && compare(listed, listed - 1) == 0)
			continue;
		session_from_row(&session, listed, NULL, now_us, 0);
		session.service = SERVICE_HTTP;
		session.remote.port = 0;
		session.process = (struct process){ 0 };
		roster_rows_add(added, &session, arena);
	}
}
