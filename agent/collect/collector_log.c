/* SPDX-License-Identifier: ISC */
/*
 * What the mail server's log tells the collector: logins and logouts, where it cannot tell
 * of them otherwise. How far the log was read is in the same commit as what it said.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/log_source.h"
#include "agent/collect/reconcile.h"
#include "agent/collect/told.h"
#include "agent/collect/webmail.h"
#include "agent/log.h"

#define MARK_LOG "log"

enum {
	LOOK_SECONDS = 1,
	CATCH_UP_SECONDS = 30,
	TOLD = 32768 /* logins that are remembered */
};

struct collector_log {
	const struct log_source *source;
	void *state;
	struct event *written; /* NULL if only looking tells */
	struct event *timer;
	struct event *again; /* there is more to read */
	/* As the store had it when NOW was derived from it. */
	char kept[LOG_POSITION_SIZE];
	struct log_position now;
	int64_t
	    first_us; /* logins of before are counted: when it was first read; or 0 */
	int64_t began_us; /* when we began */
	bool applied;     /* something of the block under way */
	bool lost;        /* said */
	struct told *told;
	bool told_in_vain; /* not all of it is in the store */
};

bool
collector_log_skips(
    struct collector *collector, struct view *view, const struct session *login)
{
	const struct collector_log *log = collector->log;
	struct session known;

	return log != NULL && !log->told_in_vain &&
	    !webmail_made(&collector->conf, login) && told_before(log->told, login) &&
	    (!told_session(log->told, view, login, &known) ||
		known.process.pid != login->process.pid);
}

bool
collector_log_named(struct collector *collector, const struct session *login)
{
	const struct collector_log *log = collector->log;

	return log != NULL && !log->told_in_vain && collector->backend->one_at_a_time &&
	    told_meet(log->told, login);
}

void
collector_log_note(
    struct collector *collector, struct view *view, const struct session *login)
{
	if (collector->log != NULL)
		collector_told_note(collector, collector->log->told, view, login);
}

static bool
is_old(const struct session *session, int64_t not_before_us)
{
	return session->login_us / CLOCK_SECOND_US < not_before_us / CLOCK_SECOND_US;
}

/*
 * Whether a login that is over is counted now. One of before our time may have been told of by
 * something else, and then its user was there just then.
 */
static bool
counts(const struct collector_log *log, struct view *view, const struct session *login)
{
	const struct access *access = NULL;
	struct user user;

	if (login->login_us < log->first_us)
		return false;
	if (login->login_us < log->began_us && user_find(view, login->user, &user))
		access = user_access(&user, login->service);
	return access == NULL ||
	    llabs(access->login_us - login->login_us) > RECONCILE_GRACE_US;
}

/* One line of a block. */
static void
apply_line(void *arg, const struct log_entry *entry)
{
	struct collector *collector = arg;
	struct collector_log *log = collector->log;
	struct session session;
	struct error err;
	struct view *view;
	enum log_line kind = collector->backend->read_log(
	    &session, entry, &collector->conf, clock_now_us());
	int rc;

	if (kind == LOG_LINE_OTHER || is_old(&session, log->now.not_before_us) ||
	    (view = collector_writer(collector)) == NULL)
		return;
	if (session.login_us > log->now.last_us)
		log->now.last_us = session.login_us;
	log->applied = true;
	rc = kind == LOG_LINE_LOGIN ?
	    collector_told_login(collector, log->told, view, &session,
		counts(log, view, &session), &err) :
	    collector_told_logout(collector, log->told, view, &session, &err);
	if (rc == -1)
		collector_write_failed(collector, &err);
}

void
collector_log_give_up(struct collector *collector)
{
	if (collector->log != NULL)
		collector->log->told_in_vain = true;
}

static struct told *
new_told(const struct collector *collector)
{
	return told_new(TOLD, collector->backend->names_once);
}

/* From what the store has. */
static void
tell_again(const struct collector *collector, struct view *view)
{
	struct collector_log *log = collector->log;

	if (!log->told_in_vain)
		return;
	told_free(log->told);
	log->told = new_told(collector);
	told_fill(log->told, view);
	log->told_in_vain = false;
}

/* What was read without finding anything need not be written down. */
static void
take_position(struct collector_log *log, struct view *view)
{
	struct text kept = store_get_text(view, MARK_LOG);

	if (text_equal(kept, text_from(log->kept)))
		return;
	if (!log_position_parse(&log->now, kept, log->source) && kept.length > 0)
		log_warning("where the log was read to is not known");
	snprintf(log->kept, sizeof log->kept, "%.*s", (int)kept.length, kept.data);
}

static int
write_position(struct collector *collector, struct error *err)
{
	struct collector_log *log = collector->log;
	struct view *view = collector_writer(collector);

	log_position_format(log->kept, &log->now, log->source);
	return view == NULL ? -1 :
			      store_set_text(view, MARK_LOG, text_from(log->kept), err);
}

static void
tell(struct collector_log *log, const struct error *err)
{
	bool lost = err != NULL;

	if (lost == log->lost)
		return;
	log->lost = lost;
	if (lost)
		log_warning("the mail server's log: %s", err->text);
	else
		log_info("the mail server's log can be read again");
}

/* One block. 1 if there may be more, 0 if not, -1 if what it said cannot be written. */
static int
read_log(struct collector *collector, struct error *err)
{
	struct collector_log *log = collector->log;
	struct view *view = collector_view(collector, err);
	int rc;

	if (view == NULL)
		return -1;
	take_position(log, view);
	tell_again(collector, view);
	view_release(collector->reader);
	log->applied = false;
	rc = log->source->read(log->state, &log->now, apply_line, collector, err);
	tell(log, rc == -1 ? err : NULL);
	if (log->applied && write_position(collector, err) == -1)
		collector_write_failed(collector, err);
	if (!collector->turn_failed)
		return rc == 1;
	log->kept[0] = '\0'; /* what the store has counts */
	memset(&log->now, 0, sizeof log->now);
	*err = collector->failure;
	return -1;
}

/* In the next turn: what event_active() activates belongs to this one. */
static void
read_again(struct collector_log *log)
{
	event_add(log->again, &(struct timeval){ 0 });
}

static void
on_log(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	struct error err = { 0 };
	int rc;

	(void)fd;
	(void)what;
	if (collector->turn_failed)
		return;
	rc = read_log(collector, &err);
	if (rc == -1 && !collector->turn_failed)
		collector_write_failed(collector, &err);
	if (rc == 1)
		read_again(collector->log);
}

/*
 * What was written while we were away, before anything is judged by what is there now. What
 * takes too long is read beside everything else, as is a log that was never read.
 */
static int
catch_up(struct collector *collector, struct error *err)
{
	int64_t until_us =
	    clock_monotonic_us() + (int64_t)CATCH_UP_SECONDS * CLOCK_SECOND_US;
	struct view *view = collector_view(collector, err);
	bool never = view != NULL && store_get_text(view, MARK_LOG).length == 0;
	int rc = 1;

	/* What we heard ourselves until we stopped is counted, wherever the log was read to. */
	if (view != NULL)
		collector->log->first_us = store_get_mark(view, STORE_MARK_HEARD);
	view_release(collector->reader);
	if (never)
		collector->log->first_us = clock_now_us();
	while (rc == 1 && !never && clock_monotonic_us() < until_us) {
		rc = read_log(collector, err);
		if (collector->writer != NULL && rc != -1 &&
		    collector_commit(collector, err) == -1)
			rc = -1;
	}
	return rc == -1 ? -1 : 0;
}

static int
open_source(struct collector *collector, struct error *err)
{
	struct collector_log *log = collector->log;
	const char *where;

	log->source = log_source_find(conf_log_file(&collector->conf), &where);
	log->state = log->source->open(where, &collector->conf, err);
	return log->state == NULL ? -1 : 0;
}

static void
close_source(struct collector_log *log)
{
	if (log->state != NULL)
		log->source->close(log->state);
	log->state = NULL;
}

int
collector_log_open(struct collector *collector, struct error *err)
{
	struct collector_log *log;
	int rc;

	if (collector->backend->read_log == NULL ||
	    conf_log_file(&collector->conf)[0] == '\0')
		return 0;
	log = collector->log = xcalloc(1, sizeof *log);
	log->told = new_told(collector);
	log->told_in_vain = true;
	log->began_us = clock_now_us();
	log->timer = event_new(collector->base, -1, EV_PERSIST, on_log, collector);
	log->again = event_new(collector->base, -1, 0, on_log, collector);
	rc = open_source(collector, err);
	if (rc == 0)
		rc = catch_up(collector, err);
	close_source(log);
	return rc;
}

/* While no log is read, what ended sessions transferred is not known. */
static void
forget_octets(struct collector *collector)
{
	struct view *view =
	    collector->backend->read_log != NULL ? collector_writer(collector) : NULL;

	if (view != NULL)
		store_forget_octets(view);
}

void
collector_log_begin(struct collector *collector)
{
	struct collector_log *log = collector->log;
	struct error err;
	int fd;

	if (log == NULL) {
		forget_octets(collector);
		return;
	}
	if (open_source(collector, &err) == -1) {
		log_error("the mail server's log is not read: %s", err.text);
		return;
	}
	event_add(log->timer, &(struct timeval){ .tv_sec = LOOK_SECONDS });
	read_again(log);
	fd = log->source->fd(log->state);
	if (fd == -1)
		return;
	log->written =
	    event_new(collector->base, fd, EV_READ | EV_PERSIST, on_log, collector);
	event_add(log->written, NULL);
}

void
collector_log_end(struct collector *collector)
{
	struct collector_log *log = collector->log;

	if (log == NULL)
		return;
	event_del(log->timer);
	event_del(log->again);
	if (log->written != NULL)
		event_free(log->written);
	log->written = NULL;
	close_source(log);
}

void
collector_log_close(struct collector *collector)
{
	struct collector_log *log = collector->log;

	if (log == NULL)
		return;
	event_free(log->timer);
	event_free(log->again);
	told_free(log->told);
	free(log);
	collector->log = NULL;
}
