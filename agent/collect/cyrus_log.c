/* SPDX-License-Identifier: ISC */
/* Lines of Cyrus's log that tell of logins and logouts. */
#include "config.h"

#include <string.h>

#include "agent/collect/cyrus_log.h"
#include "agent/collect/cyrus_logfmt.h"
#include "agent/collect/cyrus_proc.h"
#include "agent/collect/log_time.h"

enum {
	MECHANISM_MAX = 64,
	ID_MAX = 255,
	PROGRAM_MAX = 255
};

/* What texts point to that are not in the line as they are meant. */
static _Thread_local char unpacked[LOG_LINE_MAX + MECHANISM_MAX];

static void
skip(struct text *text, size_t length)
{
	text->data += length;
	text->length -= length;
}

static bool
take(struct text *line, const char *word)
{
	size_t length = strlen(word);

	if (line->length < length || memcmp(line->data, word, length) != 0)
		return false;
	skip(line, length);
	return true;
}

/* What is before the first END, which is taken off, too. */
static bool
take_until(struct text *line, const char *end, struct text *before)
{
	const char *at = line->length > 0 ?
	    memmem(line->data, line->length, end, strlen(end)) :
	    NULL;

	if (at == NULL)
		return false;
	*before = (struct text){ line->data, (size_t)(at - line->data) };
	skip(line, before->length + strlen(end));
	return true;
}

/* Cuts off from the last place of WORD to the end; what is behind WORD is REST. */
static bool
cut_last(struct text *line, const char *word, struct text *rest)
{
	size_t length = strlen(word);

	for (size_t i = line->length; i >= length; i--)
		if (memcmp(line->data + i - length, word, length) == 0) {
			*rest = (struct text){ line->data + i, line->length - i };
			line->length = i - length;
			return true;
		}
	return false;
}

/* A whole text of digits. */
static bool
parse_number(struct text text, uint64_t *number)
{
	*number = 0;
	if (text.length == 0 || text.length > 18)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(text.data[i] - '0');
	}
	return true;
}

/* ---- who writes: "HOST cyrus/imap[4711]: ", unless the source told it */

static bool
take_writer(struct text *line, struct text *program, uint32_t *pid)
{
	struct text host;
	struct text digits;
	uint64_t number;

	if (!take_until(line, " ", &host) || !take_until(line, "]: ", program) ||
	    !cut_last(program, "[", &digits) || !parse_number(digits, &number) ||
	    number > INT32_MAX || program->length > PROGRAM_MAX ||
	    (program->length > 0 &&
		memchr(program->data, ' ', program->length) != NULL))
		return false;
	*pid = (uint32_t)number;
	return true;
}

/* The NAME of the service is behind the site's prefix, if it has one. */
static bool
take_head(struct text *line, const struct log_entry *entry, int64_t now_us,
    struct session *session, struct text *name)
{
	struct text prefix;
	struct text behind;

	*name = entry->program;
	session->login_us = entry->at_us;
	session->process.pid = entry->pid;
	if (entry->at_us == 0) {
		if (!log_take_time(line, now_us, &session->login_us) ||
		    !take_writer(line, name, &session->process.pid))
			return false;
	}
	prefix = *name;
	if (cut_last(&prefix, "/", &behind))
		*name = behind;
	session->created_us = now_us;
	session->login_source = TIME_RECORDED;
	return session->login_us <= now_us + LOG_AHEAD_US;
}

/* ---- what they write */

static bool
set_id(struct session *session, struct text id)
{
	session->store_id = id;
	return id.length > 0 && id.length <= ID_MAX &&
	    memchr(id.data, ' ', id.length) == NULL &&
	    memchr(id.data, '<', id.length) == NULL &&
	    memchr(id.data, '>', id.length) == NULL;
}

/* "name [192.0.2.7]" or "[192.0.2.7]"; false for a Unix socket, whose login nobody follows. */
static bool
set_host(struct session *session, struct text host)
{
	struct text address;

	return host.length > 0 && host.data[host.length - 1] == ']' &&
	    cut_last(&host, "[", &address) &&
	    address_parse(&session->remote.address,
		(struct text){ address.data, address.length - 1 });
}

/*
 * SASL's names are in capitals, whatever the client wrote. The LOGIN command and that of POP3 have
 * "plaintext", and HTTP has its own schemes.
 */
static void
set_mechanism(struct session *session, struct text mechanism, char *room)
{
	if (mechanism.length == 0 || mechanism.length > MECHANISM_MAX)
		return;
	session->mechanism = mechanism;
	if (session->service == SERVICE_HTTP ||
	    text_equal(mechanism, text_from("plaintext")))
		return;
	for (size_t i = 0; i < mechanism.length; i++) {
		char c = mechanism.data[i];

		room[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	session->mechanism.data = room;
}

static bool
set_user(struct session *session, struct text user)
{
	session->user = user;
	return user.length > 0 && user.length <= USER_NAME_MAX;
}

/*
 * HOST USER MECHANISM[+TLS] User logged in SESSIONID=<ID>: where a host has no blank, a mechanism
 * neither, and a user may have all of that. Of an anonymous login, the line ends with a password
 * that may look like the rest.
 */
static enum log_line
parse_login(struct session *session, struct text line)
{
	struct text before;
	struct text host;
	struct text id;
	struct text mechanism;
	struct text tls;

	if (line.length > 0 && line.data[0] != '[' &&
	    (!take_until(&line, " ", &before) || line.length == 0 ||
		line.data[0] != '['))
		return LOG_LINE_OTHER;
	if (!take_until(&line, " ", &host) || !set_host(session, host) ||
	    line.length == 0 || line.data[line.length - 1] != '>')
		return LOG_LINE_OTHER;
	line.length--;
	if (!cut_last(&line, " User logged in SESSIONID=<", &id) ||
	    !set_id(session, id) || !cut_last(&line, " ", &mechanism) ||
	    !set_user(session, line) || take(&line, "anonymous "))
		return LOG_LINE_OTHER;
	cut_last(&mechanism, "+TLS", &tls);
	set_mechanism(session, mechanism, unpacked);
	return LOG_LINE_LOGIN;
}

/* " NAME=<number>" */
static bool
take_count(struct text *line, const char *name, uint64_t *count)
{
	struct text before;
	struct text digits;

	return take_until(line, name, &before) && take_until(line, ">", &digits) &&
	    parse_number(digits, count);
}

/* 3.6 counts in 32 bits: what has become negative is not known. */
static enum log_line
parse_traffic(struct session *session, struct text line)
{
	struct octets *octets = &session->octets;
	struct text id;

	if (!take_until(&line, ">", &id) || !set_id(session, id))
		return LOG_LINE_OTHER;
	octets->known = take_count(&line, " bytes_in=<", &octets->in) &&
	    take_count(&line, " bytes_out=<", &octets->out);
	return LOG_LINE_LOGOUT;
}

/* What is behind the name of the session its client had a hand in. */
static enum log_line
parse_end(struct session *session, struct text line)
{
	struct text id;

	return take_until(&line, ">", &id) && set_id(session, id) ? LOG_LINE_LOGOUT :
								    LOG_LINE_OTHER;
}

/* ---- the same in pairs */

enum field {
	FIELD_ID,
	FIELD_HOST,
	FIELD_USER,
	FIELD_MECHANISM,
	FIELD_SCHEME,
	FIELD_FOLDER,
	FIELD_IN,
	FIELD_OUT,
	FIELD_END
};

static const char *const fields[FIELD_END] = {
	[FIELD_ID] = "r.sessionid",
	[FIELD_HOST] = "r.clienthost",
	[FIELD_USER] = "u.username",
	[FIELD_MECHANISM] = "login.mech",
	[FIELD_SCHEME] = "login.scheme",
	[FIELD_FOLDER] = "pop.subfolder",
	[FIELD_IN] = "used.bytes.in",
	[FIELD_OUT] = "used.bytes.out",
};

/* The first of each counts. False if not all of the line is as it should be. */
static bool
read_pairs(struct text line, struct text values[FIELD_END], char **room)
{
	bool seen[FIELD_END] = { false };
	struct text key;
	struct text value;

	while (cyrus_logfmt_take(&line, &key, &value, room))
		for (size_t i = 0; i < FIELD_END; i++)
			if (!seen[i] && text_equal(key, text_from(fields[i]))) {
				seen[i] = true;
				values[i] = value;
				/* POP's APOP is told by the lack of a mechanism. */
				if (i == FIELD_FOLDER)
					values[i] = text_from("APOP");
			}
	return line.length == 0;
}

static enum log_line
parse_login_pairs(struct session *session, struct text line)
{
	struct text values[FIELD_END] = { 0 };
	char *room = unpacked;

	if (!read_pairs(line, values, &room) || !set_id(session, values[FIELD_ID]) ||
	    !set_host(session, values[FIELD_HOST]) ||
	    !set_user(session, values[FIELD_USER]))
		return LOG_LINE_OTHER;
	for (enum field f = FIELD_MECHANISM; f <= FIELD_FOLDER; f++)
		if (session->mechanism.length == 0)
			set_mechanism(session, values[f], room);
	return LOG_LINE_LOGIN;
}

static enum log_line
parse_traffic_pairs(struct session *session, struct text line)
{
	struct text values[FIELD_END] = { 0 };
	struct octets *octets = &session->octets;
	char *room = unpacked;

	if (!read_pairs(line, values, &room) || !set_id(session, values[FIELD_ID]))
		return LOG_LINE_OTHER;
	octets->known = parse_number(values[FIELD_IN], &octets->in) &&
	    parse_number(values[FIELD_OUT], &octets->out);
	return LOG_LINE_LOGOUT;
}

/* What a line begins with, and what reads the rest of it. */
static const struct {
	const char *word;
	enum log_line (*parse)(struct session *session, struct text line);
} kinds[] = {
	{ "login: ", parse_login },
	{ "auditlog: traffic sessionid=<", parse_traffic },
	{ "session ended: sessionid=<", parse_end },
	{ "event=login.good ", parse_login_pairs },
	{ "event=auditlog.traffic ", parse_traffic_pairs },
};

enum log_line
cyrus_log_parse(struct session *session, const struct log_entry *entry,
    const struct conf *conf, int64_t now_us)
{
	struct text line = entry->line;
	struct text name;

	memset(session, 0, sizeof *session);
	if (line.length > LOG_LINE_MAX ||
	    !take_head(&line, entry, now_us, session, &name))
		return LOG_LINE_OTHER;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!take(&line, kinds[i].word))
			continue;
		session->service = cyrus_proc_named(conf, name, session->process.pid);
		return session->service == SERVICE_NONE ? LOG_LINE_OTHER :
							  kinds[i].parse(session, line);
	}
	return LOG_LINE_OTHER;
}
