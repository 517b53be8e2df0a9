/* SPDX-License-Identifier: ISC */
/* imscSessionTable: the sessions that are open now. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/live.h"
#include "agent/snmp/personal.h"
#include "agent/store/session.h"

enum {
	MECHANISM_MAX = 64
};

static struct session_key
key_of(const struct row *row)
{
	return (struct session_key){ row->index.service, row->index.number };
}

static bool
get_user(const struct row *row, struct value *value)
{
	return value_user(value, row->scene, row->session.user);
}

static bool
get_login_time(const struct row *row, struct value *value)
{
	return value_date(value, row->session.login_us);
}

static bool
get_duration(const struct row *row, struct value *value)
{
	return value_seconds(value, row->scene->now_us, row->session.login_us);
}

static bool
get_mechanism(const struct row *row, struct value *value)
{
	return row->session.mechanism.length > 0 &&
	    value_text(value, row->session.mechanism, MECHANISM_MAX);
}

static bool
get_local_type(const struct row *row, struct value *value)
{
	return value_address_type(value, &row->session.local.address);
}

static bool
get_local_address(const struct row *row, struct value *value)
{
	return value_address(value, &row->session.local.address);
}

static bool
get_local_port(const struct row *row, struct value *value)
{
	return value_number(value, row->session.local.port);
}

static bool
get_remote_type(const struct row *row, struct value *value)
{
	return value_address_type(value, &row->session.remote.address);
}

static bool
get_remote_address(const struct row *row, struct value *value)
{
	return value_client_address(value, row->scene, &row->session.remote.address);
}

static bool
get_remote_port(const struct row *row, struct value *value)
{
	return value_number(value, row->session.remote.port);
}

static bool
get_auth_user(const struct row *row, struct value *value)
{
	return row->session.auth_user.length > 0 &&
	    value_user(value, row->scene, row->session.auth_user);
}

static bool
get_mailbox(const struct row *row, struct value *value)
{
	return row->session.mailbox.length > 0 &&
	    value_text(value, row->session.mailbox, VALUE_TEXT_MAX);
}

static bool
get_idle_time(const struct row *row, struct value *value)
{
	return value_seconds(
	    value, row->scene->now_us, session_idle_since_us(&row->session));
}

static bool
get_in_octets(const struct row *row, struct value *value)
{
	const struct octets *octets = &row->session.octets;

	return octets->known && value_counter64(value, octets->in);
}

static bool
get_out_octets(const struct row *row, struct value *value)
{
	const struct octets *octets = &row->session.octets;

	return octets->known && value_counter64(value, octets->out);
}

static bool
get_process(const struct row *row, struct value *value)
{
	uint32_t pid = row->session.process.pid;

	return value_number(value, pid < PROCESS_STAND_IN ? pid : 0);
}

static bool
get_store_id(const struct row *row, struct value *value)
{
	return row->session.store_id.length > 0 &&
	    value_text(value, row->session.store_id, VALUE_TEXT_MAX);
}

static bool
get_disconnect(const struct row *row, struct value *value)
{
	return value_truth(
	    value, scene_is_disconnecting(row->scene, row->session.user, key_of(row)));
}

static bool
set_disconnect(const struct row *row, bool truth)
{
	return !truth || scene_disconnect(row->scene, row->session.user, key_of(row));
}

static bool
get_login_source(const struct row *row, struct value *value)
{
	return value_number(value, row->session.login_source);
}

static bool
find_session(struct row *row)
{
	return scene_lists(row->scene, row->index.service) &&
	    session_get(row->scene->view, key_of(row), &row->session);
}

static bool
seek_session(struct row *row, int having, bool beyond)
{
	struct session_key key = key_of(row);

	while (session_seek(row->scene->view, (enum session_having)having, key, beyond,
	    &row->session)) {
		row->index.service = row->session.service;
		row->index.number = row->session.number;
		if (scene_lists(row->scene, row->session.service))
			return true;
		/* On behind the whole service. */
		key = (struct session_key){ row->session.service, UINT32_MAX };
		beyond = true;
	}
	return false;
}

static const struct column columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_user },
	{ .arc = 3, .type = ASN_OCTET_STR, .get = get_login_time },
	{ .arc = 4, .type = ASN_GAUGE, .get = get_duration },
	{ .arc = 5,
	    .type = ASN_OCTET_STR,
	    .get = get_mechanism,
	    .having = SESSION_MECHANISM },
	{ .arc = 6, .type = ASN_INTEGER, .get = get_local_type },
	{ .arc = 7, .type = ASN_OCTET_STR, .get = get_local_address },
	{ .arc = 8, .type = ASN_GAUGE, .get = get_local_port },
	{ .arc = 9, .type = ASN_INTEGER, .get = get_remote_type },
	{ .arc = 10, .type = ASN_OCTET_STR, .get = get_remote_address },
	{ .arc = 11, .type = ASN_GAUGE, .get = get_remote_port, .revealing = true },
	{ .arc = 12,
	    .type = ASN_OCTET_STR,
	    .get = get_auth_user,
	    .having = SESSION_AUTH_USER },
	{ .arc = 15,
	    .type = ASN_OCTET_STR,
	    .get = get_mailbox,
	    .having = SESSION_MAILBOX,
	    .revealing = true },
	{ .arc = 16,
	    .type = ASN_GAUGE,
	    .get = get_idle_time,
	    .having = SESSION_IDLE_TIME },
	{ .arc = 17,
	    .type = ASN_COUNTER64,
	    .get = get_in_octets,
	    .having = SESSION_OCTETS },
	{ .arc = 18,
	    .type = ASN_COUNTER64,
	    .get = get_out_octets,
	    .having = SESSION_OCTETS },
	{ .arc = 19, .type = ASN_GAUGE, .get = get_process, .revealing = true },
	{ .arc = 20,
	    .type = ASN_OCTET_STR,
	    .get = get_store_id,
	    .having = SESSION_STORE_ID,
	    .revealing = true },
	{ .arc = 21,
	    .type = ASN_INTEGER,
	    .get = get_disconnect,
	    .set = set_disconnect,
	    .disconnects = true },
	{ .arc = 22, .type = ASN_INTEGER, .get = get_login_source },
};

static const enum index_part index_parts[] = { INDEX_SERVICE, INDEX_NUMBER, INDEX_END };

const struct table imsconn_session = {
	IMSCONN_ENTRY(3, 1, 1),
	.index = index_parts,
	.columns = columns,
	.ncolumns = sizeof columns / sizeof columns[0],
	.personal = true,
	.find = find_session,
	.seek = seek_session,
};
