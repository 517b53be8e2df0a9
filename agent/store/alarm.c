/* SPDX-License-Identifier: ISC */
/* Alarms in the store, and what they compare there. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/store/alarm.h"
#include "agent/store/record.h"
#include "agent/store/view.h"

int
alarm_put(struct view *view, const struct alarm *alarm, struct error *err)
{
	uint32_t key = htobe32(alarm->number);
	uint8_t buffer[RECORD_SIZE];
	size_t length = record_put_alarm(buffer, alarm);

	return view_put(view, TABLE_ALARM, (MDB_val){ sizeof key, &key },
	    (MDB_val){ length, buffer }, err);
}

int
alarm_delete(struct view *view, uint32_t number, struct error *err)
{
	uint32_t key = htobe32(number);

	return view_delete(view, TABLE_ALARM, (MDB_val){ sizeof key, &key }, err);
}

int
alarm_seek(struct view *view, uint32_t number, bool after, struct alarm *alarm)
{
	uint32_t stored = htobe32(number);
	MDB_val key = { sizeof stored, &stored };
	MDB_val value;

	if (!view_seek(view, TABLE_ALARM, &key, after, &value))
		return 0;
	if (key.mv_size != sizeof stored)
		return view_damaged(view, TABLE_ALARM, "a key's length");
	memcpy(&stored, key.mv_data, sizeof stored);
	alarm->number = be32toh(stored);
	if (!record_get_alarm(value.mv_data, value.mv_size, alarm))
		return view_damaged(view, TABLE_ALARM, "no alarm");
	return 1;
}

static bool
measure_age(const struct health *health, int64_t now_us, uint32_t *value)
{
	int64_t age_us = now_us - health->success_us;

	if (health->success_us == 0)
		return false;
	*value = age_us > 0 ? (uint32_t)(age_us / CLOCK_SECOND_US) : 0;
	return true;
}

/* Until the first poll the counts are those of another time. */
bool
alarm_measure(struct view *view, const struct alarm_rule *rule,
    const struct health *health, unsigned listed, int64_t now_us, uint32_t *value)
{
	bool is_listed =
	    rule->service == SERVICE_ALL ? listed != 0 : listed & 1u << rule->service;
	struct totals totals;

	if (rule->object == ALARM_DATA_AGE)
		return measure_age(health, now_us, value);
	if (!is_listed || health->status == COLLECTOR_STARTING ||
	    health->status == COLLECTOR_FAILED)
		return false;
	store_get_totals(view, rule->service, &totals);
	if (rule->object == ALARM_SESSIONS)
		*value = totals.sessions;
	else if (rule->object == ALARM_USERS)
		*value = totals.users;
	else
		*value = store_get_max_per_user(view, rule->service);
	return true;
}
