/* SPDX-License-Identifier: ISC */
/* How many users have how many sessions. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/store/tally.h"
#include "agent/store/view.h"

/* Users who are away are counted where no service is. */
static const enum service away = SERVICE_NONE;

struct tally_key {
	uint8_t service;
	uint32_t sessions; /* big-endian; of those who are away the day */
} __attribute__((packed));

static struct tally_key
make_key(enum service service, uint32_t sessions)
{
	return (struct tally_key){ (uint8_t)service, htobe32(sessions) };
}

static uint32_t
read_users(MDB_val value)
{
	uint32_t users = 0;

	if (value.mv_size == sizeof users)
		memcpy(&users, value.mv_data, sizeof users);
	return be32toh(users);
}

static int
write_change(struct view *view, enum service service, uint32_t sessions, int32_t change,
    struct error *err)
{
	struct tally_key key = make_key(service, sessions);
	MDB_val k = { sizeof key, &key };
	MDB_val value;
	int64_t users = change;
	uint32_t stored;

	if (change == 0)
		return 0;
	if (view_find(view, TABLE_LOAD, k, &value))
		users += read_users(value);
	if (users <= 0)
		return view_delete(view, TABLE_LOAD, k, err);
	stored = htobe32((uint32_t)users);
	return view_put(view, TABLE_LOAD, k, (MDB_val){ sizeof stored, &stored }, err);
}

int
tally_flush(struct view *view, struct error *err)
{
	struct tally *tally = &view->tally;

	for (size_t i = 0; i < tally->count; i++)
		if (write_change(view, tally->pending[i].service,
			tally->pending[i].sessions, tally->pending[i].change,
			err) == -1)
			return -1;
	tally->count = 0;
	return 0;
}

static int
change(struct view *view, enum service service, uint32_t sessions, int32_t by,
    struct error *err)
{
	struct tally *tally = &view->tally;

	if (sessions == 0)
		return 0;
	for (size_t i = 0; i < tally->count; i++)
		if (tally->pending[i].service == service &&
		    tally->pending[i].sessions == sessions) {
			tally->pending[i].change += by;
			return 0;
		}
	if (tally->count == TALLY_PENDING && tally_flush(view, err) == -1)
		return -1;
	tally->pending[tally->count].service = service;
	tally->pending[tally->count].sessions = sessions;
	tally->pending[tally->count++].change = by;
	return 0;
}

int
tally_move(struct view *view, enum service service, uint32_t before, uint32_t after,
    struct error *err)
{
	if (change(view, service, before, -1, err) == -1)
		return -1;
	return change(view, service, after, 1, err);
}

uint32_t
store_get_max_per_user(struct view *view, enum service service)
{
	struct tally_key end = make_key(service + 1, 0);
	struct tally_key found;
	MDB_val key = { sizeof end, &end };
	MDB_val value;

	if (!view_seek_back(view, TABLE_LOAD, &key, &value) ||
	    key.mv_size != sizeof found)
		return 0;
	memcpy(&found, key.mv_data, sizeof found);
	return found.service == service ? be32toh(found.sessions) : 0;
}

static uint32_t
day_of(int64_t time_us)
{
	int64_t day = time_us / (INT64_C(86400) * CLOCK_SECOND_US) + 1;

	return day < UINT32_MAX ? (uint32_t)day : UINT32_MAX;
}

uint32_t
tally_away_day(const struct user *user)
{
	int64_t last_us = user_last_us(user, SERVICE_ALL);

	for (size_t i = 0; i < user->naccess; i++)
		if (user->access[i].sessions > 0)
			return 0;
	return last_us > 0 ? day_of(last_us) : 0;
}

int
tally_move_away(struct view *view, uint32_t before, uint32_t after, struct error *err)
{
	return before == after ? 0 : tally_move(view, away, before, after, err);
}

uint64_t
store_count_inactive(struct view *view, int64_t now_us, uint32_t days)
{
	uint32_t today = day_of(now_us);
	struct tally_key at = make_key(away, 0);
	struct tally_key last = make_key(away, today > days ? today - days : 0);
	MDB_val key = { sizeof at, &at };
	uint64_t users = 0;
	MDB_val value;

	while (view_seek(view, TABLE_LOAD, &key, true, &value) &&
	    key.mv_size == sizeof at && memcmp(key.mv_data, &last, sizeof last) <= 0)
		users += read_users(value);
	return users;
}
