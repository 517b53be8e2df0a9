/* SPDX-License-Identifier: ISC */
/*
 * The last accesses by POP that the mail server keeps by itself, from before we came or while
 * we were away: a command prints them now and then. They move what is known forward, never
 * back, and are no logins that are counted.
 */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/last_access.h"
#include "agent/log.h"

enum {
	POP_SECONDS = 600 /* a listing may take */
};

/* Whether an access at LOGIN_US says something new; what the retention forgets does not. */
static bool
is_news(const struct collector *collector, struct view *view, struct text name,
    int64_t login_us, int64_t now_us)
{
	int64_t keep_us =
	    (int64_t)collector->conf.retention_days * 86400 * CLOCK_SECOND_US;
	const struct access *access;
	struct user user;

	if (keep_us > 0 && login_us < now_us - keep_us)
		return false;
	if (!user_find(view, name, &user))
		return true;
	access = user_access(&user, SERVICE_POP3);
	return access == NULL || access->login_us < login_us;
}

static bool
take_line(struct collector *collector, struct text line, struct error *err)
{
	static const struct address nowhere;
	int64_t now_us = clock_now_us();
	struct text name;
	int64_t login_us;
	struct view *view;

	if (!last_access_parse(&name, &login_us, line, now_us)) {
		collector->pop.refused++;
		return true;
	}
	view = collector->writer != NULL ? collector->writer : collector->reader;
	if (!is_news(collector, view, name, login_us, now_us))
		return true;
	view = collector_writer(collector);
	if (view == NULL) {
		*err = collector->failure;
		return false;
	}
	if (user_record_login(view, SERVICE_POP3, name, login_us, &nowhere, err) ==
	    -1) {
		collector_write_failed(collector, err);
		return false;
	}
	collector->pop.written++;
	return true;
}

/* What came at once; all of it is in one commit. */
static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	struct collector *collector = arg;
	bool good = collector_view(collector, err) != NULL;

	while (good && lines.length > 0) {
		const char *newline = memchr(lines.data, '\n', lines.length);
		size_t length =
		    newline != NULL ? (size_t)(newline - lines.data) : lines.length;

		if (length > 0)
			good = take_line(
			    collector, (struct text){ lines.data, length }, err);
		length += newline != NULL;
		lines = (struct text){ lines.data + length, lines.length - length };
	}
	view_release(collector->reader);
	return good;
}

static void
on_done(void *arg, const struct error *err)
{
	struct collector *collector = arg;
	struct collector_pop *pop = &collector->pop;

	pop->child = NULL;
	if (err != NULL && !pop->failed)
		log_warning("the last accesses by POP cannot be listed: %s", err->text);
	if (err == NULL && pop->failed)
		log_info("the last accesses by POP can be listed again");
	pop->failed = err != NULL;
	if (pop->refused > 0)
		log_warning("%u lines of the last accesses by POP make no sense",
		    (unsigned)pop->refused);
	log_debug("%u last accesses by POP were new", (unsigned)pop->written);
	pop->done(collector);
}

bool
collector_pop_start(
    struct collector *collector, void (*done)(struct collector *collector))
{
	struct collector_pop *pop = &collector->pop;
	const char *argv[BACKEND_ARGS_MAX] = { NULL };
	struct error err;

	if (collector->backend->command_last_pop == NULL ||
	    !collector->conf.last_access)
		return false;
	collector->backend->command_last_pop(&collector->conf, argv);
	if (argv[0] == NULL)
		return false;
	pop->refused = pop->written = 0;
	pop->done = done;
	pop->child = child_start(
	    collector->base, argv, POP_SECONDS, on_lines, on_done, collector, &err);
	if (pop->child == NULL)
		on_done(collector, &err);
	return true;
}

void
collector_pop_close(struct collector *collector)
{
	child_kill(collector->pop.child);
}
