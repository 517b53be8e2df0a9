/* SPDX-License-Identifier: ISC */
/* A key's value as text, as the tests of the configuration compare it. */
#ifndef IMSC_TESTS_CONF_TEXT_H
#define IMSC_TESTS_CONF_TEXT_H

#include <stdio.h>

#include "agent/conf.h"

static inline void
conf_text_numbers(char *buffer, size_t size, const struct conf_numbers *numbers)
{
	size_t used = (size_t)snprintf(buffer, size, "[");

	for (size_t i = 0; i < numbers->count && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s %d",
		    i > 0 ? "," : "", numbers->number[i]);
	if (used < size)
		snprintf(buffer + used, size - used, " ]");
}

static inline void
conf_text_strings(char *buffer, size_t size, const struct conf_strings *strings)
{
	size_t used = (size_t)snprintf(buffer, size, "[");

	for (size_t i = 0; i < strings->count && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s \"%s\"",
		    i > 0 ? "," : "", strings->string[i]);
	if (used < size)
		snprintf(buffer + used, size - used, " ]");
}

static inline void
conf_text_networks(char *buffer, size_t size, const struct conf_networks *networks)
{
	size_t used = (size_t)snprintf(buffer, size, "[");

	for (size_t i = 0; i < networks->count && used < size; i++) {
		const struct network *network = &networks->network[i];
		char shown[ENDPOINT_TEXT_SIZE];

		used += (size_t)snprintf(buffer + used, size - used, "%s %s/%d",
		    i > 0 ? "," : "",
		    endpoint_format(
			shown, &(struct endpoint){ .address = network->address }),
		    network->bits);
	}
	if (used < size)
		snprintf(buffer + used, size - used, networks->count > 0 ? " ]" : "]");
}

static inline void conf_text(
    char *buffer, size_t size, const void *base, const struct conf_key *key);

/* All keys, "{ direction = rising, falling = 1, ... }"; returns the bytes that takes. */
static inline size_t
conf_text_alarm(char *buffer, size_t size, const struct conf_alarm *alarm)
{
	size_t used = (size_t)snprintf(buffer, size, "{");
	char value[128];

	for (const struct conf_key *key = conf_alarm_keys; key->path && used < size;
	     key++) {
		conf_text(value, sizeof value, alarm, key);
		used += (size_t)snprintf(buffer + used, size - used, "%s %s = %s",
		    key > conf_alarm_keys ? "," : "", key->path, value);
	}
	if (used < size)
		used += (size_t)snprintf(buffer + used, size - used, " }");
	return used;
}

/* "( { ... }, { ... } )", or "()". */
static inline void
conf_text_alarms(char *buffer, size_t size, const struct conf_alarms *alarms)
{
	size_t used = (size_t)snprintf(buffer, size, "(");

	for (size_t i = 0; i < alarms->count && used < size; i++) {
		used += (size_t)snprintf(
		    buffer + used, size - used, "%s", i > 0 ? ", " : " ");
		if (used < size)
			used += conf_text_alarm(
			    buffer + used, size - used, &alarms->all[i]);
	}
	if (used < size)
		snprintf(buffer + used, size - used, alarms->count > 0 ? " )" : ")");
}

/* Of a key of BASE. Booleans are 0 and 1, arrays "[ 1, 2 ]". */
static inline void
conf_text(char *buffer, size_t size, const void *base, const struct conf_key *key)
{
	const void *field = (const char *)base + key->offset;

	if (key->type == CONF_BOOL)
		snprintf(buffer, size, "%d", *(const bool *)field);
	else if (key->type == CONF_INT)
		snprintf(buffer, size, "%d", *(const int *)field);
	else if (key->type == CONF_STRING)
		snprintf(buffer, size, "%s", *(char *const *)field);
	else if (key->type == CONF_ALARMS)
		conf_text_alarms(buffer, size, field);
	else if (key->type == CONF_STRINGS || key->type == CONF_NAMES)
		conf_text_strings(buffer, size, field);
	else if (key->type == CONF_NETWORKS)
		conf_text_networks(buffer, size, field);
	else
		conf_text_numbers(buffer, size, field);
}

#endif
