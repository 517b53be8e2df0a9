/* SPDX-License-Identifier: ISC */
/* The backend that asks nobody: the store is served as it stands. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/backend.h"

struct none {
	struct event *answer;
	backend_done *done;
	void *arg;
};

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct none *none = arg;
	struct error err;

	(void)fd;
	(void)what;
	error_set_kind(&err, ERROR_MISSING,
	    "the configuration names no mail server: backend is \"none\"");
	none->done(none->arg, &err);
}

static void *
none_open(
    struct event_base *base, const struct conf *conf, backend_lost *lost, void *arg)
{
	struct none *none = xcalloc(1, sizeof *none);

	(void)conf;
	(void)lost;
	(void)arg;
	none->answer = event_new(base, -1, 0, on_answer, none);
	return none;
}

static void
none_close(void *state)
{
	struct none *none = state;

	event_free(none->answer);
	free(none);
}

static int64_t
none_started_us(void *state)
{
	(void)state;
	return 0;
}

static void
none_list(void *state, struct listing *listing, const struct conf *conf,
    backend_done *done, void *arg)
{
	struct none *none = state;

	(void)listing;
	(void)conf;
	none->done = done;
	none->arg = arg;
	event_active(none->answer, 0, 0);
}

const struct backend none_backend = {
	.name = "none",
	.store_name = "none",
	.polls = false,
	.open = none_open,
	.close = none_close,
	.list = none_list,
	.started_us = none_started_us,
};
