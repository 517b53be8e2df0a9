/* SPDX-License-Identifier: ISC */
/*
 * Dovecot as a backend: anvil lists the sessions; or doveadm does, while anvil speaks a version
 * that we do not know. Where logins are passed on, doveadm lists these in addition, if the others
 * do not.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/anvil.h"
#include "agent/collect/anvil_end.h"
#include "agent/collect/dict_server.h"
#include "agent/collect/dovecot_hibernation.h"
#include "agent/collect/dovecot_log.h"
#include "agent/collect/dovecot_proxy_end.h"
#include "agent/collect/dovecot_text.h"
#include "agent/collect/dovecot_who.h"
#include "agent/collect/process.h"
#include "agent/log.h"

enum {
	DOVECOT_TELLS = 1 << CAPABILITY_LOGIN_TIME | 1 << CAPABILITY_AUTH_MECH,
	ANVIL_AGAIN_SECONDS = 60, /* so long doveadm is asked before anvil is, again */
	PROXY_SLOW_SECONDS = 1,   /* who fails and takes so long is not asked again, */
	PROXY_AGAIN_SECONDS = 60  /* for so long: the others wait for the answer */
};

struct dovecot {
	struct event_base *base;
	struct anvil *anvil;
	struct anvil_end *end;
	struct dovecot_proxy_end *proxy_end;
	struct dovecot_hibernation *hibernation;
	struct dovecot_who *who;
	bool
	    strange; /* the last answer was doveadm's, since anvil's greeting is not known */
	int64_t anvil_us;         /* when anvil is asked again; monotonic */
	struct error greeting;    /* what is not known of it */
	struct listing passed_on; /* while it is asked for */
	bool proxy_lost;          /* said */
	int64_t proxy_asked_us;   /* monotonic */
	int64_t proxy_again_us;   /* not before; likewise */
	/* The question under way: */
	struct listing *listing;
	const struct conf *conf;
	backend_done *done;
	void *arg;
};

static void *
dovecot_open(
    struct event_base *base, const struct conf *conf, backend_lost *lost, void *arg)
{
	struct dovecot *dovecot = xcalloc(1, sizeof *dovecot);

	dovecot->base = base;
	dovecot->anvil = anvil_new(base, conf->anvil_socket, lost, arg);
	dovecot->end = anvil_end_new(base, conf->anvil_socket);
	dovecot->proxy_end = dovecot_proxy_end_new(base, conf);
	dovecot->hibernation = dovecot_hibernation_new(base, conf);
	return dovecot;
}

static void
dovecot_close(void *state)
{
	struct dovecot *dovecot = state;

	dovecot_who_cancel(dovecot->who);
	dovecot_hibernation_free(dovecot->hibernation);
	anvil_end_free(dovecot->end);
	dovecot_proxy_end_free(dovecot->proxy_end);
	listing_fini(&dovecot->passed_on);
	anvil_free(dovecot->anvil);
	free(dovecot);
}

static void
see_proxy_lost(struct dovecot *dovecot, const struct error *err)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - dovecot->proxy_asked_us >
	    (int64_t)PROXY_SLOW_SECONDS * CLOCK_SECOND_US)
		dovecot->proxy_again_us =
		    now_us + (int64_t)PROXY_AGAIN_SECONDS * CLOCK_SECOND_US;
	if (!dovecot->proxy_lost)
		log_warning(
		    "the logins that are passed on cannot be listed: %s", err->text);
	dovecot->proxy_lost = true;
}

/* Without them, the listing does not speak of them: they stay as they were. */
static void
on_passed_on(void *arg, const struct error *err)
{
	struct dovecot *dovecot = arg;
	struct listing *passed_on = &dovecot->passed_on;

	dovecot->who = NULL;
	if (err != NULL) {
		see_proxy_lost(dovecot, err);
	} else {
		if (dovecot->proxy_lost)
			log_info("the logins that are passed on can be listed again");
		dovecot->proxy_lost = false;
		for (size_t i = 0; i < passed_on->count; i++)
			listing_add(dovecot->listing, &passed_on->rows[i]);
		dovecot->listing->refused += passed_on->refused;
		dovecot->listing->services |= 1u << SERVICE_PROXY;
	}
	listing_fini(passed_on);
	dovecot->done(dovecot->arg, NULL);
}

/* The sessions are listed; what is passed on may be. */
static void
go_on(struct dovecot *dovecot)
{
	int64_t now_us = clock_monotonic_us();

	if (!dovecot->conf->proxy_userlist ||
	    dovecot->listing->services & 1u << SERVICE_PROXY ||
	    now_us < dovecot->proxy_again_us) {
		dovecot->done(dovecot->arg, NULL);
		return;
	}
	dovecot->proxy_asked_us = now_us;
	listing_init(&dovecot->passed_on);
	dovecot->who = dovecot_who_start(dovecot->base, dovecot->conf, WHO_IS_PASSED_ON,
	    &dovecot->passed_on, on_passed_on, dovecot);
}

/* If neither answers, both reasons are told, and anvil is asked first the next time. */
static void
on_who(void *arg, const struct error *err)
{
	struct dovecot *dovecot = arg;
	struct error both;

	dovecot->who = NULL;
	if (err == NULL) {
		go_on(dovecot);
		return;
	}
	both = *err;
	error_prefix(&both, "%.200s; and then", dovecot->greeting.text);
	dovecot->anvil_us = 0;
	dovecot->done(dovecot->arg, &both);
}

static void
ask_doveadm(struct dovecot *dovecot)
{
	dovecot->who = dovecot_who_start(dovecot->base, dovecot->conf, WHO_IS_CONNECTED,
	    dovecot->listing, on_who, dovecot);
}

static void
on_anvil(void *arg, const struct error *err)
{
	struct dovecot *dovecot = arg;

	if (err == NULL || err->kind != ERROR_NEWER) {
		dovecot->strange = false;
		if (err == NULL)
			go_on(dovecot);
		else
			dovecot->done(dovecot->arg, err);
		return;
	}
	if (!dovecot->strange)
		log_warning("%s; doveadm is asked instead", err->text);
	dovecot->strange = true;
	dovecot->greeting = *err;
	dovecot->anvil_us =
	    clock_monotonic_us() + (int64_t)ANVIL_AGAIN_SECONDS * CLOCK_SECOND_US;
	ask_doveadm(dovecot);
}

static void
dovecot_list(void *state, struct listing *listing, const struct conf *conf,
    backend_done *done, void *arg)
{
	struct dovecot *dovecot = state;

	dovecot->listing = listing;
	dovecot->conf = conf;
	dovecot->done = done;
	dovecot->arg = arg;
	if (dovecot->strange && clock_monotonic_us() < dovecot->anvil_us)
		ask_doveadm(dovecot);
	else
		anvil_list(dovecot->anvil, listing, (size_t)conf->max_sessions,
		    conf->timeout_seconds, on_anvil, dovecot);
}

static const char *
dovecot_describe(void *state)
{
	const struct dovecot *dovecot = state;

	if (dovecot->strange)
		return "Dovecot of a version not known, asked by doveadm";
	switch (anvil_protocol(dovecot->anvil)) {
	case ANVIL_1:
		return "Dovecot 2.3";
	case ANVIL_2:
		return "Dovecot 2.4";
	default:
		return dovecot_backend.store_name;
	}
}

static bool
dovecot_may_move(void *state)
{
	const struct dovecot *dovecot = state;

	return dovecot_hibernation_may_be(
	    dovecot->hibernation, anvil_started_us(dovecot->anvil));
}

static bool
dovecot_hibernates(uint32_t pid)
{
	char name[PROCESS_NAME_SIZE];

	return strcmp(process_name(pid, name), "imap-hibernate") == 0;
}

/*
 * Protocol 1 has no names of connections, and no way to end one. With 2 (seen with 2.4.1), nobody
 * is ended whose name it has to escape, and that is not told.
 */
static int
dovecot_end(void *state, const struct listed *row, struct error *err)
{
	const struct dovecot *dovecot = state;

	if (row->pid >= PROCESS_STAND_IN)
		return dovecot_proxy_end_user(dovecot->proxy_end, row->user, err);
	if (!connection_id_is_known(&row->connection) || dovecot_is_escaped(row->user))
		return 1;
	return anvil_end_connection(dovecot->end, row, err);
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
	const struct dovecot *dovecot = state;

	return anvil_started_us(dovecot->anvil);
}

static enum log_line
dovecot_read_log(struct session *session, const struct log_entry *entry,
    const struct conf *conf, int64_t now_us)
{
	(void)conf;
	return dovecot_log_parse(session, entry->line, entry->at_us, now_us);
}

const struct backend dovecot_backend = {
	.name = "dovecot",
	.store_name = "Dovecot",
	.url = "https://www.dovecot.org/",
	.polls = true,
	.capabilities = 1u << CAPABILITY_LOCAL_ADDRESS | 1u << CAPABILITY_REMOTE_PORT |
	    1u << CAPABILITY_LAST_LOGIN | 1u << CAPABILITY_LAST_LOGOUT |
	    1u << CAPABILITY_DISCONNECT_USER | 1u << CAPABILITY_DISCONNECT_SESSION |
	    1u << CAPABILITY_ALL_USERS,
	.logged = DOVECOT_TELLS,
	.open = dovecot_open,
	.close = dovecot_close,
	.list = dovecot_list,
	.feed = &dict_feed,
	.command_users = dovecot_command_users,
	.read_log = dovecot_read_log,
	.started_us = dovecot_started_us,
	.may_move = dovecot_may_move,
	.hibernates = dovecot_hibernates,
	.end = dovecot_end,
	.describe = dovecot_describe,
};
