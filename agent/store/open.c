/* SPDX-License-Identifier: ISC */
/* Opening the store for whoever may write: what is missing is made, what is older completed. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/clock.h"
#include "agent/store/open.h"
#include "agent/store/user_count.h"

/* What schema 2 has: how many users are away since when. */
static int
migrate(struct view *view, struct error *err)
{
	if (user_count_away(view, err) == -1)
		return -1;
	return tally_flush(view, err);
}

static int
complete_schema(struct view *view, int64_t schema, struct error *err)
{
	if (schema != 0 && migrate(view, err) == -1)
		return -1;
	if (schema == 0 &&
	    store_set_mark(view, STORE_MARK_CREATED, clock_now_us(), err) == -1)
		return -1;
	return store_set_mark(view, STORE_MARK_SCHEMA, STORE_SCHEMA, err);
}

int
store_open(struct store **store, const char *path, enum store_mode mode, int map_gib,
    struct error *err)
{
	if (mode != STORE_WRITE)
		return store_open_reading(store, path, mode, err);
	if (mkdir(path, 0750) == -1 && errno != EEXIST)
		return error_set(err, "cannot make the store's directory \"%s\": %s",
		    path, strerror(errno));
	return store_open_with(store, path, mode, map_gib, complete_schema, err);
}
