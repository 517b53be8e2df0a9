/* SPDX-License-Identifier: ISC */
/* What doveadm prints of who is connected: a header, and a row for each connection. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/child.h"
#include "agent/collect/dovecot_text.h"
#include "agent/collect/dovecot_who.h"

struct dovecot_who {
	struct child *child;
	struct event
	    *refused; /* so that DONE is never called from dovecot_who_start() */
	struct who_header header;
	struct listing *listing;
	size_t max_sessions;
	backend_done *done;
	void *arg;
	struct error failure;
};

enum {
	COLUMNS_MAX = 64
};

/* What the columns were called until now. */
static const struct {
	const char *name;
	size_t field;
} names[] = {
	{ "username", offsetof(struct who_header, user) },
	{ "user", offsetof(struct who_header, user) },
	{ "proto", offsetof(struct who_header, service) },
	{ "protocol", offsetof(struct who_header, service) },
	{ "service", offsetof(struct who_header, service) },
	{ "pid", offsetof(struct who_header, pid) },
	{ "ip", offsetof(struct who_header, address) },
	{ "remote_ip", offsetof(struct who_header, address) },
};

/* What stands before SEPARATOR, or all, taken off REST. */
static struct text
cut(struct text *rest, char separator)
{
	const char *at = memchr(rest->data, separator, rest->length);
	struct text before = *rest;

	if (at != NULL)
		before.length = (size_t)(at - rest->data);
	rest->data += before.length + (at != NULL);
	rest->length -= before.length + (at != NULL);
	return before;
}

/* FIELDS between tabs, which are at most COLUMNS_MAX; their number, or 0 for too many. */
static size_t
split(struct text line, struct text fields[COLUMNS_MAX])
{
	size_t count = 1;

	for (size_t i = 0; i < line.length; i++)
		count += line.data[i] == '\t';
	if (count > COLUMNS_MAX)
		return 0;
	for (size_t i = 0; i < count; i++)
		fields[i] = cut(&line, '\t');
	return count;
}

static bool
read_header(struct who_header *header, struct text line, struct error *err)
{
	struct text fields[COLUMNS_MAX];
	char shown[120];

	header->columns = split(line, fields);
	for (size_t i = 0; i < header->columns; i++)
		for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
			if (text_equal(fields[i], text_from(names[n].name)))
				memcpy((char *)header + names[n].field,
				    &(size_t){ i + 1 }, sizeof(size_t));
	header->known = true;
	if (header->user != 0 && header->service != 0 && header->pid != 0)
		return true;
	text_escape(shown, sizeof shown, line);
	error_set(err, "doveadm's header has no %s: \"%s\"",
	    header->user == 0        ? "username" :
		header->service == 0 ? "proto" :
				       "pid",
	    shown);
	return false;
}

static bool
read_pid(struct text text, uint32_t *pid)
{
	uint32_t value = 0;

	if (text.length == 0 || text.length > 10)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' ||
		    value > (INT32_MAX - 9) / 10)
			return false;
		value = value * 10 + (uint32_t)(text.data[i] - '0');
	}
	*pid = value;
	return value > 0;
}

static bool
read_address(struct text text, struct address *address)
{
	return text.length == 0 || text_equal(text, text_from("-")) ||
	    address_parse(address, text);
}

static enum service
read_service(struct text name)
{
	if (text_equal(name, text_from("imap-hibernate")))
		return SERVICE_IMAP;
	return service_from_name(name);
}

/* Connections that differ in nothing follow each other. */
static void
add(struct listing *listing, const struct listed *row)
{
	struct listed *last =
	    listing->count > 0 ? &listing->rows[listing->count - 1] : NULL;

	if (last != NULL && last->pid == row->pid && last->service == row->service &&
	    text_equal(last->user, row->user) &&
	    address_equal(&last->remote, &row->remote)) {
		last->count++;
		listing->sessions++;
		return;
	}
	listing_add(listing, row);
}

static bool
fail_nonsense(struct text line, struct error *err)
{
	char shown[120];

	text_escape(shown, sizeof shown, line);
	error_set(err, "doveadm's answer makes no sense at \"%s\"", shown);
	return false;
}

/*
 * The fields of a row by column. Dovecot 2.3.19 leaves tabs in names as they are, and nothing else
 * has any: what is too much belongs to the name.
 */
static bool
split_row(const struct who_header *header, struct text line, struct text *fields)
{
	struct text all[COLUMNS_MAX];
	size_t count = split(line, all);
	size_t user = header->user - 1;
	size_t extra;

	if (count < header->columns)
		return false;
	extra = count - header->columns;
	for (size_t i = 0; i < header->columns; i++)
		fields[i] = all[i <= user ? i : i + extra];
	fields[user].length = (size_t)(all[user + extra].data - fields[user].data) +
	    all[user + extra].length;
	return true;
}

static bool
read_row(const struct who_header *header, struct text line, struct listing *listing,
    size_t max_sessions, struct error *err)
{
	struct text fields[COLUMNS_MAX];
	struct listed row = { .count = 1 };
	char name[CHILD_LINE_MAX];
	size_t length;

	if (!split_row(header, line, fields) ||
	    !read_pid(fields[header->pid - 1], &row.pid) ||
	    (header->address != 0 &&
		!read_address(fields[header->address - 1], &row.remote)))
		return fail_nonsense(line, err);
	row.user = fields[header->user - 1];
	memcpy(name, row.user.data, row.user.length);
	length = dovecot_unescape(name, row.user.length);
	if (length == SIZE_MAX)
		return fail_nonsense(line, err);
	row.user = (struct text){ name, length };
	row.service = read_service(fields[header->service - 1]);
	if (row.service != SERVICE_IMAP && row.service != SERVICE_POP3)
		return true;
	if (length == 0 || length > USER_NAME_MAX) {
		listing->refused++;
		return true;
	}
	if (listing->sessions >= max_sessions) {
		error_set(err,
		    "doveadm lists more than %zu sessions; raise "
		    "collector.max_sessions",
		    max_sessions);
		return false;
	}
	add(listing, &row);
	return true;
}

bool
who_parse(struct who_header *header, struct text text, struct listing *listing,
    size_t max_sessions, struct error *err)
{
	if (text.length > 0 && text.data[text.length - 1] != '\n') {
		error_set(err, "doveadm's answer ends within a line");
		return false;
	}
	while (text.length > 0) {
		struct text line = cut(&text, '\n');
		bool ok;

		if (line.length > CHILD_LINE_MAX)
			return fail_nonsense((struct text){ line.data, 80 }, err);
		if (!header->known)
			ok = read_header(header, line, err);
		else
			ok = read_row(header, line, listing, max_sessions, err);
		if (!ok)
			return false;
	}
	return true;
}

static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	struct dovecot_who *who = arg;

	return who_parse(&who->header, lines, who->listing, who->max_sessions, err);
}

static void
finish(struct dovecot_who *who, const struct error *err)
{
	backend_done *done = who->done;
	void *arg = who->arg;

	who->child = NULL;
	dovecot_who_cancel(who);
	done(arg, err);
}

/* Without a header nothing was said, not even that there is nobody. */
static void
on_done(void *arg, const struct error *err)
{
	struct dovecot_who *who = arg;
	struct error mute;

	error_set(&mute, "doveadm printed nothing");
	finish(who, err == NULL && !who->header.known ? &mute : err);
}

static void
on_refused(evutil_socket_t fd, short what, void *arg)
{
	struct dovecot_who *who = arg;
	struct error err = who->failure;

	(void)fd;
	(void)what;
	finish(who, &err);
}

struct dovecot_who *
dovecot_who_start(struct event_base *base, const struct conf *conf,
    struct listing *listing, backend_done *done, void *arg)
{
	const char *const argv[] = { conf->doveadm, "-f", "tab", "who", "-1", NULL };
	struct dovecot_who *who = xcalloc(1, sizeof *who);

	who->listing = listing;
	who->max_sessions = (size_t)conf->max_sessions;
	who->done = done;
	who->arg = arg;
	listing->asked_us = clock_now_us();
	listing->services = 1u << SERVICE_IMAP | 1u << SERVICE_POP3;
	who->child = child_start(
	    base, argv, conf->timeout_seconds, on_lines, on_done, who, &who->failure);
	if (who->child != NULL)
		return who;
	who->refused = event_new(base, -1, 0, on_refused, who);
	event_active(who->refused, 0, 0);
	return who;
}

void
dovecot_who_cancel(struct dovecot_who *who)
{
	if (who == NULL)
		return;
	child_kill(who->child);
	if (who->refused != NULL)
		event_free(who->refused);
	free(who);
}
