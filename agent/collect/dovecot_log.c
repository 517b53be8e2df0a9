/* SPDX-License-Identifier: ISC */
/* Lines of Dovecot's log that tell of logins and logouts. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "agent/collect/dovecot_log.h"
#include "agent/collect/dovecot_log_octets.h"
#include "agent/collect/log_time.h"
#include "agent/collect/dovecot_text.h"

enum {
	MECHANISM_MAX = 64,
	ID_MAX = 255,
	CUT_NAME = 77 /* octets of a name that a login process leaves before "..." */
};

static bool
take(struct text *line, const char *word)
{
	size_t length = strlen(word);

	if (line->length < length || memcmp(line->data, word, length) != 0)
		return false;
	line->data += length;
	line->length -= length;
	return true;
}

/* Takes one of the words, which end with NULL; its number, or -1. */
static int
take_one(struct text *line, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (take(line, words[i]))
			return i;
	return -1;
}

/* A number of up to 10 digits that is in the line until END. */
static bool
number_until(struct text *line, char end, uint32_t *number)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < line->length && i < 10; i++) {
		if (line->data[i] < '0' || line->data[i] > '9')
			break;
		value = value * 10 + (uint64_t)(line->data[i] - '0');
	}
	if (i == 0 || i == line->length || line->data[i] != end || value > INT32_MAX)
		return false;
	*number = (uint32_t)value;
	line->data += i + 1;
	line->length -= i + 1;
	return true;
}

/* A syslog daemon's "HOST dovecot: " or "HOST dovecot[PID]: ", if it is there. */
static void
take_syslog(struct text *line)
{
	const char *blank = memchr(line->data, ' ', line->length);
	struct text rest;
	uint32_t pid;

	if (blank == NULL)
		return;
	rest.data = blank + 1;
	rest.length = line->length - (size_t)(rest.data - line->data);
	if (!take(&rest, "dovecot"))
		return;
	if (take(&rest, "[") && !number_until(&rest, ']', &pid))
		return;
	if (take(&rest, ": "))
		*line = rest;
}

/* The last place of WORD in TEXT, or NULL. */
static const char *
find_last(struct text text, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = text.length; i >= length; i--)
		if (memcmp(text.data + i - length, word, length) == 0)
			return text.data + i - length;
	return NULL;
}

/*
 * user=<NAME>, and after it what nobody but Dovecot chose; so the last place that looks like
 * the end of the name is it.
 */
static bool
take_name(struct text *line, struct text *name)
{
	const char *end;

	if (!take(line, "user=<"))
		return false;
	end = find_last(*line, ">, method=");
	if (end == NULL)
		return false;
	*name = (struct text){ line->data, (size_t)(end - line->data) };
	line->data = end + 1;
	line->length -= name->length + 1;
	return name->length > 0 && name->length <= USER_NAME_MAX;
}

/* Login processes write '?' for what is not printable, and cut long names. */
static bool
is_whole_name(struct text name)
{
	if (memchr(name.data, '?', name.length) != NULL)
		return false;
	return name.length < CUT_NAME || find_last(name, "...") == NULL ||
	    memcmp(name.data + name.length - 3, "...", 3) != 0;
}

static void
set_mechanism(struct session *session, struct text value)
{
	if (value.length <= MECHANISM_MAX)
		session->mechanism = value;
}

static void
set_remote(struct session *session, struct text value)
{
	address_parse(&session->remote.address, value);
}

static void
set_peer(struct session *session, struct text value)
{
	address_parse(&session->peer, value);
}

static void
set_local(struct session *session, struct text value)
{
	address_parse(&session->local.address, value);
}

static uint32_t
number_of(struct text value)
{
	char digits[16];
	struct text text = { digits, value.length + 1 };
	uint32_t number = 0;

	if (value.length >= sizeof digits)
		return 0;
	memcpy(digits, value.data, value.length);
	digits[value.length] = ',';
	return number_until(&text, ',', &number) && text.length == 0 ? number : 0;
}

static uint16_t
port_of(struct text value)
{
	uint32_t port = number_of(value);

	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static void
set_remote_port(struct session *session, struct text value)
{
	session->remote.port = port_of(value);
}

static void
set_local_port(struct session *session, struct text value)
{
	session->local.port = port_of(value);
}

static void
set_process(struct session *session, struct text value)
{
	session->process.pid = number_of(value);
}

static void
set_id(struct session *session, struct text value)
{
	if (value.length <= ID_MAX)
		session->store_id = value;
}

/* A name without its domain. */
static struct text
local_part(struct text name)
{
	const char *at = memchr(name.data, '@', name.length);

	if (at != NULL)
		name.length = (size_t)(at - name.data);
	return name;
}

/* Whether A may be B as somebody typed it: in other letters, or one of them without a domain. */
static bool
may_be_same(struct text a, struct text b)
{
	struct text local_a = local_part(a);
	struct text local_b = local_part(b);

	if (local_a.length == a.length || local_b.length == b.length) {
		a = local_a;
		b = local_b;
	}
	return a.length == b.length && strncasecmp(a.data, b.data, a.length) == 0;
}

/* It is not only a master user's name: Dovecot puts there what the user typed, too. */
static void
set_auth_user(struct session *session, struct text value)
{
	if (value.length > 0 && value.length <= USER_NAME_MAX &&
	    !may_be_same(value, session->user))
		session->auth_user = value;
}

/* The elements of login_log_format_elements that say something to us. */
static const struct {
	const char *name;
	void (*set)(struct session *session, struct text value);
} elements[] = {
	{ "method=", set_mechanism },
	{ "rip=", set_remote },
	{ "real_rip=", set_peer },
	{ "lip=", set_local },
	{ "rport=", set_remote_port },
	{ "lport=", set_local_port },
	{ "mpid=", set_process },
	{ "session=", set_id },
	{ "auth_user=", set_auth_user },
};

static void
set_element(struct session *session, struct text element)
{
	for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
		struct text value = element;

		if (!take(&value, elements[i].name))
			continue;
		if (value.length >= 2 && value.data[0] == '<' &&
		    value.data[value.length - 1] == '>') {
			value.data++;
			value.length -= 2;
		}
		elements[i].set(session, value);
	}
}

static enum log_line
parse_login(struct session *session, struct text line)
{
	if (!take_name(&line, &session->user) || !is_whole_name(session->user))
		return LOG_LINE_OTHER;
	while (take(&line, ", ")) {
		const char *end = memmem(line.data, line.length, ", ", 2);
		size_t length = end ? (size_t)(end - line.data) : line.length;

		set_element(session, (struct text){ line.data, length });
		line.data += length;
		line.length -= length;
	}
	if (session->remote.port == 0)
		session->remote.port =
		    dovecot_id_port(session->store_id, &session->remote.address);
	session->login_source = TIME_RECORDED;
	return LOG_LINE_LOGIN;
}

/* "<PID><SESSION>: " and the words of an end. */
static bool
take_end(struct text line, struct session *session)
{
	static const char *const words[] = { "Disconnected", "Logged out",
		"Connection closed", NULL };
	const char *end;

	if (!take(&line, "<") || !number_until(&line, '>', &session->process.pid) ||
	    !take(&line, "<"))
		return false;
	end = memmem(line.data, line.length, ">: ", 3);
	if (end == NULL || end - line.data > ID_MAX)
		return false;
	session->store_id = (struct text){ line.data, (size_t)(end - line.data) };
	line.data = end + 3;
	line.length -= session->store_id.length + 3;
	take(&line, "Info: ");
	if (take_one(&line, words) == -1)
		return false;
	dovecot_log_take_octets(&session->octets, line);
	return true;
}

/* NAME)<PID><SESSION>: where a name may look like all of that: the last place is it. */
static enum log_line
parse_logout(struct session *session, struct text line)
{
	struct text before = line;
	const char *end;

	while ((end = find_last(before, ")<")) != NULL) {
		size_t length = (size_t)(end - line.data);

		if (take_end(
			(struct text){ end + 1, line.length - length - 1 }, session)) {
			session->user = (struct text){ line.data, length };
			return length > 0 && length <= USER_NAME_MAX ? LOG_LINE_LOGOUT :
								       LOG_LINE_OTHER;
		}
		before.length = length;
	}
	return LOG_LINE_OTHER;
}

/*
 * What is before the words of Dovecot's processes. What goes to the journal by the standard error
 * has a time, too; the journal's own is finer.
 */
static bool
take_head(struct text *line, int64_t now_us, int64_t *at_us)
{
	struct text rest = *line;
	int64_t time_us;

	if (*at_us == 0) {
		if (!log_take_time(line, now_us, at_us))
			return false;
		take_syslog(line);
		return true;
	}
	if (log_take_time(&rest, now_us, &time_us))
		*line = rest;
	return *at_us <= now_us + LOG_AHEAD_US;
}

enum log_line
dovecot_log_parse(
    struct session *session, struct text line, int64_t at_us, int64_t now_us)
{
	static const char *const logins[] = { "imap-login: ", "pop3-login: ", NULL };
	static const char *const ends[] = { "imap(", "pop3(", "imap-hibernate(", NULL };
	static const enum service services[] = { SERVICE_IMAP, SERVICE_POP3,
		SERVICE_IMAP };
	static const char *const words[] = { "Login: ", "Logged in: ", NULL };
	int which;

	memset(session, 0, sizeof *session);
	if (line.length > LOG_LINE_MAX || !take_head(&line, now_us, &at_us))
		return LOG_LINE_OTHER;
	session->login_us = at_us;
	session->created_us = now_us;
	if ((which = take_one(&line, logins)) != -1) {
		session->service = services[which];
		take(&line, "Info: ");
		return take_one(&line, words) != -1 ? parse_login(session, line) :
						      LOG_LINE_OTHER;
	}
	if ((which = take_one(&line, ends)) == -1)
		return LOG_LINE_OTHER;
	session->service = services[which];
	return parse_logout(session, line);
}
