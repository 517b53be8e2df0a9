/* SPDX-License-Identifier: ISC */
/* imscAuditTable: the last requests to end connections, and to block users. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/personal.h"
#include "agent/store/audit.h"

/* What a search is for. */
enum {
	HAVING_RETURNED = 1
};

static bool
get_time(const struct row *row, struct value *value)
{
	return value_date(value, row->audit.time_us);
}

static bool
get_user(const struct row *row, struct value *value)
{
	return value_user(value, row->scene, row->audit.user);
}

static bool
get_origin(const struct row *row, struct value *value)
{
	return value_number(value, row->audit.origin);
}

static bool
get_requester(const struct row *row, struct value *value)
{
	return value_text(value, row->audit.requester, VALUE_TEXT_MAX);
}

static bool
get_sessions(const struct row *row, struct value *value)
{
	return value_number(value, row->audit.asked);
}

static bool
get_result(const struct row *row, struct value *value)
{
	return value_number(value, row->audit.result);
}

static bool
get_ended(const struct row *row, struct value *value)
{
	return value_number(value, row->audit.ended);
}

static bool
get_reason(const struct row *row, struct value *value)
{
	return value_text(value, row->audit.reason, VALUE_TEXT_MAX);
}

static bool
get_returned(const struct row *row, struct value *value)
{
	return value_date(value, row->audit.returned_us);
}

static bool
get_action(const struct row *row, struct value *value)
{
	return value_number(value, row->audit.action);
}

static bool
find_audit(struct row *row)
{
	return audit_seek(row->scene->view, row->index.number, false, &row->audit) &&
	    row->audit.number == row->index.number;
}

static bool
seek_audit(struct row *row, int having, bool beyond)
{
	struct view *view = row->scene->view;
	uint32_t from = row->index.number;
	int found;

	if (having == HAVING_RETURNED)
		found = audit_seek_returned(view, from, beyond, &row->audit);
	else
		found = audit_seek(view, from, beyond, &row->audit);
	if (found)
		row->index.number = row->audit.number;
	return found;
}

static const struct column columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_time },
	{ .arc = 3, .type = ASN_OCTET_STR, .get = get_user },
	{ .arc = 4, .type = ASN_INTEGER, .get = get_origin },
	{ .arc = 5, .type = ASN_OCTET_STR, .get = get_requester },
	{ .arc = 6, .type = ASN_GAUGE, .get = get_sessions },
	{ .arc = 7, .type = ASN_INTEGER, .get = get_result },
	{ .arc = 8, .type = ASN_GAUGE, .get = get_ended },
	{ .arc = 9, .type = ASN_OCTET_STR, .get = get_reason, .revealing = true },
	{ .arc = 10,
	    .type = ASN_OCTET_STR,
	    .get = get_returned,
	    .having = HAVING_RETURNED },
	{ .arc = 11, .type = ASN_INTEGER, .get = get_action },
};

static const enum index_part index_parts[] = { INDEX_NUMBER, INDEX_END };

const struct table imsconn_audit = {
	IMSCONN_ENTRY(6, 1, 1),
	.index = index_parts,
	.columns = columns,
	.ncolumns = sizeof columns / sizeof columns[0],
	.personal = true,
	.find = find_audit,
	.seek = seek_audit,
};
