/* SPDX-License-Identifier: ISC */
/* Asking doveadm: a child process, and the table that it prints. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/child.h"
#include "agent/collect/dovecot_table.h"
#include "agent/collect/dovecot_who.h"

struct dovecot_who {
	struct child *child;
	struct event
	    *refused; /* so that DONE is never called from dovecot_who_start() */
	struct dovecot_table table;
	struct listing *listing;
	size_t max_sessions;
	backend_done *done;
	void *arg;
	struct error failure;
};

#define BIT(number) (1u << (number))

static const struct question {
	const char *words[2];
	unsigned required; /* of the table */
	unsigned services; /* that the answer speaks of */
} questions[] = {
	[WHO_IS_CONNECTED] = { { "who", "-1" },
	    BIT(DOVEADM_USER) | BIT(DOVEADM_SERVICE) | BIT(DOVEADM_PID),
	    BIT(SERVICE_IMAP) | BIT(SERVICE_POP3) },
	[WHO_IS_PASSED_ON] = { { "proxy", "list" },
	    BIT(DOVEADM_USER) | BIT(DOVEADM_SERVICE) | BIT(DOVEADM_ADDRESS) |
		BIT(DOVEADM_SERVER),
	    BIT(SERVICE_PROXY) },
};

static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	struct dovecot_who *who = arg;

	return dovecot_table_read(
	    &who->table, lines, who->listing, who->max_sessions, err);
}

static void
finish(struct dovecot_who *who, const struct error *err)
{
	backend_done *done = who->done;
	void *arg = who->arg;

	who->child = NULL;
	dovecot_who_cancel(who);
	done(arg, err);
}

static void
on_done(void *arg, const struct error *err)
{
	struct dovecot_who *who = arg;
	struct error cut;

	if (err == NULL && !dovecot_table_end(&who->table, &cut))
		err = &cut;
	finish(who, err);
}

static void
on_refused(evutil_socket_t fd, short what, void *arg)
{
	struct dovecot_who *who = arg;
	struct error err = who->failure;

	(void)fd;
	(void)what;
	finish(who, &err);
}

struct dovecot_who *
dovecot_who_start(struct event_base *base, const struct conf *conf,
    enum who_question question, struct listing *listing, backend_done *done, void *arg)
{
	const struct question *asked = &questions[question];
	const char *const argv[] = { conf->doveadm, "-f", "tab", asked->words[0],
		asked->words[1], NULL };
	struct dovecot_who *who = xcalloc(1, sizeof *who);

	who->table.required = asked->required;
	who->listing = listing;
	who->max_sessions = (size_t)conf->max_sessions;
	who->done = done;
	who->arg = arg;
	listing->asked_us = clock_now_us();
	listing->services = asked->services;
	who->child = child_start(
	    base, argv, conf->timeout_seconds, on_lines, on_done, who, &who->failure);
	if (who->child != NULL)
		return who;
	who->refused = event_new(base, -1, 0, on_refused, who);
	event_active(who->refused, 0, 0);
	return who;
}

void
dovecot_who_cancel(struct dovecot_who *who)
{
	if (who == NULL)
		return;
	child_kill(who->child);
	if (who->refused != NULL)
		event_free(who->refused);
	free(who);
}
