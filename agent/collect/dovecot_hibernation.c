/* SPDX-License-Identifier: ISC */
/* Whether Dovecot's sessions hibernate, from doveconf. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/child.h"
#include "agent/collect/dovecot_hibernation.h"
#include "agent/log.h"

enum {
	ASK_AGAIN_SECONDS = 600, /* a reload may have changed it */
	TIMEOUT_SECONDS = 30
};

struct dovecot_hibernation {
	struct event_base *base;
	const struct conf *conf;
	struct child *child;
	int64_t asked_us;   /* when it was asked for last; monotonic, 0: never */
	int64_t started_us; /* of the Dovecot whose configuration that was */
	bool told;          /* by the child under way */
	bool on;
};

struct dovecot_hibernation *
dovecot_hibernation_new(struct event_base *base, const struct conf *conf)
{
	struct dovecot_hibernation *hibernation = xcalloc(1, sizeof *hibernation);

	hibernation->base = base;
	hibernation->conf = conf;
	hibernation->on = true;
	return hibernation;
}

void
dovecot_hibernation_free(struct dovecot_hibernation *hibernation)
{
	if (hibernation == NULL)
		return;
	child_kill(hibernation->child);
	free(hibernation);
}

bool
dovecot_hibernation_parse(struct text value)
{
	size_t i = 0;

	while (i < value.length && value.data[i] == '0')
		i++;
	if (i > 0) /* "0", "0 secs", or "05" */
		return i < value.length && value.data[i] > '0' && value.data[i] <= '9';
	return !text_equal(value, text_from("infinite"));
}

static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	struct dovecot_hibernation *hibernation = arg;
	const char *end = memchr(lines.data, '\n', lines.length);

	(void)err;
	if (hibernation->told)
		return true;
	if (end != NULL)
		lines.length = (size_t)(end - lines.data);
	hibernation->told = true;
	hibernation->on = dovecot_hibernation_parse(lines);
	return true;
}

static void
on_done(void *arg, const struct error *err)
{
	struct dovecot_hibernation *hibernation = arg;

	hibernation->child = NULL;
	if (err == NULL && hibernation->told)
		return;
	hibernation->on = true;
	log_debug("whether sessions hibernate is not known: %s",
	    err != NULL ? err->text : "doveconf printed nothing");
}

/* The running Dovecot's configuration is linked to beside its sockets. */
static void
ask(struct dovecot_hibernation *hibernation)
{
	const char *socket = hibernation->conf->anvil_socket;
	const char *slash = strrchr(socket, '/');
	char path[256];
	const char *const argv[] = { hibernation->conf->doveconf, "-c", path, "-h",
		"imap_hibernate_timeout", NULL };
	struct error err;

	snprintf(path, sizeof path, "%.*s/dovecot.conf",
	    slash != NULL ? (int)(slash - socket) : 0, socket);
	hibernation->told = false;
	hibernation->child = child_start(hibernation->base, argv, TIMEOUT_SECONDS,
	    on_lines, on_done, hibernation, &err);
	if (hibernation->child == NULL)
		on_done(hibernation, &err);
}

bool
dovecot_hibernation_may_be(struct dovecot_hibernation *hibernation, int64_t started_us)
{
	int64_t now_us = clock_monotonic_us();
	bool other = hibernation->started_us != started_us;

	if (hibernation->child != NULL)
		return hibernation->on;
	if (!other && hibernation->asked_us != 0 &&
	    now_us - hibernation->asked_us <
		(int64_t)ASK_AGAIN_SECONDS * CLOCK_SECOND_US)
		return hibernation->on;
	if (other)
		hibernation->on = true;
	hibernation->asked_us = now_us;
	hibernation->started_us = started_us;
	ask(hibernation);
	return hibernation->on;
}
