/* SPDX-License-Identifier: ISC */
/* The store's sessions and a listing side by side. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/activity.h"
#include "agent/collect/join.h"

void
join_init(
    struct join *join, const struct listing *listing, const struct reconcile *rules)
{
	memset(join, 0, sizeof *join);
	join->listing = listing;
	join->rules = *rules;
	join->next_pid = 1; /* pid 0 is of no process and in no listing */
}

void
join_fini(struct join *join)
{
	free(join->gathered);
	free(join->judgements);
	free(join->new);
}

static void
look_ahead(struct join *join)
{
	if (!session_seek_process(join->view, &join->ahead))
		join->ahead.pid = 0;
}

void
join_use(struct join *join, struct view *view)
{
	join->view = view;
	join->ahead = (struct session_ref){ .pid = join->next_pid };
	look_ahead(join);
}

void
join_use_array(struct join *join, struct session *sessions, size_t count)
{
	join->view = NULL;
	join->sessions = sessions;
	join->session_count = count;
}

/* The lowest pid of a session that is not done; 0 if there is none. */
static uint32_t
known_pid(const struct join *join)
{
	if (join->view != NULL)
		return join->ahead.pid;
	if (join->session < join->session_count)
		return join->sessions[join->session].process.pid;
	return 0;
}

static void
gather_from_array(struct join *join)
{
	size_t first = join->session;

	while (known_pid(join) == join->pid)
		join->session++;
	join->known_count = join->session - first;
	join->known = join->known_count > 0 ? join->sessions + first : NULL;
}

static void
gather_from_view(struct join *join)
{
	struct session session;

	join->known_count = 0;
	for (; join->ahead.pid == join->pid; look_ahead(join)) {
		if (!session_get(join->view, join->ahead.session, &session))
			continue;
		join->gathered = xgrow(join->gathered, &join->gathered_capacity,
		    join->known_count + 1, sizeof *join->gathered);
		join->gathered[join->known_count++] = session;
	}
	join->known = join->gathered;
}

static void
gather_rows(struct join *join)
{
	const struct listing *listing = join->listing;

	join->rows = listing->count > 0 ? listing->rows + join->row : NULL;
	join->row_count = 0;
	while (
	    join->row < listing->count && listing->rows[join->row].pid == join->pid) {
		join->row++;
		join->row_count++;
	}
}

/* The process's row, if it has one only and of one session; else NULL. */
static const struct listed *
only_row(const struct join *join)
{
	size_t left = join->listing->count - join->row;
	const struct listed *row;

	if (left == 0)
		return NULL;
	row = join->listing->rows + join->row;
	if (row->pid != join->pid || row->count != 1 ||
	    (left > 1 && row[1].pid == join->pid))
		return NULL;
	return row;
}

/* Most processes are as they were; these are passed without reading their sessions. */
static bool
pass_unchanged(struct join *join)
{
	const struct listed *row = only_row(join);

	if (join->thorough || row == NULL || join->ahead.pid != join->pid ||
	    join->ahead.mark !=
		session_mark(row->service, row->user, &row->remote, &row->connection) ||
	    activity_is_news(
		&join->ahead.told, row, join->rules.asked_us, join->silence_us))
		return false;
	look_ahead(join);
	if (join->ahead.pid == join->pid) {
		join_use(
		    join, join->view); /* there is another one: back to the first */
		return false;
	}
	join->known_count = 0;
	join->row_count = 0;
	join->row++;
	return true;
}

static void
judge(struct join *join)
{
	join->judgements = xgrow(join->judgements, &join->judgements_capacity,
	    join->known_count, sizeof *join->judgements);
	join->new =
	    xgrow(join->new, &join->new_capacity, join->row_count, sizeof *join->new);
	reconcile_process(&join->rules, join->known, join->known_count, join->rows,
	    join->row_count, join->judgements, join->new);
}

int
join_next(struct join *join)
{
	const struct listing *listing = join->listing;
	uint32_t listed = join->row < listing->count ? listing->rows[join->row].pid : 0;
	uint32_t known = known_pid(join);

	if (known == 0 && listed == 0)
		return 0;
	join->pid = known == 0 || (listed != 0 && listed < known) ? listed : known;
	if (join->view == NULL || !pass_unchanged(join)) {
		if (join->view != NULL)
			gather_from_view(join);
		else
			gather_from_array(join);
		gather_rows(join);
		judge(join);
	}
	join->next_pid = join->pid + 1;
	return 1;
}

void
join_again(struct join *join, uint32_t pid, struct view *view)
{
	join->pid = pid;
	join->rows = listing_of_process(join->listing, pid, &join->row_count);
	join->view = view;
	join->ahead = (struct session_ref){ .pid = join->pid };
	look_ahead(join);
	gather_from_view(join);
	join->view = NULL;
	judge(join);
}
