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

/* The user databases that can list their users do. */
static void
dovecot_command_users(const struct conf *conf, const char **argv)
{
	argv[0] = conf->doveadm;
	argv[1] = "user";
	argv[2] = "*";
	argv[3] = NULL;
}

static int64_t
dovecot_started_us(void *state)
{
	return anvil_started_us(state);
}

const struct backend dovecot_backend = {
	.name = "dovecot",
	.store_name = "Dovecot 2.3",
	.url = "https://www.dovecot.org/",
	.polls = true,
	.capabilities = 1u << CAPABILITY_LOGIN_TIME | 1u << CAPABILITY_AUTH_MECH |
	    1u << CAPABILITY_LOCAL_ADDRESS | 1u << CAPABILITY_REMOTE_PORT |
	    1u << CAPABILITY_LAST_LOGIN | 1u << CAPABILITY_LAST_LOGOUT |
	    1u << CAPABILITY_DISCONNECT_USER | 1u << CAPABILITY_DISCONNECT_SESSION |
	    1u << CAPABILITY_ALL_USERS,
	.open = dovecot_open,
	.close = dovecot_close,
	.list = dovecot_list,
	.command_users = dovecot_command_users,
	.started_us = dovecot_started_us,
};
