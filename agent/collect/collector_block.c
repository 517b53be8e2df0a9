/* SPDX-License-Identifier: ISC */
/*
 * The ends of blocks: users whose time has come are unblocked, one after the other. One who
 * cannot be unblocked is tried again later, and recorded once.
 */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/log.h"
#include "agent/store/block.h"

enum {
	RETRY_SECONDS = 60
};

static struct text requester = { "the end of the block",
	sizeof "the end of the block" - 1 };

/* A block that is due, after those that were tried. */
static bool
next_due(struct collector_block *state, struct view *view, struct block *block)
{
	int64_t now_us = clock_now_us();

	while (block_seek(view, &state->tried, block)) {
		if (user_key_make(&state->tried, block->user, NULL) == -1)
			return false;
		if (block->until_us != 0 && block->until_us <= now_us)
			return true;
	}
	return false;
}

/* The row goes, or remembers since when it cannot; the first time both are on record. */
static int
record(struct collector *collector, struct view *view, struct block *block,
    struct error *err)
{
	const struct hook *hook = &collector->block.hook;
	bool done = hook->result == AUDIT_DONE;

	if (done && block_delete(view, hook->user, err) == -1)
		return -1;
	if (!done && block->failed_us != 0)
		return 0;
	if (!done) {
		block->failed_us = hook->asked_us;
		log_warning("a user cannot be unblocked: %s", hook->reason);
		if (block_put(view, block, err) == -1)
			return -1;
	}
	hook_log(hook, AUDIT_POLICY);
	return hook_audit(
	    view, hook, AUDIT_POLICY, (uint32_t)collector->conf.audit_rows, err);
}

static void on_done(void *arg);

/* Somebody has blocked the user anew while he was unblocked: who was last is not known. */
static void
block_again(struct collector *collector, const struct block *block)
{
	struct collector_block *state = &collector->block;

	state->hook.action = AUDIT_BLOCK;
	state->hook.until_us = block->until_us;
	state->run = hook_start(
	    collector->base, &collector->conf, &state->hook, on_done, collector);
}

static void
on_done(void *arg)
{
	struct collector *collector = arg;
	struct collector_block *state = &collector->block;
	struct view *view = collector_writer(collector);
	struct block block;
	struct error err;

	state->run = NULL;
	state->failed = state->failed || state->hook.result != AUDIT_DONE;
	if (state->hook.action == AUDIT_BLOCK) {
		hook_log(&state->hook, AUDIT_POLICY);
		return;
	}
	if (view == NULL || !block_find(view, state->hook.user, &block))
		return;
	block.user = state->hook.user;
	if (block.since_us != state->since_us)
		block_again(collector, &block);
	else if (record(collector, view, &block, &err) == -1)
		collector_write_failed(collector, &err);
}

static void
unblock(struct collector *collector, const struct block *block)
{
	struct collector_block *state = &collector->block;

	memcpy(state->user, block->user.data, block->user.length);
	state->since_us = block->since_us;
	state->hook = (struct hook){
		.user = { state->user, block->user.length },
		.action = AUDIT_UNBLOCK,
		.requester = requester,
	};
	state->run = hook_start(
	    collector->base, &collector->conf, &state->hook, on_done, collector);
}

void
collector_block_look(struct collector *collector)
{
	struct collector_block *state = &collector->block;
	int64_t now_us = clock_monotonic_us();
	struct block block;
	struct view *view;
	struct error err;

	if (state->run != NULL || now_us < state->retry_us)
		return;
	view = collector_view(collector, &err);
	if (view == NULL)
		return;
	if (next_due(state, view, &block)) {
		unblock(collector, &block);
	} else {
		state->tried.length = 0;
		state->retry_us = state->failed ?
		    now_us + (int64_t)RETRY_SECONDS * CLOCK_SECOND_US :
		    0;
		state->failed = false;
	}
	view_release(collector->reader);
}

void
collector_block_close(struct collector *collector)
{
	hook_cancel(collector->block.run);
}
