/* SPDX-License-Identifier: ISC */
/* imscUserTable and imscAccessTable: the users, and their use of each service. */
#include "config.h"

#include <string.h>

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/live.h"
#include "agent/snmp/personal.h"

static bool
get_name(const struct row *row, struct value *value)
{
	return value_user(value, row->scene, row->user.name);
}

static bool
get_sessions(const struct row *row, struct value *value)
{
	return value_number(value, row->user.sessions);
}

static bool
get_last_access(const struct row *row, struct value *value)
{
	return value_date(value, user_last_us(&row->user, SERVICE_ALL));
}

static bool
get_since_access(const struct row *row, struct value *value)
{
	int64_t last_us = user_last_us(&row->user, SERVICE_ALL);
	int64_t now_us = row->user.sessions > 0 ? last_us : row->scene->now_us;

	return value_seconds(value, now_us, last_us);
}

static bool
get_imap_last_access(const struct row *row, struct value *value)
{
	return value_date(value, user_last_us(&row->user, SERVICE_IMAP));
}

static bool
get_http_last_access(const struct row *row, struct value *value)
{
	return value_date(value, user_last_us(&row->user, SERVICE_HTTP));
}

static bool
get_pop_last_access(const struct row *row, struct value *value)
{
	return value_date(value, user_last_us(&row->user, SERVICE_POP3));
}

static bool
get_disconnect(const struct row *row, struct value *value)
{
	return value_truth(value,
	    scene_is_disconnecting(
		row->scene, row->user.name, (struct session_key){ 0 }));
}

static bool
set_disconnect(const struct row *row, bool truth)
{
	return !truth ||
	    scene_disconnect(row->scene, row->user.name, (struct session_key){ 0 });
}

static bool
find_user(struct row *row)
{
	return scene_get_user(row->scene, &row->index.user, &row->user);
}

static bool
seek_user(struct row *row, int having, bool beyond)
{
	struct user_key from = row->index.user;

	return scene_seek_user(row->scene, (enum service)having, &from, beyond,
	    &row->index.user, &row->user);
}

static const struct column user_columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_name },
	{ .arc = 3, .type = ASN_GAUGE, .get = get_sessions },
	{ .arc = 4,
	    .type = ASN_OCTET_STR,
	    .get = get_last_access,
	    .having = SERVICE_ALL },
	{ .arc = 5, .type = ASN_GAUGE, .get = get_since_access, .having = SERVICE_ALL },
	{ .arc = 6,
	    .type = ASN_OCTET_STR,
	    .get = get_imap_last_access,
	    .having = SERVICE_IMAP },
	{ .arc = 7,
	    .type = ASN_OCTET_STR,
	    .get = get_http_last_access,
	    .having = SERVICE_HTTP },
	{ .arc = 8,
	    .type = ASN_OCTET_STR,
	    .get = get_pop_last_access,
	    .having = SERVICE_POP3 },
	{ .arc = 9,
	    .type = ASN_INTEGER,
	    .get = get_disconnect,
	    .set = set_disconnect,
	    .disconnects = true },
};

static const enum index_part user_index[] = { INDEX_USER, INDEX_END };

const struct table imsconn_user = {
	IMSCONN_ENTRY(4, 1, 1),
	.index = user_index,
	.columns = user_columns,
	.ncolumns = sizeof user_columns / sizeof user_columns[0],
	.personal = true,
	.find = find_user,
	.seek = seek_user,
};

static bool
get_access_sessions(const struct row *row, struct value *value)
{
	return value_number(value, row->access->sessions);
}

static bool
get_access_time(const struct row *row, struct value *value)
{
	return value_date(value, access_last_us(row->access));
}

static bool
get_access_event(const struct row *row, struct value *value)
{
	enum {
		UNKNOWN = 1,
		LOGIN = 2,
		LOGOUT = 3
	};
	const struct access *access = row->access;

	if (access_last_us(access) == 0)
		return value_number(value, UNKNOWN);
	return value_number(
	    value, access->logout_us > access->login_us ? LOGOUT : LOGIN);
}

static bool
get_access_address_type(const struct row *row, struct value *value)
{
	return value_address_type(value, &row->access->address);
}

static bool
get_access_address(const struct row *row, struct value *value)
{
	return value_client_address(value, row->scene, &row->access->address);
}

static bool
find_access(struct row *row)
{
	if (!find_user(row))
		return false;
	row->access = user_access(&row->user, row->index.service);
	return row->access != NULL;
}

/* The user's first access from SERVICE on. */
static bool
choose_access(struct row *row, unsigned service)
{
	for (size_t i = 0; i < row->user.naccess; i++) {
		const struct access *access = &row->user.access[i];

		if (access->service < service)
			continue;
		row->access = access;
		row->index.service = access->service;
		return true;
	}
	return false;
}

static bool
is_key(const struct user_key *a, const struct user_key *b)
{
	return a->length == b->length && memcmp(a->name, b->name, a->length) == 0;
}

static bool
seek_access(struct row *row, int having, bool beyond)
{
	const struct user_key from = row->index.user;
	unsigned service = row->index.service + beyond;
	bool next = false;

	for (; seek_user(row, having, next); next = true)
		if (choose_access(row, is_key(&row->index.user, &from) ? service : 0))
			return true;
	return false;
}

static const struct column access_columns[] = {
	{ .arc = 1, .type = ASN_GAUGE, .get = get_access_sessions },
	{ .arc = 2,
	    .type = ASN_OCTET_STR,
	    .get = get_access_time,
	    .having = SERVICE_ALL },
	{ .arc = 3, .type = ASN_INTEGER, .get = get_access_event },
	{ .arc = 4, .type = ASN_INTEGER, .get = get_access_address_type },
	{ .arc = 5, .type = ASN_OCTET_STR, .get = get_access_address },
};

static const enum index_part access_index[] = { INDEX_USER, INDEX_SERVICE, INDEX_END };

const struct table imsconn_access = {
	IMSCONN_ENTRY(4, 2, 1),
	.index = access_index,
	.columns = access_columns,
	.ncolumns = sizeof access_columns / sizeof access_columns[0],
	.personal = true,
	.find = find_access,
	.seek = seek_access,
};
