/* SPDX-License-Identifier: ISC */
/* What imsconnd itself has in memory, shared with its collector's thread. */
#include "config.h"

#include "agent/alarm_switch.h"
#include "agent/collect/kick_queue.h"
#include "agent/snmp/live.h"

void
scene_get_health(const struct scene *scene, struct health *health)
{
	health_get(scene->agentx->health, health);
}

struct notice_counts
scene_get_notice_counts(const struct scene *scene)
{
	return notice_queue_counts(scene->agentx->notices);
}

bool
scene_is_disconnecting(
    const struct scene *scene, struct text user, struct session_key session)
{
	return kick_queue_has_session(scene->agentx->kicks, user, session);
}

bool
scene_disconnect(
    const struct scene *scene, struct text user, struct session_key session)
{
	return kick_queue_push(scene->agentx->kicks, user, session);
}

bool
scene_alarm_asked(const struct scene *scene, uint32_t number, bool *enabled)
{
	return alarm_switch_asked(scene->agentx->switches, number, enabled);
}

bool
scene_ask_alarm(const struct scene *scene, uint32_t number, bool enabled)
{
	alarm_switch_ask(scene->agentx->switches, number, enabled);
	return true;
}
