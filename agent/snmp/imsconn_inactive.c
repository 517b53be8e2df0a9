/* SPDX-License-Identifier: ISC */
/* imscInactiveTable, and the scalars beside it: how many users do not come. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/live.h"

static bool
get_users(const struct row *row, struct value *value)
{
	return value_number(value, row->inactive_users);
}

static void
read_inactive(struct row *row, uint32_t days)
{
	const struct scene *scene = row->scene;
	uint64_t users = store_count_inactive(scene->view, scene->now_us, days);

	row->index.number = days;
	row->inactive_users = users < UINT32_MAX ? (uint32_t)users : UINT32_MAX;
}

static bool
seek_inactive(struct row *row, int having, bool beyond)
{
	const struct agentx *agentx = row->scene->agentx;

	(void)having;
	for (size_t i = 0; i < agentx->inactive_rows; i++) {
		uint32_t days = (uint32_t)agentx->inactive_days[i];

		if (days < row->index.number || (beyond && days == row->index.number))
			continue;
		read_inactive(row, days);
		return true;
	}
	return false;
}

static bool
find_inactive(struct row *row)
{
	uint32_t wanted = row->index.number;

	return seek_inactive(row, 0, false) && row->index.number == wanted;
}

static const struct column inactive_columns[] = {
	{ .arc = 2, .type = ASN_GAUGE, .get = get_users },
};

static const enum index_part index_parts[] = { INDEX_NUMBER, INDEX_END };

const struct table imsconn_inactive = {
	IMSCONN_ENTRY(4, 3, 1),
	.index = index_parts,
	.columns = inactive_columns,
	.ncolumns = sizeof inactive_columns / sizeof inactive_columns[0],
	.find = find_inactive,
	.seek = seek_inactive,
};

static bool
get_known(const struct row *row, struct value *value)
{
	return row->agent.health.users_us != 0 &&
	    value_number(value, row->agent.health.users_known);
}

static bool
get_never_seen(const struct row *row, struct value *value)
{
	return row->agent.health.users_us != 0 &&
	    value_number(value, row->agent.health.users_never_seen);
}

static bool
find_all(struct row *row)
{
	if (row->index.number != 0)
		return false;
	scene_get_health(row->scene, &row->agent.health);
	return true;
}

static bool
seek_all(struct row *row, int having, bool beyond)
{
	(void)having;
	return !beyond && find_all(row);
}

static const struct column all_columns[] = {
	{ .arc = 4, .type = ASN_GAUGE, .get = get_known },
	{ .arc = 5, .type = ASN_GAUGE, .get = get_never_seen },
};

const struct table imsconn_all_users = {
	IMSCONN_ENTRY(4),
	.index = index_parts,
	.columns = all_columns,
	.ncolumns = sizeof all_columns / sizeof all_columns[0],
	.find = find_all,
	.seek = seek_all,
};
