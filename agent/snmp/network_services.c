/* SPDX-License-Identifier: ISC */
/*
 * NETWORK-SERVICES-MIB (RFC 2788): applTable, where each listed service is an application,
 * and assocTable, where each of its sessions is an association.
 */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/live.h"
#include "agent/snmp/personal.h"
#include "agent/store/session.h"

enum {
	PROTOCOL_LENGTH = 9
};

/* The services that are applications. */
static const struct application {
	const char *description;
	oid protocol[PROTOCOL_LENGTH]; /* { applTCPProtoID port }; 0.0: it differs */
} applications[SERVICE_END] = {
	[SERVICE_IMAP] = { "IMAP access to the mail store",
	    { NETWORK_SERVICES_ROOT, 4, 143 } },
	[SERVICE_POP3] = { "POP access to the mail store",
	    { NETWORK_SERVICES_ROOT, 4, 110 } },
	[SERVICE_HTTP] = { "HTTP and webmail access to the mail store",
	    { NETWORK_SERVICES_ROOT, 4, 80 } },
	[SERVICE_PROXY] = { .description = "access passed on to other mail servers" },
};

static bool
is_served(const struct scene *scene, enum service service)
{
	return applications[service].description != NULL && scene_lists(scene, service);
}

static uint32_t
appl_index(const struct row *row, unsigned service)
{
	return row->scene->agentx->index_base + service;
}

/*
 * Connections that the mail server itself opens, and those it refuses, are told by nobody:
 * their columns have no instance.
 */
static bool
get_unknown(const struct row *row, struct value *value)
{
	(void)row;
	(void)value;
	return false;
}

static bool
get_name(const struct row *row, struct value *value)
{
	const char *name = service_name(row->index.service);

	return value_text(value, text_from(name), VALUE_TEXT_MAX);
}

/* Empty: there is no entry in a directory. */
static bool
get_directory_name(const struct row *row, struct value *value)
{
	(void)row;
	return value_text(value, text_from(""), VALUE_TEXT_MAX);
}

static bool
get_version(const struct row *row, struct value *value)
{
	const char *version = row->application.health.server_version;

	return version != NULL && value_text(value, text_from(version), VALUE_TEXT_MAX);
}

static bool
get_started(const struct row *row, struct value *value)
{
	return value_stamp(value, row->application.health.server_started_us,
	    row->scene->master_start_us);
}

static bool
get_oper_status(const struct row *row, struct value *value)
{
	enum server_state state = row->application.health.server;

	return state != SERVER_UNKNOWN && value_number(value, state);
}

static bool
get_last_change(const struct row *row, struct value *value)
{
	const struct health *health = &row->application.health;

	return health->server != SERVER_UNKNOWN &&
	    value_stamp(value, health->server_changed_us, row->scene->master_start_us);
}

static bool
get_inbound(const struct row *row, struct value *value)
{
	return value_number(value, row->application.totals.sessions);
}

static bool
get_accumulated_inbound(const struct row *row, struct value *value)
{
	return value_number(value, (uint32_t)row->application.totals.logins);
}

static bool
get_last_inbound(const struct row *row, struct value *value)
{
	return value_stamp(
	    value, row->application.totals.last_login_us, row->scene->master_start_us);
}

static bool
get_description(const struct row *row, struct value *value)
{
	const char *description = applications[row->index.service].description;

	return value_text(value, text_from(description), VALUE_TEXT_MAX);
}

static bool
get_url(const struct row *row, struct value *value)
{
	const char *url = row->application.health.server_url;

	return url != NULL && value_text(value, text_from(url), VALUE_TEXT_MAX);
}

static bool
seek_appl(struct row *row, int having, bool beyond)
{
	const struct scene *scene = row->scene;
	uint64_t from = (uint64_t)row->index.application + beyond;

	(void)having;
	for (enum service s = SERVICE_NONE; s < SERVICE_END; s++) {
		if (appl_index(row, s) < from || !is_served(scene, s))
			continue;
		row->index.application = appl_index(row, s);
		row->index.service = s;
		store_get_totals(scene->view, s, &row->application.totals);
		scene_get_health(scene, &row->application.health);
		return true;
	}
	return false;
}

static bool
find_appl(struct row *row)
{
	uint32_t wanted = row->index.application;

	return seek_appl(row, 0, false) && row->index.application == wanted;
}

static const struct column appl_columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_name },
	{ .arc = 3, .type = ASN_OCTET_STR, .get = get_directory_name },
	{ .arc = 4, .type = ASN_OCTET_STR, .get = get_version },
	{ .arc = 5, .type = ASN_TIMETICKS, .get = get_started },
	{ .arc = 6, .type = ASN_INTEGER, .get = get_oper_status },
	{ .arc = 7, .type = ASN_TIMETICKS, .get = get_last_change },
	{ .arc = 8, .type = ASN_GAUGE, .get = get_inbound },
	{ .arc = 9, .type = ASN_GAUGE, .get = get_unknown },
	{ .arc = 10, .type = ASN_COUNTER, .get = get_accumulated_inbound },
	{ .arc = 11, .type = ASN_COUNTER, .get = get_unknown },
	{ .arc = 12, .type = ASN_TIMETICKS, .get = get_last_inbound },
	{ .arc = 13, .type = ASN_TIMETICKS, .get = get_unknown },
	{ .arc = 14, .type = ASN_COUNTER, .get = get_unknown },
	{ .arc = 15, .type = ASN_COUNTER, .get = get_unknown },
	{ .arc = 16, .type = ASN_OCTET_STR, .get = get_description },
	{ .arc = 17, .type = ASN_OCTET_STR, .get = get_url },
};

static const enum index_part appl_parts[] = { INDEX_APPLICATION, INDEX_END };

const struct table network_services_appl = {
	TABLE_ENTRY(NETWORK_SERVICES_ROOT, 1, 1),
	.index = appl_parts,
	.columns = appl_columns,
	.ncolumns = sizeof appl_columns / sizeof appl_columns[0],
	.find = find_appl,
	.seek = seek_appl,
};

static bool
get_remote(const struct row *row, struct value *value)
{
	struct address shown =
	    scene_client_address(row->scene, &row->session.remote.address);

	return value_address_text(value, &shown);
}

static bool
get_protocol(const struct row *row, struct value *value)
{
	const oid *protocol = applications[row->index.service].protocol;

	return value_oid(value, protocol, protocol[0] != 0 ? PROTOCOL_LENGTH : 2);
}

/* A client, and it is the one that began. */
static bool
get_type(const struct row *row, struct value *value)
{
	enum {
		UA_INITIATOR = 1
	};

	(void)row;
	return value_number(value, UA_INITIATOR);
}

/* By its name a duration, by its type and description the time of the beginning. */
static bool
get_duration(const struct row *row, struct value *value)
{
	return value_stamp(value, row->session.login_us, row->scene->master_start_us);
}

/* The first session of SERVICE whose number is at least FROM. */
static bool
seek_session(struct row *row, enum service service, uint32_t from)
{
	struct session_key key = { service, from };

	if (!is_served(row->scene, service) ||
	    !session_seek(row->scene->view, SESSION_ANY, key, false, &row->session) ||
	    row->session.service != service)
		return false;
	row->index.application = appl_index(row, service);
	row->index.service = service;
	row->index.number = row->session.number;
	return true;
}

static bool
seek_assoc(struct row *row, int having, bool beyond)
{
	uint32_t application = row->index.application;
	uint32_t from = row->index.number;

	(void)having;
	if (from <= SESSION_NUMBER_MAX)
		from += beyond;
	for (enum service s = SERVICE_NONE; s < SERVICE_END; s++) {
		if (appl_index(row, s) < application)
			continue;
		if (seek_session(row, s, appl_index(row, s) == application ? from : 0))
			return true;
	}
	return false;
}

static bool
find_assoc(struct row *row)
{
	uint32_t application = row->index.application;
	uint32_t number = row->index.number;

	return seek_assoc(row, 0, false) && row->index.application == application &&
	    row->index.number == number;
}

static const struct column assoc_columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_remote },
	{ .arc = 3, .type = ASN_OBJECT_ID, .get = get_protocol },
	{ .arc = 4, .type = ASN_INTEGER, .get = get_type },
	{ .arc = 5, .type = ASN_TIMETICKS, .get = get_duration },
};

static const enum index_part assoc_parts[] = { INDEX_APPLICATION, INDEX_NUMBER,
	INDEX_END };

const struct table network_services_assoc = {
	TABLE_ENTRY(NETWORK_SERVICES_ROOT, 2, 1),
	.index = assoc_parts,
	.personal = true,
	.columns = assoc_columns,
	.ncolumns = sizeof assoc_columns / sizeof assoc_columns[0],
	.find = find_assoc,
	.seek = seek_assoc,
};
