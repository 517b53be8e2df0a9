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
#include "agent/collect/log_file.h"
#include "agent/collect/process.h"
#include "agent/collect/webmail.h"
#include "agent/log.h"

#define MARK_LOG "log"

enum {
	LOOK_SECONDS = 1,
	VISITS = 1024,
	/* A process starts in the second whose beginning its login's line tells. */
	START_SLACK_US = 2 * 1000000
};

/* A login whose process had ended when we read of it: its logout is still to come. */
struct visit {
	uint64_t mark;
	uint32_t pid;
	int64_t login_us;
	bool records;
};

struct collector_log {
	struct log_file *file;
	struct event *written; /* NULL without inotify */
	struct event *timer;
	struct event *again; /* there is more to read */
	char kept
	    [LOG_POSITION_SIZE]; /* as the store had it when NOW was derived from it */
	struct log_position now;
	bool lost; /* said */
	struct visit visits[VISITS];
	size_t next_visit;
};

static uint64_t
visit_mark(const struct session *session)
{
	static const struct address nowhere;

	return session_mark(session->service, session->user, &nowhere, NULL) ^
	    session_mark(SERVICE_NONE, session->store_id, &nowhere, NULL) * 3;
}

static void
note_visit(struct collector *collector, const struct session *login)
{
	struct collector_log *log = collector->log;

	log->visits[log->next_visit++ % VISITS] = (struct visit){
		.mark = visit_mark(login),
		.pid = login->process.pid,
		.login_us = login->login_us,
		.records = collector_records(collector, login) &&
		    !webmail_made(&collector->conf, login),
	};
}

/* Whether the process that is told of is the one that has its pid now. */
static bool
lives(const struct session *login)
{
	uint64_t ticks;

	return login->process.pid != 0 && process_started(login->process.pid, &ticks) &&
	    process_ticks_us(ticks) <= login->login_us + START_SLACK_US;
}

static int
apply_login(struct collector *collector, struct view *view, struct session *login,
    struct error *err)
{
	if (!lives(login)) {
		note_visit(collector, login);
		login->process.pid = 0;
	}
	if (collector_write_login(collector, view, login, err) == -1)
		return -1;
	if (login->process.pid != 0)
		watch_add(collector->watch,
		    &(struct process){ login->process.pid, process_now_ticks() });
	return 0;
}

static int
end_visit(struct collector *collector, struct view *view, const struct session *logout,
    struct error *err)
{
	struct collector_log *log = collector->log;
	uint64_t mark = visit_mark(logout);

	for (size_t i = 0; i < VISITS; i++) {
		struct visit *visit = &log->visits[i];

		if (visit->mark != mark || visit->pid != logout->process.pid)
			continue;
		visit->mark = 0;
		if (!visit->records)
			return 0;
		return user_record_logout(view, logout->service, logout->user,
		    logout->login_us > visit->login_us ? logout->login_us :
							 visit->login_us,
		    err);
	}
	return 0;
}

static int
apply_logout(struct collector *collector, struct view *view,
    const struct session *logout, struct error *err)
{
	struct session_ref ref = { .pid = logout->process.pid };
	struct session known;

	while (session_seek_process(view, &ref) && ref.pid == logout->process.pid)
		if (session_get(view, ref.session, &known) &&
		    known.service == logout->service &&
		    text_equal(known.user, logout->user) &&
		    text_equal(known.store_id, logout->store_id))
			return session_end(view, ref.session,
			    logout->login_us > known.login_us ? logout->login_us :
								known.login_us,
			    collector_records(collector, &known), err);
	return end_visit(collector, view, logout, err);
}

static bool
is_old(const struct session *session, int64_t not_before_us)
{
	return session->login_us / CLOCK_SECOND_US < not_before_us / CLOCK_SECOND_US;
}

/* Returns how many logins and logouts were in LINES, or -1. */
static int
apply_lines(struct collector *collector, struct text lines, struct log_position *now,
    struct error *err)
{
	int64_t now_us = clock_now_us();
	int applied = 0;
	int rc = 0;

	while (lines.length > 0 && rc == 0) {
		const char *end = memchr(lines.data, '\n', lines.length);
		struct text line = { lines.data, (size_t)(end - lines.data) };
		struct session session;
		enum log_line kind =
		    collector->backend->read_log(&session, line, 0, now_us);
		struct view *view;

		lines.length -= line.length + 1;
		lines.data = end + 1;
		if (kind == LOG_LINE_OTHER || is_old(&session, now->not_before_us))
			continue;
		if ((view = collector_writer(collector)) == NULL)
			return -1;
		if (session.login_us > now->last_us)
			now->last_us = session.login_us;
		rc = kind == LOG_LINE_LOGIN ?
		    apply_login(collector, view, &session, err) :
		    apply_logout(collector, view, &session, err);
		applied++;
	}
	return rc == 0 ? applied : -1;
}

/* What was read without finding anything need not be written down. */
static void
take_position(struct collector_log *log, struct view *view)
{
	struct text kept = store_get_text(view, MARK_LOG);

	if (text_equal(kept, text_from(log->kept)))
		return;
	if (!log_position_parse(&log->now, kept) && kept.length > 0)
		log_warning("where the log was read to is not known");
	snprintf(log->kept, sizeof log->kept, "%.*s", (int)kept.length, kept.data);
}

static int
write_position(struct collector *collector, struct error *err)
{
	struct collector_log *log = collector->log;
	struct view *view = collector_writer(collector);

	log_position_format(log->kept, &log->now);
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
	struct text lines;
	int applied;
	int rc;

	if (view == NULL)
		return -1;
	take_position(log, view);
	view_release(collector->reader);
	rc = log_file_read(log->file, &log->now, &lines, err);
	tell(log, rc == -1 ? err : NULL);
	if (rc != 1)
		return 0;
	applied = apply_lines(collector, lines, &log->now, err);
	if (applied == -1 || (applied > 0 && write_position(collector, err) == -1)) {
		log->kept[0] = '\0'; /* what the store has counts */
		memset(&log->now, 0, sizeof log->now);
		return -1;
	}
	return 1;
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
		event_active(collector->log->again, 0, 0);
}

/*
 * What was written while we were away, before anything is judged by what is there now. A log
 * that was never read may be long: it is read beside everything else.
 */
static int
catch_up(struct collector *collector, struct error *err)
{
	struct view *view = collector_view(collector, err);
	bool never = view != NULL && store_get_text(view, MARK_LOG).length == 0;
	int rc;

	view_release(collector->reader);
	if (never) {
		event_active(collector->log->again, 0, 0);
		return 0;
	}
	do {
		rc = read_log(collector, err);
		if (rc == -1 && collector->turn_failed)
			*err = collector->failure;
		if (collector->writer != NULL && rc != -1 &&
		    collector_commit(collector, err) == -1)
			rc = -1;
	} while (rc == 1);
	return rc;
}

int
collector_log_open(struct collector *collector, struct error *err)
{
	const char *path = collector->conf.log_file;
	struct collector_log *log;
	int fd;

	if (collector->backend->read_log == NULL || path[0] == '\0')
		return 0;
	log = collector->log = xcalloc(1, sizeof *log);
	log->file = log_file_new(path, LOG_LINE_MAX);
	fd = log_file_fd(log->file);
	log->timer = event_new(collector->base, -1, EV_PERSIST, on_log, collector);
	event_add(log->timer, &(struct timeval){ .tv_sec = LOOK_SECONDS });
	log->again = event_new(collector->base, -1, 0, on_log, collector);
	if (fd != -1) {
		log->written = event_new(
		    collector->base, fd, EV_READ | EV_PERSIST, on_log, collector);
		event_add(log->written, NULL);
	}
	return catch_up(collector, err);
}

void
collector_log_close(struct collector *collector)
{
	struct collector_log *log = collector->log;

	if (log == NULL)
		return;
	event_free(log->timer);
	event_free(log->again);
	if (log->written != NULL)
		event_free(log->written);
	log_file_free(log->file);
	free(log);
	collector->log = NULL;
}
