/* SPDX-License-Identifier: ISC */
/* Thresholds in the configuration: their keys, and what their settings mean together. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/conf_alarm.h"

enum {
	UNSET = -1
};

#define KEY(key, kind, text)                                                    \
	.path = #key, .type = kind, .offset = offsetof(struct conf_alarm, key), \
	.standard = text, .reload = true
#define THRESHOLD(key, from, to) KEY(key, CONF_INT, "-1"), .low = from, .high = to
#define WORD(key, text, words) KEY(key, CONF_STRING, text), .allowed = words

const struct conf_key conf_alarm_keys[] = {
	{ WORD(direction, "rising", "rising|falling") },
	{ THRESHOLD(falling, 0, INT32_MAX - 1) },
	{ KEY(name, CONF_STRING, ""), .low = 1, .high = ALARM_NAME_MAX },
	{ WORD(object, "sessions", "sessions|users|max_per_user|data_age") },
	{ THRESHOLD(rising, 1, INT32_MAX) },
	{ WORD(service, "all", "all|imap|pop3|http|proxy") },
	{ KEY(startup, CONF_BOOL, "true") },
	{ .path = NULL },
};

struct conf_alarm *
conf_alarms_add(struct conf_alarms *alarms)
{
	struct conf_alarm *alarm;
	size_t capacity = alarms->count;

	if (alarms->count == ALARMS_MAX)
		return NULL;
	alarms->all = xgrow(alarms->all, &capacity, alarms->count + 1, sizeof *alarm);
	alarm = &alarms->all[alarms->count++];
	*alarm = (struct conf_alarm){
		.name = xstrdup(""),
		.object = xstrdup("sessions"),
		.service = xstrdup("all"),
		.direction = xstrdup("rising"),
		.startup = true,
		.rising = UNSET,
		.falling = UNSET,
	};
	return alarm;
}

static bool
is_falling(const struct conf_alarm *alarm)
{
	return strcmp(alarm->direction, "falling") == 0;
}

/* The threshold that raises the alarm must be there; without hysteresis the other one is
 * the next number. */
static const char *
check_thresholds(struct conf_alarm *alarm, struct error *err)
{
	static const char *const hints[] = {
		[false] = ", perhaps direction \"falling\" is meant",
		[true] = ", perhaps direction \"rising\" is meant",
	};
	bool falls = is_falling(alarm);
	int raises = falls ? alarm->falling : alarm->rising;
	int clears = falls ? alarm->rising : alarm->falling;

	if (raises == UNSET) {
		error_set(err, "has no %s%s; needed: the value that raises a %s alarm",
		    alarm->direction, clears == UNSET ? "" : hints[falls],
		    alarm->direction);
		return "";
	}
	if (alarm->rising == UNSET)
		alarm->rising = alarm->falling + 1;
	if (alarm->falling == UNSET)
		alarm->falling = alarm->rising - 1;
	if (alarm->falling < alarm->rising)
		return NULL;
	error_set(err, "cannot be %d; allowed: less than rising, which is %d",
	    alarm->falling, alarm->rising);
	return "falling";
}

/* The name is shown as SNMP's text, and finds the alarm again. */
static const char *
check_name(const struct conf_alarms *alarms, const char *name, struct error *err)
{
	char escaped[4 * ALARM_NAME_MAX + 1];

	if (name[0] == '\0') {
		error_set(err,
		    "has no name; needed: a string of 1 to %d bytes that no other "
		    "alarm has",
		    ALARM_NAME_MAX);
		return "";
	}
	if (text_escape(escaped, sizeof escaped, text_from(name)) != strlen(name)) {
		error_set(err,
		    "cannot be \"%s\"; allowed: UTF-8 without control characters",
		    escaped);
		return "name";
	}
	for (size_t i = 0; i + 1 < alarms->count; i++)
		if (strcmp(alarms->all[i].name, name) == 0) {
			error_set(err,
			    "cannot be \"%s\", as alarms[%zu] has it; allowed: a "
			    "name of its own",
			    name, i + 1);
			return "name";
		}
	return NULL;
}

const char *
conf_alarms_check(struct conf_alarms *alarms, struct error *err)
{
	struct conf_alarm *alarm = &alarms->all[alarms->count - 1];
	const char *wrong = check_name(alarms, alarm->name, err);

	if (wrong != NULL)
		return wrong;
	if (strcmp(alarm->object, "data_age") == 0 &&
	    strcmp(alarm->service, "all") != 0) {
		error_set(err,
		    "cannot be \"%s\", since the data of all services have one age; "
		    "allowed with object \"data_age\": \"all\"",
		    alarm->service);
		return "service";
	}
	return check_thresholds(alarm, err);
}

void
conf_alarms_fini(struct conf_alarms *alarms)
{
	for (size_t i = 0; i < alarms->count; i++) {
		free(alarms->all[i].name);
		free(alarms->all[i].object);
		free(alarms->all[i].service);
		free(alarms->all[i].direction);
	}
	free(alarms->all);
	*alarms = (struct conf_alarms){ 0 };
}

bool
conf_alarms_equal(const struct conf_alarms *a, const struct conf_alarms *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		struct alarm_rule first = conf_alarm_rule(&a->all[i]);
		struct alarm_rule second = conf_alarm_rule(&b->all[i]);

		if (!alarm_rule_equal(&first, &second))
			return false;
	}
	return true;
}

static enum alarm_object
object_from_name(const char *name)
{
	static const char *const names[] = {
		[ALARM_SESSIONS] = "sessions",
		[ALARM_USERS] = "users",
		[ALARM_MAX_PER_USER] = "max_per_user",
		[ALARM_DATA_AGE] = "data_age",
	};
	enum alarm_object object = ALARM_SESSIONS;

	while (object < ALARM_DATA_AGE && strcmp(names[object], name) != 0)
		object++;
	return object;
}

struct alarm_rule
conf_alarm_rule(const struct conf_alarm *alarm)
{
	bool all = strcmp(alarm->service, "all") == 0;

	return (struct alarm_rule){
		.name = text_from(alarm->name),
		.object = object_from_name(alarm->object),
		.service =
		    all ? SERVICE_ALL : service_from_name(text_from(alarm->service)),
		.direction = is_falling(alarm) ? ALARM_FALLING : ALARM_RISING,
		.startup = alarm->startup,
		.rising = (uint32_t)alarm->rising,
		.falling = (uint32_t)alarm->falling,
	};
}
