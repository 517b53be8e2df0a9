/* SPDX-License-Identifier: ISC */
/* Who is connected as far as the store knows. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/roster.h"
#include "agent/store/session.h"

void
roster_read(struct roster *roster, struct view *view)
{
	struct session_key key = { SERVICE_NONE, 0 };
	struct session session;

	while (session_seek(view, SESSION_ANY, key, true, &session)) {
		key = (struct session_key){ session.service, session.number };
		roster_rows_add(&roster->known, &session, roster->arena);
	}
	roster->count = roster->known.count;
	roster->rows = xcalloc(roster->count, sizeof *roster->rows);
	for (size_t i = 0; i < roster->count; i++)
		roster->rows[i] = &roster->known.all[i];
	roster_rows_sort(roster->rows, roster->count);
}

int
roster_recall(struct roster *roster, struct store *store, struct error *err)
{
	struct view *view;

	memset(roster, 0, sizeof *roster);
	if (view_open(&view, store, err) == -1)
		return -1;
	roster->arena = arena_new();
	roster->taken_us = store_get_mark(view, STORE_MARK_COLLECTED);
	roster_read(roster, view);
	view_close(view);
	return 0;
}

void
roster_fini(struct roster *roster)
{
	arena_free(roster->arena);
	free(roster->known.all);
	free(roster->added.all);
	free(roster->rows);
	memset(roster, 0, sizeof *roster);
}
