/* SPDX-License-Identifier: ISC */
/* What imsconnd told on its board, inside snmpd, where nothing is begun: SETs go to imsconnd. */
#include "config.h"

#include "agent/snmp/live.h"
#include "agent/snmp/module_store.h"

/* What an imsconnd that is gone has left is stale. */
void
scene_get_health(const struct scene *scene, struct health *health)
{
	const struct module_store *store = module_store_of(scene);

	*health = store->told.health;
	if ((health->status == COLLECTOR_OK || health->status == COLLECTOR_STARTING) &&
	    !board_reader_is_kept(&store->board))
		health->status = COLLECTOR_STALE;
}

struct notice_counts
scene_get_notice_counts(const struct scene *scene)
{
	return module_store_of(scene)->told.notices;
}

/* What died with an imsconnd is no longer under way. */
static void
read_kicks(struct module_store *store)
{
	if (store->kicks_read)
		return;
	store->kicks_read = true;
	store->kick_count = board_reader_is_kept(&store->board) ?
	    board_reader_get_kicks(&store->board, store->kicks) :
	    0;
}

bool
scene_is_disconnecting(
    const struct scene *scene, struct text user, struct session_key session)
{
	struct module_store *store = module_store_of(scene);
	uint64_t hash;

	read_kicks(store);
	if (store->kick_count == 0)
		return false;
	hash = board_hash(user);
	for (size_t i = 0; i < store->kick_count; i++) {
		const struct board_kick *kick = &store->kicks[i];

		if (kick->user == hash &&
		    (kick->number == 0 ||
			(kick->number == session.number &&
			    kick->service == session.service)))
			return true;
	}
	return false;
}

bool
scene_disconnect(
    const struct scene *scene, struct text user, struct session_key session)
{
	(void)scene;
	(void)user;
	(void)session;
	return false;
}

bool
scene_alarm_asked(const struct scene *scene, uint32_t number, bool *enabled)
{
	const struct module_store *store = module_store_of(scene);
	unsigned asked =
	    number <= ALARMS_MAX ? store->told.switches[number] : BOARD_SWITCH_NONE;

	if (asked == BOARD_SWITCH_NONE)
		return false;
	*enabled = asked == BOARD_SWITCH_ON;
	return true;
}

bool
scene_ask_alarm(const struct scene *scene, uint32_t number, bool enabled)
{
	(void)scene;
	(void)number;
	(void)enabled;
	return false;
}
