/* SPDX-License-Identifier: ISC */
/* A login as Dovecot's last_login plugin tells it. */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/collect/dovecot_text.h"
#include "agent/collect/dict_login.h"

#define SHARED "shared/"

enum {
	OURS_LENGTH = 5, /* ims1| or ims2| */
	MECHANISM_MAX = 64,
	ID_MAX = 255
};

/* A login may be this far ahead of our clock, and no earlier than the year 2000. */
static const int64_t ahead_us = 60LL * CLOCK_SECOND_US;
static const int64_t earliest_us = 946684800LL * CLOCK_SECOND_US;

/* A number of up to 18 digits; -1 for anything else. */
static int64_t
number_of(struct text text)
{
	int64_t value = 0;

	if (text.length == 0 || text.length > 18)
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		value = value * 10 + (text.data[i] - '0');
	}
	return value;
}

static uint16_t
port_of(struct text text)
{
	int64_t port = number_of(text);

	return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/*
 * master_user|user. The first is empty but for a master user's login, and the second may have bars.
 * Some tell the user twice in place of an empty one: then both halves are equal.
 */
static bool
split_users(struct text both, struct text *auth_user, struct text *user)
{
	size_t half = both.length / 2;

	if (both.length % 2 == 1 && both.data[half] == '|' && both.data[0] != '|' &&
	    memcmp(both.data, both.data + half + 1, half) == 0) {
		*auth_user = (struct text){ 0 };
		*user = (struct text){ both.data, half };
		return true;
	}
	*user = both;
	return text_cut(user, '|', auth_user);
}

/* last_login_precision is s, ms, us or ns: told by the size, until the year 2286. */
static int64_t
time_of(struct text value, int64_t now_us)
{
	int64_t time = -1;

	if (value.length <= 18)
		time = number_of(value);
	else if (value.length == 19) /* ns */
		time = number_of((struct text){ value.data, 16 });
	if (value.length <= 10)
		time *= CLOCK_SECOND_US;
	else if (value.length <= 13)
		time *= CLOCK_MS_US;
	return time < earliest_us || time > now_us + ahead_us ? now_us : time;
}

/* Who connected is of interest only if it is not who is said to be the client. */
static void
set_peer(struct session *session, struct text real_ip)
{
	address_parse(&session->peer, real_ip);
	if (address_equal(&session->peer, &session->remote.address))
		session->peer = (struct address){ 0 };
}

static int
parse_fields(struct session *session, int layout, struct text rest, struct error *err)
{
	enum {
		SERVICE,
		ID,
		PID,
		RIP,
		RPORT,
		LIP,
		LPORT,
		MECHANISM,
		REAL_RIP,
		FIELDS
	};
	struct text field[FIELDS] = { 0 };
	size_t count = layout == 1 ? REAL_RIP : FIELDS;
	int64_t pid;

	for (size_t i = 0; i < count; i++)
		if (!text_cut(&rest, '|', &field[i]))
			return error_set(err, "its key has too few fields");
	session->service = service_from_name(field[SERVICE]);
	if (session->service != SERVICE_IMAP && session->service != SERVICE_POP3)
		return error_set(err, "its service is neither imap nor pop3");
	pid = field[PID].length > 0 ? number_of(field[PID]) : 0;
	if (pid < 0 || pid > INT32_MAX)
		return error_set(err, "its process makes no sense");
	session->process.pid = (uint32_t)pid;
	if (!split_users(rest, &session->auth_user, &session->user) ||
	    session->user.length == 0 || session->user.length > USER_NAME_MAX ||
	    session->auth_user.length > USER_NAME_MAX)
		return error_set(err, "its user's name is missing or too long");
	if (field[ID].length <= ID_MAX)
		session->store_id = field[ID];
	if (field[MECHANISM].length <= MECHANISM_MAX)
		session->mechanism = field[MECHANISM];
	address_parse(&session->remote.address, field[RIP]);
	address_parse(&session->local.address, field[LIP]);
	session->remote.port = port_of(field[RPORT]);
	session->local.port = port_of(field[LPORT]);
	set_peer(session, field[REAL_RIP]);
	return 0;
}

static bool
begins_with(struct text text, const char *head)
{
	size_t length = strlen(head);

	return text.length >= length && memcmp(text.data, head, length) == 0;
}

/* Which layout what begins at TEXT has; 0: none of ours. */
static int
layout_of(struct text text)
{
	return begins_with(text, "ims1|") ? 1 : begins_with(text, "ims2|") ? 2 : 0;
}

static struct text
behind(struct text text, size_t length)
{
	return (struct text){ text.data + length, text.length - length };
}

/* Only the first place counts: what follows it may be a name. */
size_t
dict_login_site_key(struct text key)
{
	size_t shared = sizeof SHARED - 1;
	const char *bar = key.data;

	if (!begins_with(key, SHARED) || layout_of(behind(key, shared)) != 0)
		return 0;
	while (
	    (bar = memchr(bar, '|', key.length - (size_t)(bar - key.data))) != NULL) {
		size_t before = (size_t)(bar++ - key.data);

		if (layout_of(behind(key, before + 1)) != 0)
			return before;
	}
	return 0;
}

int
dict_login_parse(struct session *session, struct text key, struct text value,
    int64_t now_us, struct error *err)
{
	size_t site = dict_login_site_key(key);
	size_t skip = site > 0 ? site + 1 : sizeof SHARED - 1;
	int layout = 0;

	memset(session, 0, sizeof *session);
	if (begins_with(key, SHARED))
		layout = layout_of(behind(key, skip));
	if (layout == 0)
		return error_set(err,
		    "its key does not begin with \"" SHARED "ims1|\" or \"" SHARED
		    "ims2|\"");
	if (parse_fields(session, layout, behind(key, skip + OURS_LENGTH), err) == -1)
		return -1;
	session->login_us = time_of(value, now_us);
	session->login_source = TIME_RECORDED;
	session->created_us = now_us;
	if (session->remote.port == 0)
		session->remote.port =
		    dovecot_id_port(session->store_id, &session->remote.address);
	return 0;
}
