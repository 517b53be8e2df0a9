/* SPDX-License-Identifier: ISC */
/* The scalars of IMSCONN-MIB: the agent and how its collecting goes. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/live.h"
#include "agent/snmp/personal.h"

static bool
get_version(const struct row *row, struct value *value)
{
	(void)row;
	return value_text(value, text_from(PACKAGE_VERSION), VALUE_TEXT_MAX);
}

static bool
get_store_name(const struct row *row, struct value *value)
{
	const char *name = row->agent.health.store_name;

	return name[0] != '\0' && value_text(value, text_from(name), VALUE_TEXT_MAX);
}

static bool
get_status(const struct row *row, struct value *value)
{
	return value_number(value, row->agent.health.status);
}

static bool
get_last_success(const struct row *row, struct value *value)
{
	return value_date(value, row->agent.health.success_us);
}

static bool
get_data_age(const struct row *row, struct value *value)
{
	return value_seconds(value, row->scene->now_us, row->agent.health.success_us);
}

static bool
get_duration(const struct row *row, struct value *value)
{
	return row->agent.health.success_us != 0 &&
	    value_number(value, row->agent.health.duration_ms);
}

static bool
get_failures(const struct row *row, struct value *value)
{
	return value_number(value, row->agent.health.failures);
}

static bool
get_last_error(const struct row *row, struct value *value)
{
	return value_message(
	    value, row->scene, text_from(row->agent.health.last_error));
}

static bool
get_discontinuity(const struct row *row, struct value *value)
{
	return value_stamp(value, row->agent.created_us, row->scene->master_start_us);
}

static bool
get_privacy(const struct row *row, struct value *value)
{
	return value_number(value, scene_privacy(row->scene));
}

static bool
get_capabilities(const struct row *row, struct value *value)
{
	enum {
		DEFINED = 14
	};

	return value_bits(value, row->scene->agentx->capabilities, DEFINED);
}

static bool
get_session_rows(const struct row *row, struct value *value)
{
	return value_number(value, row->agent.session_rows);
}

static bool
get_user_rows(const struct row *row, struct value *value)
{
	uint64_t rows = row->agent.user_rows;

	return value_number(value, rows < UINT32_MAX ? (uint32_t)rows : UINT32_MAX);
}

static bool
get_generation(const struct row *row, struct value *value)
{
	return value_number(value, (uint32_t)row->agent.generation);
}

static uint32_t
count_session_rows(const struct scene *scene)
{
	uint32_t rows = 0;

	for (enum service s = SERVICE_ALL + 1; s < SERVICE_END; s++) {
		struct totals totals;

		if (!scene_lists(scene, s))
			continue;
		store_get_totals(scene->view, s, &totals);
		rows += totals.sessions;
	}
	return rows;
}

static bool
find_agent(struct row *row)
{
	const struct scene *scene = row->scene;
	struct agent_row *agent = &row->agent;

	if (row->index.number != 0)
		return false;
	agent->session_rows = 0;
	agent->user_rows = 0;
	scene_get_health(scene, &agent->health);
	if (scene_tells_table(scene, &imsconn_session))
		agent->session_rows = count_session_rows(scene);
	if (scene_tells_table(scene, &imsconn_user))
		agent->user_rows = store_count_users(scene->view);
	agent->generation = view_generation(scene->view);
	agent->created_us = view_created_us(scene->view);
	return true;
}

static bool
seek_agent(struct row *row, int having, bool beyond)
{
	(void)having;
	return !beyond && find_agent(row);
}

static const struct column columns[] = {
	{ .arc = 1, .type = ASN_OCTET_STR, .get = get_version },
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_store_name },
	{ .arc = 3, .type = ASN_INTEGER, .get = get_status },
	{ .arc = 4, .type = ASN_OCTET_STR, .get = get_last_success },
	{ .arc = 5, .type = ASN_GAUGE, .get = get_data_age },
	{ .arc = 6, .type = ASN_GAUGE, .get = get_duration },
	{ .arc = 7, .type = ASN_COUNTER, .get = get_failures },
	{ .arc = 8, .type = ASN_OCTET_STR, .get = get_last_error },
	{ .arc = 9, .type = ASN_TIMETICKS, .get = get_discontinuity },
	{ .arc = 10, .type = ASN_INTEGER, .get = get_privacy },
	{ .arc = 11, .type = ASN_OCTET_STR, .get = get_capabilities },
	{ .arc = 12, .type = ASN_GAUGE, .get = get_session_rows },
	{ .arc = 13, .type = ASN_GAUGE, .get = get_user_rows },
	{ .arc = 14, .type = ASN_COUNTER, .get = get_generation },
};

static const enum index_part index_parts[] = { INDEX_NUMBER, INDEX_END };

const struct table imsconn_agent = {
	IMSCONN_ENTRY(1),
	.index = index_parts,
	.columns = columns,
	.ncolumns = sizeof columns / sizeof columns[0],
	.find = find_agent,
	.seek = seek_agent,
};
