/* SPDX-License-Identifier: ISC */
/* Alarms: judged at every change, told of, and written down. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/alarm_watch.h"
#include "agent/log.h"
#include "agent/store/alarm.h"

struct watched {
	struct alarm alarm;
	char *name;   /* owned; the rule's points to it */
	bool changed; /* and not yet durable */
};

struct alarm_watch {
	struct notice_queue *notices;
	struct watched *all;
	size_t count;
	bool fewer; /* the store has alarms beyond COUNT */
};

struct alarm_watch *
alarm_watch_new(struct notice_queue *notices)
{
	struct alarm_watch *watch = xcalloc(1, sizeof *watch);

	watch->notices = notices;
	return watch;
}

static void
forget(struct watched *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(all[i].name);
	free(all);
}

void
alarm_watch_free(struct alarm_watch *watch)
{
	if (watch == NULL)
		return;
	forget(watch->all, watch->count);
	free(watch);
}

static bool
find_by_name(struct view *view, struct text name, struct alarm *found)
{
	for (uint32_t number = 0; alarm_seek(view, number, true, found);
	     number = found->number)
		if (text_equal(found->rule.name, name))
			return true;
	return false;
}

/* What is in memory is newer than what is in the store. */
static bool
find_before(const struct alarm_watch *watch, struct view *view, struct text name,
    struct alarm *found)
{
	for (size_t i = 0; i < watch->count; i++)
		if (text_equal(watch->all[i].alarm.rule.name, name)) {
			*found = watch->all[i].alarm;
			return true;
		}
	return find_by_name(view, name, found);
}

static void
configure(struct watched *watched, const struct alarm_watch *watch, struct view *view,
    struct alarm_rule rule, uint32_t number)
{
	struct alarm before;

	watched->name = xmemdup0(rule.name.data, rule.name.length);
	rule.name.data = watched->name;
	watched->alarm =
	    (struct alarm){ .number = number, .rule = rule, .enabled = true };
	watched->changed = true;
	if (!find_before(watch, view, rule.name, &before))
		return;
	watched->alarm.enabled = before.enabled;
	/* What was told by another rule is over when this one says so. */
	watched->alarm.gate = before.gate;
	if (!alarm_rule_equal(&before.rule, &rule))
		return;
	watched->alarm = before;
	watched->alarm.rule = rule;
	watched->alarm.number = number;
	watched->changed = before.number != number;
}

void
alarm_watch_configure(
    struct alarm_watch *watch, const struct conf *conf, struct view *view)
{
	const struct conf_alarms *alarms = &conf->alarms;
	struct watched *all = xcalloc(alarms->count + 1, sizeof *all);
	struct alarm beyond;

	for (size_t i = 0; i < alarms->count; i++)
		configure(&all[i], watch, view, conf_alarm_rule(&alarms->all[i]),
		    (uint32_t)i + 1);
	forget(watch->all, watch->count);
	watch->all = all;
	watch->count = alarms->count;
	watch->fewer = alarm_seek(view, (uint32_t)watch->count, true, &beyond);
}

static const char *const objects[] = {
	[ALARM_SESSIONS] = "sessions",
	[ALARM_USERS] = "users",
	[ALARM_MAX_PER_USER] = "most sessions of one user",
	[ALARM_DATA_AGE] = "age of the data in seconds",
};

static void
log_alarm(const struct alarm *alarm)
{
	const struct alarm_rule *rule = &alarm->rule;
	char name[4 * ALARM_NAME_MAX + 1];

	text_escape(name, sizeof name, rule->name);
	if (alarm->state == ALARM_RAISED)
		log_warning("alarm \"%s\" is raised: %s (%s) %u", name,
		    objects[rule->object], service_name(rule->service), alarm->value);
	else if (alarm->state == ALARM_CLEAR)
		log_info("alarm \"%s\" is clear: %s (%s) %u", name,
		    objects[rule->object], service_name(rule->service), alarm->value);
	else
		log_info("alarm \"%s\" has no data", name);
}

/* A switched off alarm counts as told: it does not speak of the past when switched on. */
static void
tell(const struct alarm_watch *watch, struct watched *watched,
    const struct alarm_scene *scene)
{
	struct alarm *alarm = &watched->alarm;
	bool raised = alarm->judged == ALARM_RAISED;

	if (raised == alarm->gate.told)
		return;
	if (!alarm->enabled)
		alarm->gate.told = raised;
	else if (!gate_pass(&alarm->gate, raised, scene->now_us, scene->least_us))
		return;
	watched->changed = true;
	if (alarm->enabled)
		notice_queue_push(watch->notices,
		    &(struct notice){
			.kind = raised ? NOTICE_ALARM_RAISED : NOTICE_ALARM_CLEARED,
			.time_us = scene->now_us,
			.alarm = *alarm,
		    });
}

static void
judge(const struct alarm_watch *watch, struct watched *watched,
    const struct alarm_scene *scene)
{
	struct alarm *alarm = &watched->alarm;
	enum alarm_state before = alarm->judged;
	uint32_t value = 0;
	bool known = alarm_measure(scene->view, &alarm->rule, scene->health,
	    scene->listed, scene->now_us, &value);

	if (alarm_judge(alarm, known, value, scene->now_us)) {
		watched->changed = true;
		if (before != ALARM_UNJUDGED || alarm->state == ALARM_RAISED)
			log_alarm(alarm);
	}
	/* It is again as it was told: neither this change nor the last one is told. */
	if (alarm->judged != before && before != ALARM_UNJUDGED && alarm->enabled &&
	    (alarm->judged == ALARM_RAISED) == alarm->gate.told)
		notice_queue_suppress(watch->notices, 2);
	/* What was put off waits for a value to be told with. */
	if (alarm->state != ALARM_NO_DATA)
		tell(watch, watched, scene);
}

void
alarm_watch_judge(struct alarm_watch *watch, const struct alarm_scene *scene)
{
	for (size_t i = 0; i < watch->count; i++)
		judge(watch, &watch->all[i], scene);
}

void
alarm_watch_switch(struct alarm_watch *watch, struct alarm_switches *switches)
{
	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->all[i];
		bool enabled;

		if (!alarm_switch_asked(switches, watched->alarm.number, &enabled))
			continue;
		watched->changed = true;
		if (watched->alarm.enabled == enabled)
			continue;
		watched->alarm.enabled = enabled;
		log_info("alarm \"%s\" was switched %s over SNMP", watched->name,
		    enabled ? "on" : "off");
	}
}

bool
alarm_watch_is_changed(const struct alarm_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->all[i].changed)
			return true;
	return watch->fewer;
}

static int
delete_beyond(const struct alarm_watch *watch, struct view *view, struct error *err)
{
	struct alarm alarm;

	while (alarm_seek(view, (uint32_t)watch->count, true, &alarm))
		if (alarm_delete(view, alarm.number, err) == -1)
			return -1;
	return 0;
}

int
alarm_watch_write(struct alarm_watch *watch, struct view *view, struct error *err)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->all[i].changed &&
		    alarm_put(view, &watch->all[i].alarm, err) == -1)
			return -1;
	return watch->fewer ? delete_beyond(watch, view, err) : 0;
}

void
alarm_watch_written(struct alarm_watch *watch, struct alarm_switches *switches)
{
	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->all[i];

		if (watched->changed)
			alarm_switch_done(
			    switches, watched->alarm.number, watched->alarm.enabled);
		watched->changed = false;
	}
	watch->fewer = false;
}
