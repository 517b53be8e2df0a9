/* SPDX-License-Identifier: ISC */
/* Dovecot 2.3 as a backend: anvil lists the sessions. */
#include "config.h"

#include "agent/collect/anvil.h"

static void *
dovecot_open(
    struct event_base *base, const struct conf *conf, backend_lost *lost, void *arg)
{
	return anvil_new(base, conf->anvil_socket, lost, arg);
}

static void
dovecot_close(void *state)
{
	anvil_free(state);
}

static void
dovecot_list(void *state, struct listing *listing, const struct conf *conf,
    backend_done *done, void *arg)
{
	anvil_list(state, listing, (size_t)conf->max_sessions, conf->timeout_seconds,
	    done, arg);
}

const struct backend dovecot_backend = {
	.name = "dovecot",
	.store_name = "Dovecot 2.3",
	.polls = true,
	.open = dovecot_open,
	.close = dovecot_close,
	.list = dovecot_list,
};
