/* SPDX-License-Identifier: ISC */
/*
 * Text as the original prints it, in columns for people and for awk. Where the row of a
 * long uid does not fit its column, only this row is moved.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "cli/local_time.h"
#include "cli/report.h"

enum {
	BUFFER_SIZE = 256 * 1024,
	GAP = 2, /* blanks between columns */
	UID_COLUMNS_MIN = 6,
	UID_COLUMNS_MAX = 40, /* a longer uid moves its row */
	ESCAPED_SIZE = 4 * USER_NAME_MAX + 1
};

struct report {
	int fd;
	int failure; /* errno of the write that failed */
	size_t used;
	size_t column; /* where the row is that is being written */
	size_t access_columns;
	struct local_time *zone;
	char buffer[BUFFER_SIZE];
};

struct report *
report_new(int fd)
{
	struct report *report = xcalloc(1, sizeof *report);

	report->fd = fd;
	report->zone = local_time_new();
	return report;
}

void
report_free(struct report *report)
{
	if (report == NULL)
		return;
	local_time_free(report->zone);
	free(report);
}

int
report_flush(struct report *report)
{
	size_t done = 0;

	while (report->failure == 0 && done < report->used) {
		ssize_t n =
		    write(report->fd, report->buffer + done, report->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			report->failure = errno;
	}
	report->used = 0;
	return report->failure;
}

/* Makes room for LENGTH bytes, which must not be more than the buffer has. */
static char *
make_room(struct report *report, size_t length)
{
	if (length > BUFFER_SIZE - report->used)
		report_flush(report);
	return report->buffer + report->used;
}

static void
put(struct report *report, const char *s, size_t length)
{
	memcpy(make_room(report, length), s, length);
	report->used += length;
}

static void
put_string(struct report *report, const char *s)
{
	put(report, s, strlen(s));
}

static void
put_number(struct report *report, size_t number)
{
	char s[24];

	put(report, s, (size_t)snprintf(s, sizeof s, "%zu", number));
}

/* Nothing in it that would be escaped, and a byte a column. */
static bool
is_plain(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	return true;
}

/* Returns the columns it took. */
static size_t
put_text(struct report *report, struct text text)
{
	char *start = make_room(report, ESCAPED_SIZE);
	size_t length;

	if (text.length < ESCAPED_SIZE && is_plain(text)) {
		put(report, text.data, text.length);
		return text.length;
	}
	text_escape(start, ESCAPED_SIZE, text);
	length = strlen(start);
	report->used += length;
	return text_columns(start);
}

/* Moves on to column START; something that is too long for its own has a gap after it. */
static void
start_cell(struct report *report, size_t start)
{
	size_t gap = report->column > 0 ? GAP : 0;

	if (start > report->column + gap)
		gap = start - report->column;
	memset(make_room(report, gap), ' ', gap);
	report->used += gap;
	report->column += gap;
}

/* An empty cell leaves nothing, so that no row ends in blanks. */
static void
put_cell(struct report *report, size_t start, const char *s, size_t length)
{
	if (length == 0)
		return;
	start_cell(report, start);
	put(report, s, length);
	report->column += length;
}

static void
put_text_cell(struct report *report, size_t start, struct text text)
{
	if (text.length == 0)
		return;
	start_cell(report, start);
	report->column += put_text(report, text);
}

static void
put_string_cell(struct report *report, size_t start, const char *s)
{
	put_cell(report, start, s, strlen(s));
}

static void
put_time_cell(struct report *report, size_t start, int64_t time_us, const char *unknown)
{
	char s[LOCAL_TIME_SIZE];

	if (time_us == 0)
		put_string_cell(report, start, unknown);
	else
		put_cell(report, start, s, local_time_format(report->zone, s, time_us));
}

static void
end_row(struct report *report)
{
	put(report, "\n", 1);
	report->column = 0;
}

size_t
report_columns(struct text uid)
{
	char escaped[ESCAPED_SIZE];

	if (is_plain(uid))
		return uid.length;
	text_escape(escaped, sizeof escaped, uid);
	return text_columns(escaped);
}

static size_t
fit_uid(size_t columns)
{
	if (columns < UID_COLUMNS_MIN)
		return UID_COLUMNS_MIN;
	return columns > UID_COLUMNS_MAX ? UID_COLUMNS_MAX : columns;
}

void
report_access_header(struct report *report, size_t columns)
{
	static const char *const names[ACCESS_COLUMNS] = {
		[ACCESS_IMAP] = "IMAP last access",
		[ACCESS_HTTP] = "HTTP last access",
		[ACCESS_POP3] = "POP last access",
	};
	size_t start = fit_uid(columns) + GAP;

	report->access_columns = start;
	put_string_cell(report, 0, "UID");
	for (size_t i = 0; i < ACCESS_COLUMNS; i++) {
		put_string_cell(report, start, names[i]);
		start += LOCAL_TIME_COLUMNS + GAP;
	}
	end_row(report);
}

void
report_access(struct report *report, const struct access_row *row)
{
	size_t start = report->access_columns;

	put_text_cell(report, 0, row->uid);
	for (size_t i = 0; i < ACCESS_COLUMNS; i++) {
		put_time_cell(report, start, row->last_us[i], "---NOT-RECORDED---");
		start += LOCAL_TIME_COLUMNS + GAP;
	}
	end_row(report);
}

/* A number of up to five digits. Returns where it ends. */
static char *
write_number(char *s, unsigned number)
{
	char digits[5];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (n > 0)
		*s++ = digits[--n];
	return s;
}

/* As endpoint_format(), but faster for the many of IPv4. Returns the length. */
static size_t
write_endpoint(char buffer[ENDPOINT_TEXT_SIZE], const struct endpoint *e)
{
	char *s = buffer;

	if (e->address.length != 4)
		return strlen(endpoint_format(buffer, e));
	for (size_t i = 0; i < 4; i++) {
		s = write_number(s, e->address.bytes[i]);
		*s++ = '.';
	}
	if (e->port == 0)
		return (size_t)(s - buffer) - 1;
	s[-1] = ':';
	return (size_t)(write_number(s, e->port) - buffer);
}

/* Where the columns of -c begin. */
struct session_columns {
	size_t time;
	size_t mechanism;
	size_t local;
	size_t remote;
};

static void
widen(size_t *columns, size_t needed)
{
	if (needed > *columns)
		*columns = needed;
}

/* The least widths are those of the original. */
static struct session_columns
fit_sessions(const struct session *const *sessions, size_t count)
{
	size_t uid = 5;
	size_t mechanism = 14;
	size_t local = 17;
	struct session_columns c;

	for (size_t i = 0; i < count; i++) {
		char s[ENDPOINT_TEXT_SIZE];

		widen(&uid, report_columns(sessions[i]->user));
		widen(&mechanism, report_columns(sessions[i]->mechanism));
		widen(&local, write_endpoint(s, &sessions[i]->local));
	}
	if (uid > UID_COLUMNS_MAX)
		uid = UID_COLUMNS_MAX;
	c.time = uid + GAP;
	c.mechanism = c.time + LOCAL_TIME_COLUMNS + GAP;
	c.local = c.mechanism + mechanism + GAP;
	c.remote = c.local + local + GAP;
	return c;
}

/* In lower case, as the original prints it. */
static void
put_mechanism(struct report *report, size_t start, struct text mechanism)
{
	char lower[ESCAPED_SIZE];
	size_t length = 0;

	for (; length < mechanism.length && length < sizeof lower; length++)
		lower[length] = (char)tolower((unsigned char)mechanism.data[length]);
	put_text_cell(report, start, (struct text){ lower, length });
}

/* That a session is seen now for the first time tells nothing of its login. */
static int64_t
known_login_us(const struct session *session)
{
	bool is_new = session->number == 0 && session->login_source == TIME_OBSERVED;

	return is_new ? 0 : session->login_us;
}

static void
put_session(struct report *report, const struct session_columns *c,
    const struct session *session)
{
	char s[ENDPOINT_TEXT_SIZE];

	put_text_cell(report, 0, session->user);
	put_time_cell(report, c->time, known_login_us(session), "");
	put_mechanism(report, c->mechanism, session->mechanism);
	put_cell(report, c->local, s, write_endpoint(s, &session->local));
	put_cell(report, c->remote, s, write_endpoint(s, &session->remote));
	end_row(report);
}

void
report_sessions(
    struct report *report, const struct session *const *sessions, size_t count)
{
	struct session_columns c = fit_sessions(sessions, count);

	put_string_cell(report, 0, "UID");
	put_string_cell(report, c.time, "TIME");
	put_string_cell(report, c.mechanism, "AUTH");
	put_string_cell(report, c.local, "TO");
	put_string_cell(report, c.remote, "FROM");
	end_row(report);
	for (size_t i = 0; i < count; i++)
		put_session(report, &c, sessions[i]);
}

/* "users were" for one as well, and rows, not people: scripts know the original so. */
void
report_summary(struct report *report, enum service service, size_t count)
{
	put_number(report, count);
	put_string(report, " users were logged in to ");
	put_string(report, service_name(service));
	put_string(report, ".\n");
}

void
report_disabled(struct report *report, const char *what)
{
	put_string(report, "Feature is not enabled for ");
	put_string(report, what);
	put_string(report, ".\n");
}

static void
say_failed(struct report *report, const struct kick *kick)
{
	char user[ESCAPED_SIZE];
	char reason[4 * sizeof kick->reason];

	report_flush(report);
	text_escape(user, sizeof user, kick->user);
	text_escape(reason, sizeof reason, text_from(kick->reason));
	fprintf(stderr, "Cannot disconnect user %s: %s\n", user, reason);
}

void
report_kick(struct report *report, const struct kick *kick)
{
	if (kick->result == AUDIT_NOTHING) {
		put_string(report, "User ");
		put_text(report, kick->user);
		put_string(report, " is not connected.\n");
		return;
	}
	if (kick->ended > 0) {
		put_string(report, "Disconnected user ");
		put_text(report, kick->user);
		put_string(report, ": ");
		put_number(report, kick->ended);
		put_string(report, " connections.\n");
	}
	if (kick->result != AUDIT_DONE)
		say_failed(report, kick);
}
