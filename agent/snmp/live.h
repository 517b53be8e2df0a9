/* SPDX-License-Identifier: ISC */
/*
 * What the tables show beside the store, and what a SET begins. imsconnd has it in memory and
 * begins it: live.c. Inside snmpd it is read from the board, and nothing is begun: module_live.c.
 */
#ifndef IMSC_LIVE_H
#define IMSC_LIVE_H

#include "agent/notice.h"
#include "agent/snmp/columns.h"
#include "agent/store/session.h"

/* What its texts point to is good as long as SCENE's view. */
void scene_get_health(const struct scene *scene, struct health *health);
struct notice_counts scene_get_notice_counts(const struct scene *scene);

/* Whether the end of USER's session, or, its number being 0, of all of them, is under way. */
bool scene_is_disconnecting(
    const struct scene *scene, struct text user, struct session_key session);
/* Begins it. False if it cannot be. */
bool scene_disconnect(
    const struct scene *scene, struct text user, struct session_key session);

/* What was asked of an alarm and is not yet in the store; false if nothing. */
bool scene_alarm_asked(const struct scene *scene, uint32_t number, bool *enabled);
/* Asks for it. False if that cannot be done. */
bool scene_ask_alarm(const struct scene *scene, uint32_t number, bool enabled);

#endif
