/* SPDX-License-Identifier: ISC */
/* The site's commands that block and unblock a user, and what is kept of them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/child.h"
#include "agent/collect/hook.h"
#include "agent/log.h"
#include "agent/store/audit.h"

#define PREFIX "IMSCONN_"

enum {
	VARIABLES = 4 /* that we add */
};

struct hook_run {
	struct hook *hook;
	hook_done *done;
	void *arg;
	struct child *child;
	struct event *refused; /* so that DONE is never called from hook_start() */
	struct error failure;
};

static const char *const verbs[] = {
	[AUDIT_BLOCK] = "block",
	[AUDIT_UNBLOCK] = "unblock",
};

const struct conf_strings *
hook_command(const struct conf *conf, enum audit_action action)
{
	return action == AUDIT_BLOCK ? &conf->block_command : &conf->unblock_command;
}

const char *
hook_key(enum audit_action action)
{
	return action == AUDIT_BLOCK ? "disconnect.block_command" :
				       "disconnect.unblock_command";
}

static void
finish(struct hook_run *run, const struct error *err)
{
	struct hook *hook = run->hook;
	hook_done *done = run->done;
	void *arg = run->arg;

	hook->result = err == NULL ? AUDIT_DONE : AUDIT_FAILED;
	text_escape(hook->reason, sizeof hook->reason, text_from(err ? err->text : ""));
	run->child = NULL;
	hook_cancel(run);
	done(arg);
}

/* What it prints is for nobody. */
static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	(void)arg;
	(void)lines;
	(void)err;
	return true;
}

static void
on_done(void *arg, const struct error *err)
{
	finish(arg, err);
}

static void
on_refused(evutil_socket_t fd, short what, void *arg)
{
	struct hook_run *run = arg;
	struct error err = run->failure;

	(void)fd;
	(void)what;
	finish(run, &err);
}

static char *
make_variable(const char *name, struct text value)
{
	size_t before = strlen(PREFIX) + strlen(name) + 1;
	char *variable = xcalloc(before + value.length + 1, 1);

	snprintf(variable, before + 1, PREFIX "%s=", name);
	memcpy(variable + before, value.data, value.length);
	return variable;
}

/* Our environment, with the hook's variables in front and none of theirs from elsewhere. */
static size_t
make_environment(const struct hook *hook, char **variables, const char **all)
{
	char seconds[24];
	size_t own = 0;
	size_t n;

	variables[own++] = make_variable("ACTION", text_from(verbs[hook->action]));
	variables[own++] = make_variable("REQUESTER", hook->requester);
	variables[own++] = make_variable("USER", hook->user);
	if (hook->until_us != 0) {
		snprintf(seconds, sizeof seconds, "%lld",
		    (long long)(hook->until_us / CLOCK_SECOND_US));
		variables[own++] = make_variable("UNTIL", text_from(seconds));
	}
	for (n = 0; n < own; n++)
		all[n] = variables[n];
	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, PREFIX, strlen(PREFIX)) != 0)
			all[n++] = *e;
	all[n] = NULL;
	return own;
}

static struct child *
start(struct event_base *base, const struct conf *conf, struct hook_run *run)
{
	const struct hook *hook = run->hook;
	const struct conf_strings *command = hook_command(conf, hook->action);
	const char *argv[CONF_STRINGS_MAX + 2] = { 0 };
	char *variables[VARIABLES];
	const char **environment;
	struct child *child;
	size_t inherited = 0;
	size_t own;
	char *user;

	for (size_t i = 0; i < command->count; i++)
		argv[i] = command->string[i];
	user = xmemdup0(hook->user.data, hook->user.length);
	argv[command->count] = user;
	while (environ[inherited] != NULL)
		inherited++;
	environment = xcalloc(inherited + VARIABLES + 1, sizeof *environment);
	own = make_environment(hook, variables, environment);
	child = child_start_in(base, argv, environment, conf->block_seconds, on_lines,
	    on_done, run, &run->failure);
	for (size_t i = 0; i < own; i++)
		free(variables[i]);
	free(environment);
	free(user);
	return child;
}

/* What cannot be asked of any command. */
static int
check(const struct conf *conf, const struct hook *hook, struct error *err)
{
	if (hook_command(conf, hook->action)->count == 0)
		return error_set(err, "%s is not set", hook_key(hook->action));
	if (hook->user.length == 0 || hook->user.length > USER_NAME_MAX)
		return error_set(
		    err, "a name of %zu octets cannot be a user's", hook->user.length);
	if (memchr(hook->user.data, '\0', hook->user.length) != NULL)
		return error_set(err, "an octet of the name is 0");
	return 0;
}

struct hook_run *
hook_start(struct event_base *base, const struct conf *conf, struct hook *hook,
    hook_done *done, void *arg)
{
	struct hook_run *run = xcalloc(1, sizeof *run);

	hook->asked_us = clock_now_us();
	run->hook = hook;
	run->done = done;
	run->arg = arg;
	if (check(conf, hook, &run->failure) == 0)
		run->child = start(base, conf, run);
	if (run->child != NULL)
		return run;
	run->refused = event_new(base, -1, 0, on_refused, run);
	event_active(run->refused, 0, 0);
	return run;
}

void
hook_cancel(struct hook_run *run)
{
	if (run == NULL)
		return;
	child_kill(run->child);
	if (run->refused != NULL)
		event_free(run->refused);
	free(run);
}

static void
stop_waiting(void *arg)
{
	event_base_loopbreak(arg);
}

void
hook_now(const struct conf *conf, struct hook *hook)
{
	struct event_base *base = xchecked(event_base_new());

	hook_start(base, conf, hook, stop_waiting, base);
	event_base_dispatch(base);
	event_base_free(base);
}

int
hook_audit(struct view *view, const struct hook *hook, enum audit_origin origin,
    uint32_t keep, struct error *err)
{
	struct audit audit = {
		.time_us = hook->asked_us,
		.user = hook->user,
		.action = hook->action,
		.origin = origin,
		.requester = hook->requester,
		.result = hook->result,
		.reason = text_from(hook->reason),
	};

	return audit_add(view, &audit, keep, err);
}

void
hook_log(const struct hook *hook, enum audit_origin origin)
{
	static const char *const origins[] = {
		[AUDIT_SNMP] = "snmp",
		[AUDIT_CLI] = "cli",
		[AUDIT_POLICY] = "policy",
	};
	static const char *const results[] = {
		[AUDIT_DONE] = "done",
		[AUDIT_FAILED] = "failed",
		[AUDIT_NOTHING] = "nothing to do",
	};
	char user[4 * USER_NAME_MAX + 1];
	char by[512];

	text_escape(user, sizeof user, hook->user);
	text_escape(by, sizeof by, hook->requester);
	log_audit(
	    "%s user=\"%s\" origin=%s requester=\"%s\" result=\"%s\" reason=\"%s\"",
	    verbs[hook->action], user, origins[origin], by, results[hook->result],
	    hook->reason);
}
