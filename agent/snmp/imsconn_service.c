/* SPDX-License-Identifier: ISC */
/* imscServiceTable: the totals of each service and of all together. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"

static bool
get_name(const struct row *row, struct value *value)
{
	return value_text(
	    value, text_from(service_name(row->index.service)), VALUE_TEXT_MAX);
}

static bool
get_listed(const struct row *row, struct value *value)
{
	return value_truth(value, row->service.listed);
}

static bool
get_sessions(const struct row *row, struct value *value)
{
	return row->service.listed && value_number(value, row->service.totals.sessions);
}

static bool
get_users(const struct row *row, struct value *value)
{
	return row->service.listed && value_number(value, row->service.totals.users);
}

static bool
get_max_per_user(const struct row *row, struct value *value)
{
	return row->service.listed && value_number(value, row->service.max_per_user);
}

static bool
get_peak_sessions(const struct row *row, struct value *value)
{
	return row->service.listed &&
	    value_number(value, row->service.totals.peak_sessions);
}

static bool
get_peak_users(const struct row *row, struct value *value)
{
	return row->service.listed &&
	    value_number(value, row->service.totals.peak_users);
}

static bool
get_peak_time(const struct row *row, struct value *value)
{
	return row->service.listed && value_date(value, row->service.totals.peak_us);
}

static bool
get_logins(const struct row *row, struct value *value)
{
	return value_counter64(value, row->service.totals.logins);
}

static bool
get_disconnects(const struct row *row, struct value *value)
{
	return value_number(value, row->service.totals.disconnects);
}

static bool
get_last_login(const struct row *row, struct value *value)
{
	return value_date(value, row->service.totals.last_login_us);
}

static bool
get_in_octets(const struct row *row, struct value *value)
{
	const struct octets *octets = &row->service.totals.octets;

	return octets->known && value_counter64(value, octets->in);
}

static bool
get_out_octets(const struct row *row, struct value *value)
{
	const struct octets *octets = &row->service.totals.octets;

	return octets->known && value_counter64(value, octets->out);
}

/* The rows that are always there, and that of a proxy, which is there where it is listed. */
static const enum service served[] = { SERVICE_ALL, SERVICE_IMAP, SERVICE_POP3,
	SERVICE_HTTP, SERVICE_PROXY };

enum {
	SERVED = sizeof served / sizeof served[0]
};

static void
read_service(struct row *row, enum service service)
{
	const struct scene *scene = row->scene;

	row->index.service = service;
	row->service.listed = scene_lists(scene, service);
	store_get_totals(scene->view, service, &row->service.totals);
	row->service.max_per_user = store_get_max_per_user(scene->view, service);
}

static bool
seek_service(struct row *row, int having, bool beyond)
{
	(void)having;
	for (size_t i = 0; i < SERVED; i++) {
		if (served[i] < row->index.service + beyond ||
		    (served[i] == SERVICE_PROXY &&
			!scene_lists(row->scene, SERVICE_PROXY)))
			continue;
		read_service(row, served[i]);
		return true;
	}
	return false;
}

static bool
find_service(struct row *row)
{
	enum service wanted = row->index.service;

	return seek_service(row, 0, false) && row->index.service == wanted;
}

static const struct column columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_name },
	{ .arc = 3, .type = ASN_INTEGER, .get = get_listed },
	{ .arc = 4, .type = ASN_GAUGE, .get = get_sessions },
	{ .arc = 5, .type = ASN_GAUGE, .get = get_users },
	{ .arc = 6, .type = ASN_GAUGE, .get = get_max_per_user },
	{ .arc = 7, .type = ASN_GAUGE, .get = get_peak_sessions },
	{ .arc = 8, .type = ASN_GAUGE, .get = get_peak_users },
	{ .arc = 9, .type = ASN_OCTET_STR, .get = get_peak_time },
	{ .arc = 10, .type = ASN_COUNTER64, .get = get_logins },
	{ .arc = 11, .type = ASN_COUNTER, .get = get_disconnects },
	{ .arc = 12, .type = ASN_OCTET_STR, .get = get_last_login },
	{ .arc = 13, .type = ASN_COUNTER64, .get = get_in_octets },
	{ .arc = 14, .type = ASN_COUNTER64, .get = get_out_octets },
};

static const enum index_part index_parts[] = { INDEX_SERVICE, INDEX_END };

const struct table imsconn_service = {
	IMSCONN_ENTRY(2, 1, 1),
	.index = index_parts,
	.columns = columns,
	.ncolumns = sizeof columns / sizeof columns[0],
	.find = find_service,
	.seek = seek_service,
};
