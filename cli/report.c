/* SPDX-License-Identifier: ISC */
/*
 * Text as the original prints it, in columns for people and for awk. Where the row of a
 * long uid does not fit its column, only this row is moved.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "cli/local_time.h"
#include "cli/output.h"
#include "cli/report.h"

/* The least widths are those of the original. */
enum {
	UID_MIN_A = 6,
	UID_MIN_C = 5,
	UID_MAX = 40, /* a longer uid moves its row */
	AUTH_MIN = 14,
	TO_MIN = 17
};

struct report {
	struct output *output;
	struct local_time *zone;
	size_t access_start;   /* where the times of -a begin */
	size_t access_columns; /* how many there are */
};

struct report *
report_new(int fd)
{
	struct report *report = xcalloc(1, sizeof *report);

	report->output = output_new(fd);
	report->zone = local_time_new();
	report->access_columns = ACCESS_PROXY;
	return report;
}

void
report_free(struct report *report)
{
	if (report == NULL)
		return;
	output_free(report->output);
	local_time_free(report->zone);
	free(report);
}

int
report_flush(struct report *report)
{
	return output_flush(report->output);
}

static void
widen(size_t *columns, size_t needed)
{
	if (needed > *columns)
		*columns = needed;
}

/* Where the column after the uids begins, if these need so many. */
static size_t
end_of_uids(size_t columns)
{
	return (columns > UID_MAX ? UID_MAX : columns) + OUTPUT_GAP;
}

static void
put_time(struct report *report, size_t start, int64_t time_us)
{
	static const char unknown[] = "---NOT-RECORDED---";
	char *cell = output_open_cell(report->output, start, LOCAL_TIME_SIZE);
	size_t length = sizeof unknown - 1;

	if (time_us != 0)
		length = local_time_format(report->zone, cell, time_us);
	else
		memcpy(cell, unknown, length);
	output_close_cell(report->output, length);
}

void
report_show_proxy(struct report *report)
{
	report->access_columns = ACCESS_COLUMNS;
}

void
report_access_header(struct report *report, size_t columns)
{
	static const char *const names[ACCESS_COLUMNS] = {
		[ACCESS_IMAP] = "IMAP last access",
		[ACCESS_HTTP] = "HTTP last access",
		[ACCESS_POP3] = "POP last access",
		[ACCESS_PROXY] = "PROXY last access",
	};
	size_t start;

	widen(&columns, UID_MIN_A);
	start = end_of_uids(columns);
	report->access_start = start;
	output_string_cell(report->output, 0, "UID");
	for (size_t i = 0; i < report->access_columns; i++) {
		output_string_cell(report->output, start, names[i]);
		start += LOCAL_TIME_COLUMNS + OUTPUT_GAP;
	}
	output_end_row(report->output);
}

void
report_access(struct report *report, const struct access_row *row)
{
	size_t start = report->access_start;

	output_text_cell(report->output, 0, row->uid);
	for (size_t i = 0; i < report->access_columns; i++) {
		put_time(report, start, row->last_us[i]);
		start += LOCAL_TIME_COLUMNS + OUTPUT_GAP;
	}
	output_end_row(report->output);
}

/* A number of up to five digits. Returns where it ends. */
static char *
write_number(char *s, unsigned number)
{
	char *end = s + 1 + (number >= 10) + (number >= 100) + (number >= 1000) +
	    (number >= 10000);

	for (char *at = end; at > s; number /= 10)
		*--at = (char)('0' + number % 10);
	return end;
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

static bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

/* Where the columns of -c begin. */
struct session_columns {
	size_t time;
	size_t mechanism;
	size_t local;
	size_t remote;
};

static struct session_columns
fit_sessions(const struct roster_row *const *rows, size_t count)
{
	size_t uid = UID_MIN_C;
	size_t mechanism = AUTH_MIN;
	size_t local = TO_MIN;
	struct session_columns c;

	for (size_t i = 0; i < count; i++) {
		char s[ENDPOINT_TEXT_SIZE];

		widen(&uid, output_columns(rows[i]->user));
		widen(&mechanism, output_columns(rows[i]->mechanism));
		if (i == 0 || !endpoint_equal(&rows[i]->local, &rows[i - 1]->local))
			widen(&local, write_endpoint(s, &rows[i]->local));
	}
	c.time = end_of_uids(uid);
	c.mechanism = c.time + LOCAL_TIME_COLUMNS + OUTPUT_GAP;
	c.local = c.mechanism + mechanism + OUTPUT_GAP;
	c.remote = c.local + local + OUTPUT_GAP;
	return c;
}

/* In lower case, as the original prints it. */
static void
put_mechanism(struct report *report, size_t start, struct text mechanism)
{
	char lower[OUTPUT_ESCAPED_SIZE];
	size_t length = 0;

	for (; length < mechanism.length && length < sizeof lower; length++)
		lower[length] = (char)tolower((unsigned char)mechanism.data[length]);
	output_text_cell(report->output, start, (struct text){ lower, length });
}

/* That a session is seen now for the first time tells nothing of its login. */
static bool
knows_login(const struct roster_row *row)
{
	bool is_new = row->number == 0 && row->login_source == TIME_OBSERVED;

	return row->login_us != 0 && !is_new;
}

static void
put_endpoint(struct report *report, size_t start, const struct endpoint *e)
{
	char *cell = output_open_cell(report->output, start, ENDPOINT_TEXT_SIZE);

	output_close_cell(report->output, write_endpoint(cell, e));
}

static void
put_session(struct report *report, const struct session_columns *c,
    const struct roster_row *row)
{
	output_text_cell(report->output, 0, row->user);
	if (knows_login(row))
		put_time(report, c->time, row->login_us);
	put_mechanism(report, c->mechanism, row->mechanism);
	put_endpoint(report, c->local, &row->local);
	put_endpoint(report, c->remote, &row->remote);
	output_end_row(report->output);
}

void
report_sessions(
    struct report *report, const struct roster_row *const *rows, size_t count)
{
	struct session_columns c = fit_sessions(rows, count);

	output_string_cell(report->output, 0, "UID");
	output_string_cell(report->output, c.time, "TIME");
	output_string_cell(report->output, c.mechanism, "AUTH");
	output_string_cell(report->output, c.local, "TO");
	output_string_cell(report->output, c.remote, "FROM");
	output_end_row(report->output);
	for (size_t i = 0; i < count; i++)
		put_session(report, &c, rows[i]);
}

/* "users were" for one as well, and rows, not people: scripts know the original so. */
void
report_summary(struct report *report, enum service service, size_t count)
{
	output_number(report->output, count);
	output_string(report->output, " users were logged in to ");
	output_string(report->output, service_name(service));
	output_string(report->output, ".\n");
}

void
report_disabled(struct report *report, const char *what)
{
	output_string(report->output, "Feature is not enabled for ");
	output_string(report->output, what);
	output_string(report->output, ".\n");
}

static void
say_failed(
    struct report *report, const char *verb, struct text name, const char *failure)
{
	char user[OUTPUT_ESCAPED_SIZE];
	char reason[4 * sizeof((struct kick *)NULL)->reason];

	output_flush(report->output);
	text_escape(user, sizeof user, name);
	text_escape(reason, sizeof reason, text_from(failure));
	fprintf(stderr, "Cannot %s user %s: %s\n", verb, user, reason);
}

/* "User ann is not connected." */
static void
say_of_user(
    struct report *report, const char *before, struct text name, const char *after)
{
	output_string(report->output, before);
	output_text(report->output, name);
	output_string(report->output, after);
}

void
report_kick(struct report *report, const struct kick *kick)
{
	if (kick->result == AUDIT_NOTHING) {
		say_of_user(report, "User ", kick->user, " is not connected.\n");
		return;
	}
	if (kick->ended > 0) {
		say_of_user(report, "Disconnected user ", kick->user, ": ");
		output_number(report->output, kick->ended);
		output_string(report->output, " connections.\n");
	}
	if (kick->result != AUDIT_DONE)
		say_failed(report, "disconnect", kick->user, kick->reason);
}

void
report_hook(struct report *report, const struct hook *hook)
{
	bool blocks = hook->action == AUDIT_BLOCK;
	char until[LOCAL_TIME_SIZE];
	size_t length;

	if (hook->result == AUDIT_FAILED) {
		say_failed(
		    report, blocks ? "block" : "unblock", hook->user, hook->reason);
		return;
	}
	if (hook->result == AUDIT_NOTHING) {
		say_of_user(report, "User ", hook->user, " is not blocked.\n");
		return;
	}
	say_of_user(
	    report, blocks ? "Blocked user " : "Unblocked user ", hook->user, "");
	if (blocks && hook->until_us != 0) {
		length = local_time_format(report->zone, until, hook->until_us);
		output_string(report->output, " until ");
		output_put(report->output, until, length);
	}
	output_string(report->output, ".\n");
}

static void
put_block(struct report *report, size_t since, const struct block *block)
{
	size_t until = since + LOCAL_TIME_COLUMNS + OUTPUT_GAP;

	output_text_cell(report->output, 0, block->user);
	put_time(report, since, block->since_us);
	if (block->until_us != 0)
		put_time(report, until, block->until_us);
	output_text_cell(
	    report->output, until + LOCAL_TIME_COLUMNS + OUTPUT_GAP, block->requester);
	output_end_row(report->output);
}

void
report_blocks(struct report *report, const struct block *blocks, size_t count)
{
	size_t columns = UID_MIN_C;
	size_t since;
	size_t until;

	for (size_t i = 0; i < count; i++)
		widen(&columns, output_columns(blocks[i].user));
	since = end_of_uids(columns);
	until = since + LOCAL_TIME_COLUMNS + OUTPUT_GAP;
	output_string_cell(report->output, 0, "UID");
	output_string_cell(report->output, since, "SINCE");
	output_string_cell(report->output, until, "UNTIL");
	output_string_cell(
	    report->output, until + LOCAL_TIME_COLUMNS + OUTPUT_GAP, "BY");
	output_end_row(report->output);
	for (size_t i = 0; i < count; i++)
		put_block(report, since, &blocks[i]);
}
