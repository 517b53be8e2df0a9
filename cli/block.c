/* SPDX-License-Identifier: ISC */
/* --block and --unblock: the site's commands, one user after the other; and --blocked. */
#include "config.h"

#include <err.h>
#include <signal.h>
#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/hook.h"
#include "agent/store/block.h"
#include "cli/command.h"

/* The row of the user and that of the audit. To unblock who was not blocked is no deed. */
static int
write_rows(struct view *view, struct hook *hook, int keep, struct error *err)
{
	struct block block = {
		.user = hook->user,
		.since_us = hook->asked_us,
		.until_us = hook->until_us,
		.requester = hook->requester,
	};
	struct block known;
	bool done = hook->result == AUDIT_DONE;

	if (done && hook->action == AUDIT_BLOCK && block_put(view, &block, err) == -1)
		return -1;
	if (done && hook->action == AUDIT_UNBLOCK) {
		if (!block_find(view, hook->user, &known))
			hook->result = AUDIT_NOTHING;
		else if (block_delete(view, hook->user, err) == -1)
			return -1;
	}
	return hook_audit(view, hook, AUDIT_CLI, (uint32_t)keep, err);
}

static int
record(struct command *command, struct hook *hook, struct error *err)
{
	struct view *view;

	if (store_begin(&view, command->store, err) == -1)
		return -1;
	if (write_rows(view, hook, command->conf->audit_rows, err) == -1) {
		store_abort(view);
		return -1;
	}
	return store_commit(view, err);
}

/* Runs and records. No signal may end or stop us between the two. */
static enum exit_status
block_one(struct command *command, struct hook *hook)
{
	enum exit_status status = STATUS_INCOMPLETE;
	struct error err;
	sigset_t all;
	sigset_t old;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	hook_now(command->conf, hook);
	if (record(command, hook, &err) == -1)
		warnx("warning: not recorded in the store: %s", err.text);
	else if (hook->result != AUDIT_FAILED)
		status = hook->result == AUDIT_DONE ? STATUS_DONE : STATUS_NOTHING;
	hook_log(hook, AUDIT_CLI);
	sigprocmask(SIG_SETMASK, &old, NULL);
	report_hook(command->report, hook);
	return status;
}

/* One who was is enough; one who could not be is too many. */
static enum exit_status
sum_up(enum exit_status all, enum exit_status one)
{
	if (all == STATUS_INCOMPLETE || one == STATUS_INCOMPLETE)
		return STATUS_INCOMPLETE;
	return all == STATUS_DONE ? all : one;
}

static enum exit_status
block_all(struct command *command, enum audit_action action)
{
	const struct options *options = command->options;
	enum exit_status status = STATUS_NOTHING;
	char requester[REQUESTER_SIZE];

	command_name_requester(requester);
	for (size_t i = 0; i < options->count; i++) {
		struct hook hook = {
			.user = options->uids[i],
			.action = action,
			.requester = text_from(requester),
		};

		if (action == AUDIT_BLOCK && options->block_seconds > 0)
			hook.until_us =
			    clock_now_us() + options->block_seconds * CLOCK_SECOND_US;
		status = sum_up(status, block_one(command, &hook));
	}
	return status;
}

enum exit_status
block_users(struct command *command, enum audit_action action)
{
	struct error err;

	if (hook_command(command->conf, action)->count == 0) {
		warnx("%s: %s is not set; imsconn.conf(5) tells how users are blocked",
		    command->options->config, hook_key(action));
		return STATUS_CONFIG;
	}
	if (command->options->count == 0) {
		warnx("there is no uid in the file");
		return STATUS_NOTHING;
	}
	/* A block without a record would never end. */
	if (command_open_for_writing(command, &err) == -1) {
		warnx("%s", err.text);
		return command_status(&err);
	}
	return block_all(command, action);
}

static int
compare_blocks(const void *a, const void *b)
{
	return text_compare(
	    ((const struct block *)a)->user, ((const struct block *)b)->user);
}

static void
print_blocks(struct command *command, struct view *view)
{
	struct block *blocks = NULL;
	struct block block;
	struct user_key key = { 0 };
	size_t capacity = 0;
	size_t count = 0;

	while (block_seek(view, &key, &block) &&
	    user_key_make(&key, block.user, NULL) == 0) {
		if (!options_have(command->options, block.user))
			continue;
		blocks = xgrow(blocks, &capacity, count + 1, sizeof *blocks);
		blocks[count++] = block;
	}
	if (count > 0)
		qsort(blocks, count, sizeof *blocks, compare_blocks);
	report_blocks(command->report, blocks, count);
	command->matched = count > 0;
	free(blocks);
}

enum exit_status
show_blocked(struct command *command)
{
	struct view *view;
	struct error err;

	if (command->store == NULL) {
		warnx("%s", command->store_error.text);
		return command_status(&command->store_error);
	}
	if (view_open(&view, command->store, &err) == -1) {
		warnx("%s", err.text);
		return command_status(&err);
	}
	print_blocks(command, view);
	view_close(view);
	return command->matched || !command->options->named ? STATUS_DONE :
							      STATUS_NOTHING;
}
