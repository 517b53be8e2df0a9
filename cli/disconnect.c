/* SPDX-License-Identifier: ISC */
/* -k: ends the connections of the named users, and leaves a record of it. */
#include "config.h"

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/kick_web.h"
#include "cli/command.h"

static struct kick *
make_kicks(const struct options *options)
{
	struct kick *kicks = xcalloc(options->count, sizeof *kicks);

	for (size_t i = 0; i < options->count; i++)
		kicks[i].user = options->uids[i];
	return kicks;
}

static int
add_rows(struct view *view, const struct conf *conf, struct kick *kicks, size_t count,
    struct text requester, struct error *err)
{
	if (kick_web(view, conf, kicks, count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (kick_audit(view, &kicks[i], AUDIT_CLI, requester, conf, err) == -1)
			return -1;
	return 0;
}

/* The sessions of webmail end with this; where it fails, they did not. */
static int
write_rows(struct command *command, struct kick *kicks, struct text requester,
    struct error *err)
{
	size_t count = command->options->count;
	struct kick *before = xcalloc(count, sizeof *before);
	struct view *view;
	int rc = -1;

	memcpy(before, kicks, count * sizeof *before);
	if (store_begin(&view, command->store, err) == 0) {
		rc = add_rows(view, command->conf, kicks, count, requester, err);
		if (rc == -1)
			store_abort(view);
		else
			rc = store_commit(view, err);
	}
	if (rc == -1)
		memcpy(kicks, before, count * sizeof *before);
	free(before);
	return rc;
}

/* What was done is done: that it cannot be recorded is told, and no more. */
static void
record(struct command *command, struct kick *kicks, struct text requester)
{
	struct error err;

	if (command_open_for_writing(command, &err) == -1 ||
	    write_rows(command, kicks, requester, &err) == -1)
		warnx("warning: not recorded in the store: %s", err.text);
	for (size_t i = 0; i < command->options->count; i++)
		kick_log(&kicks[i], AUDIT_CLI, requester);
}

/*
 * Kicks and records. No signal may end or stop us between the two: sessions would end
 * without a record, or the store's lock be held as long as we sleep.
 */
static int
kick_and_record(struct command *command, struct kick *kicks, struct error *err)
{
	char requester[REQUESTER_SIZE];
	sigset_t all;
	sigset_t old;
	int rc;

	command_name_requester(requester);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	rc = kick_now(
	    command->conf, command->store, kicks, command->options->count, err);
	if (rc == 0)
		record(command, kicks, text_from(requester));
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static enum exit_status
print_outcomes(struct command *command, const struct kick *kicks)
{
	enum exit_status status = STATUS_NOTHING;

	for (size_t i = 0; i < command->options->count; i++) {
		report_kick(command->report, &kicks[i]);
		if (kicks[i].result == AUDIT_DONE && status == STATUS_NOTHING)
			status = STATUS_DONE;
		else if (kicks[i].result != AUDIT_DONE &&
		    kicks[i].result != AUDIT_NOTHING)
			status = STATUS_INCOMPLETE;
	}
	return status;
}

enum exit_status
disconnect_users(struct command *command)
{
	struct kick *kicks;
	enum exit_status status;
	struct error err;

	if (command->options->count == 0) {
		warnx("there is no uid in the file");
		return STATUS_NOTHING;
	}
	kicks = make_kicks(command->options);
	if (kick_and_record(command, kicks, &err) == 0) {
		status = print_outcomes(command, kicks);
	} else {
		warnx("%s", err.text);
		status = command_status(&err);
	}
	for (size_t i = 0; i < command->options->count; i++)
		kick_fini(&kicks[i]);
	free(kicks);
	return status;
}
