/* SPDX-License-Identifier: ISC */
/*
 * Blocking and unblocking a user by the site's own command: run without a shell, for a bounded
 * time. imsconn.conf(5), BLOCKING, is the contract with the command.
 */
#ifndef IMSC_HOOK_H
#define IMSC_HOOK_H

#include "agent/conf.h"
#include "agent/store/store.h"

struct event_base;

/* One request, of one user. */
struct hook {
	struct text user;
	enum audit_action action; /* AUDIT_BLOCK or AUDIT_UNBLOCK */
	int64_t until_us; /* what a block is to last until; 0: no end is known */
	struct text requester;
	/* What came of it: */
	int64_t asked_us;
	enum audit_result result; /* AUDIT_DONE or AUDIT_FAILED */
	char reason[256];         /* why it failed, or "" */
};

typedef void hook_done(void *arg);

struct hook_run;

/*
 * Runs the command and calls DONE from BASE's loop, never from within, when HOOK has its
 * outcome. HOOK belongs to the caller and must live until then.
 */
struct hook_run *hook_start(struct event_base *base, const struct conf *conf,
    struct hook *hook, hook_done *done, void *arg);
/* Kills the command, without a call of DONE. RUN may be NULL. */
void hook_cancel(struct hook_run *run);

/* The same, waiting. */
void hook_now(const struct conf *conf, struct hook *hook);

/* The command that CONF has for ACTION; of no strings if it has none. */
const struct conf_strings *hook_command(
    const struct conf *conf, enum audit_action action);
/* The key that it is configured by. */
const char *hook_key(enum audit_action action);

/* One audit row for a hook that has its outcome; and one syslog line. */
int hook_audit(struct view *view, const struct hook *hook, enum audit_origin origin,
    uint32_t keep, struct error *err);
void hook_log(const struct hook *hook, enum audit_origin origin);

#endif
