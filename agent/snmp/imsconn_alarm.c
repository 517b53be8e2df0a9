/* SPDX-License-Identifier: ISC */
/* imscAlarmTable: the thresholds; and the scalars of the notifications. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/live.h"
#include "agent/store/alarm.h"

static bool
get_name(const struct row *row, struct value *value)
{
	return value_text(value, row->alarm.rule.name, VALUE_TEXT_MAX);
}

static bool
get_object(const struct row *row, struct value *value)
{
	return value_number(value, row->alarm.rule.object);
}

static bool
get_service(const struct row *row, struct value *value)
{
	return value_number(value, row->alarm.rule.service);
}

static bool
get_rising(const struct row *row, struct value *value)
{
	return value_number(value, row->alarm.rule.rising);
}

static bool
get_falling(const struct row *row, struct value *value)
{
	return value_number(value, row->alarm.rule.falling);
}

static bool
get_value(const struct row *row, struct value *value)
{
	return row->alarm.state != ALARM_NO_DATA &&
	    value_number(value, row->alarm.value);
}

static bool
get_state(const struct row *row, struct value *value)
{
	return value_number(value, row->alarm.state);
}

static bool
get_since(const struct row *row, struct value *value)
{
	return value_date(value, row->alarm.since_us);
}

static bool
get_enabled(const struct row *row, struct value *value)
{
	return value_truth(value, row->alarm.enabled);
}

static bool
set_enabled(const struct row *row, bool enabled)
{
	return scene_ask_alarm(row->scene, row->alarm.number, enabled);
}

static bool
get_direction(const struct row *row, struct value *value)
{
	return value_number(value, row->alarm.rule.direction);
}

static bool
get_startup(const struct row *row, struct value *value)
{
	return value_truth(value, row->alarm.rule.startup);
}

/* The value as it is now: the collector compares it whenever it changes. */
static void
complete(struct row *row)
{
	const struct scene *scene = row->scene;
	struct alarm *alarm = &row->alarm;
	struct health health;

	scene_get_health(scene, &health);
	row->index.number = alarm->number;
	if (alarm->state == ALARM_UNJUDGED ||
	    !alarm_measure(scene->view, &alarm->rule, &health, scene->agentx->listed,
		scene->now_us, &alarm->value))
		alarm->state = ALARM_NO_DATA;
	scene_alarm_asked(scene, alarm->number, &alarm->enabled);
}

static bool
seek_alarm(struct row *row, int having, bool beyond)
{
	(void)having;
	if (!alarm_seek(row->scene->view, row->index.number, beyond, &row->alarm))
		return false;
	complete(row);
	return true;
}

static bool
find_alarm(struct row *row)
{
	uint32_t wanted = row->index.number;

	return seek_alarm(row, 0, false) && row->index.number == wanted;
}

static const struct column columns[] = {
	{ .arc = 2, .type = ASN_OCTET_STR, .get = get_name },
	{ .arc = 3, .type = ASN_INTEGER, .get = get_object },
	{ .arc = 4, .type = ASN_INTEGER, .get = get_service },
	{ .arc = 5, .type = ASN_UNSIGNED, .get = get_rising },
	{ .arc = 6, .type = ASN_UNSIGNED, .get = get_falling },
	{ .arc = 7, .type = ASN_GAUGE, .get = get_value },
	{ .arc = 8, .type = ASN_INTEGER, .get = get_state },
	{ .arc = 9, .type = ASN_OCTET_STR, .get = get_since },
	{ .arc = 10, .type = ASN_INTEGER, .get = get_enabled, .set = set_enabled },
	{ .arc = 11, .type = ASN_INTEGER, .get = get_direction },
	{ .arc = 12, .type = ASN_INTEGER, .get = get_startup },
};

static const enum index_part index_parts[] = { INDEX_NUMBER, INDEX_END };

const struct table imsconn_alarm = {
	IMSCONN_ENTRY(5, 1, 1),
	.index = index_parts,
	.columns = columns,
	.ncolumns = sizeof columns / sizeof columns[0],
	.find = find_alarm,
	.seek = seek_alarm,
};

static bool
get_min_interval(const struct row *row, struct value *value)
{
	return value_number(value, row->notify.min_seconds);
}

static bool
get_suppressed(const struct row *row, struct value *value)
{
	return value_number(value, row->notify.counts.suppressed);
}

static bool
get_dropped(const struct row *row, struct value *value)
{
	return value_number(value, row->notify.counts.dropped);
}

static bool
find_notify(struct row *row)
{
	const struct agentx *agentx = row->scene->agentx;

	if (row->index.number != 0)
		return false;
	row->notify.min_seconds = agentx->notify_min_seconds;
	row->notify.counts = scene_get_notice_counts(row->scene);
	return true;
}

static bool
seek_notify(struct row *row, int having, bool beyond)
{
	(void)having;
	return !beyond && find_notify(row);
}

static const struct column notify_columns[] = {
	{ .arc = 2, .type = ASN_UNSIGNED, .get = get_min_interval },
	{ .arc = 3, .type = ASN_COUNTER, .get = get_suppressed },
	{ .arc = 4, .type = ASN_COUNTER, .get = get_dropped },
};

const struct table imsconn_notify = {
	IMSCONN_ENTRY(5),
	.index = index_parts,
	.columns = notify_columns,
	.ncolumns = sizeof notify_columns / sizeof notify_columns[0],
	.find = find_notify,
	.seek = seek_notify,
};
