/* SPDX-License-Identifier: ISC */
/* The backend that asks nobody: the store is served as it stands. */
#include "config.h"

#include "agent/collect/backend.h"

static void *
none_open(
    struct event_base *base, const struct conf *conf, backend_lost *lost, void *arg)
{
	(void)base;
	(void)conf;
	(void)lost;
	(void)arg;
	return NULL;
}

static void
none_close(void *state)
{
	(void)state;
}

static void
none_list(void *state, struct listing *listing, const struct conf *conf,
    backend_done *done, void *arg)
{
	struct error err;

	(void)state;
	(void)listing;
	(void)conf;
	error_set_kind(&err, ERROR_MISSING,
	    "the configuration names no mail server: backend is \"none\"");
	done(arg, &err);
}

const struct backend none_backend = {
	.name = "none",
	.store_name = "none",
	.polls = false,
	.open = none_open,
	.close = none_close,
	.list = none_list,
};
