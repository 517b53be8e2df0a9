/* SPDX-License-Identifier: ISC */
/* The store's sessions and a listing side by side. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
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
	free(join->known);
	free(join->keep);
	free(join->new);
}

static void
add_known(struct join *join, const struct session *session)
{
	join->known = xgrow(join->known, &join->known_capacity, join->known_count + 1,
	    sizeof *join->known);
	join->known[join->known_count++] = *session;
}

static void
look_ahead(struct join *join)
{
	if (!session_seek_process(join->view, &join->ahead))
		join->ahead.pid = 0;
}

static void
gather_known(struct join *join)
{
	struct session session;

	for (; join->ahead.pid == join->pid; look_ahead(join))
		if (session_get(join->view, join->ahead.session, &session))
			add_known(join, &session);
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

void
join_use(struct join *join, struct view *view)
{
	join->view = view;
	join->ahead = (struct session_ref){ .pid = join->next_pid };
	look_ahead(join);
}

int
join_next(struct join *join)
{
	const struct listing *listing = join->listing;
	uint32_t listed_pid =
	    join->row < listing->count ? listing->rows[join->row].pid : 0;
	uint32_t known_pid = join->ahead.pid;

	if (known_pid == 0 && listed_pid == 0)
		return 0;
	join->pid = known_pid;
	if (known_pid == 0 || (listed_pid != 0 && listed_pid < known_pid))
		join->pid = listed_pid;
	join->known_count = 0;
	gather_known(join);
	gather_rows(join);
	join->keep = xgrow(
	    join->keep, &join->keep_capacity, join->known_count, sizeof *join->keep);
	join->new =
	    xgrow(join->new, &join->new_capacity, join->row_count, sizeof *join->new);
	reconcile_process(&join->rules, join->known, join->known_count, join->rows,
	    join->row_count, join->keep, join->new);
	join->next_pid = join->pid + 1;
	return 1;
}
