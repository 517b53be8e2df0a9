/* SPDX-License-Identifier: ISC */
/* The configuration's life: defaults, what SIGHUP changes, the end. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/conf_alarm.h"

static void *
field_of(struct conf *conf, const struct conf_key *key)
{
	return (char *)conf + key->offset;
}

/* The numbers in TEXT, "[ 1, 2 ]", which rise. */
static void
set_numbers(struct conf_numbers *numbers, const char *text)
{
	char *end;

	numbers->count = 0;
	for (text += strspn(text, "[, "); *text != ']'; text = end + strspn(end, ", "))
		numbers->number[numbers->count++] = (int)strtol(text, &end, 10);
}

/* The strings in TEXT, "[ \"a\", \"b\" ]", without a quote in any. */
static void
set_strings(struct conf_strings *strings, const char *text)
{
	*strings = (struct conf_strings){ 0 };
	while ((text = strchr(text, '"')) != NULL) {
		size_t length = strcspn(++text, "\"");

		strings->string[strings->count++] = xmemdup0(text, length);
		text += length + 1;
	}
}

static void
set_standard(struct conf *conf, const struct conf_key *key)
{
	void *field = field_of(conf, key);
	const char *text = key->standard;

	switch (key->type) {
	case CONF_BOOL:
		*(bool *)field = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
		break;
	case CONF_INT:
		*(int *)field = (int)strtol(text, NULL, 10);
		break;
	case CONF_STRING:
		*(char **)field = xstrdup(text);
		break;
	case CONF_ALARMS:
		*(struct conf_alarms *)field = (struct conf_alarms){ 0 };
		break;
	case CONF_NUMBERS:
		set_numbers(field, text);
		break;
	case CONF_STRINGS:
	case CONF_NAMES:
		set_strings(field, text);
		break;
	case CONF_NETWORKS:
		memset(field, 0, sizeof(struct conf_networks));
		break;
	}
}

static bool
same_numbers(const struct conf_numbers *a, const struct conf_numbers *b)
{
	return a->count == b->count &&
	    memcmp(a->number, b->number, a->count * sizeof a->number[0]) == 0;
}

static bool
same_strings(const struct conf_strings *a, const struct conf_strings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->string[i], b->string[i]) != 0)
			return false;
	return true;
}

static bool
is_same(const struct conf_key *key, const void *a, const void *b)
{
	switch (key->type) {
	case CONF_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case CONF_INT:
		return *(const int *)a == *(const int *)b;
	case CONF_STRING:
		return strcmp(*(char *const *)a, *(char *const *)b) == 0;
	case CONF_ALARMS:
		return conf_alarms_equal(a, b);
	case CONF_NUMBERS:
		return same_numbers(a, b);
	case CONF_STRINGS:
	case CONF_NAMES:
		return same_strings(a, b);
	case CONF_NETWORKS:
		return memcmp(a, b, sizeof(struct conf_networks)) == 0;
	}
	return true;
}

static void
swap_alarms(struct conf_alarms *a, struct conf_alarms *b)
{
	struct conf_alarms alarms = *a;

	*a = *b;
	*b = alarms;
}

/*
 * No string and no array changes, since other threads may be reading them; but for networks,
 * which the collector alone reads.
 */
static void
take_over(const struct conf_key *key, void *field, void *next)
{
	if (key->type == CONF_BOOL)
		*(bool *)field = *(const bool *)next;
	else if (key->type == CONF_INT)
		*(int *)field = *(const int *)next;
	else if (key->type == CONF_ALARMS)
		swap_alarms(field, next);
	else if (key->type == CONF_NETWORKS)
		memcpy(field, next, sizeof(struct conf_networks));
}

void
conf_strings_fini(struct conf_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->string[i]);
	*strings = (struct conf_strings){ 0 };
}

void
conf_init(struct conf *conf)
{
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++)
		set_standard(conf, key);
}

static void
fini_field(struct conf *conf, const struct conf_key *key)
{
	char **string = field_of(conf, key);

	if (key->type == CONF_ALARMS)
		conf_alarms_fini(field_of(conf, key));
	if (key->type == CONF_STRINGS || key->type == CONF_NAMES)
		conf_strings_fini(field_of(conf, key));
	if (key->type != CONF_STRING)
		return;
	free(*string);
	*string = NULL;
}

void
conf_fini(struct conf *conf)
{
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++)
		fini_field(conf, key);
}

/* PATTERN with NAME for its *, owned by the caller. */
static char *
insert_name(const char *pattern, const char *name)
{
	int before = (int)strcspn(pattern, "*");
	size_t size = strlen(pattern) + strlen(name);
	char *text = xcalloc(size, 1);

	snprintf(text, size, "%.*s%s%s", before, pattern, name, pattern + before + 1);
	return text;
}

void
conf_init_further(struct conf *conf, const char *name)
{
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++) {
		if (key->main_only)
			continue;
		fini_field(conf, key);
		if (key->named != NULL)
			*(char **)field_of(conf, key) = insert_name(key->named, name);
		else
			set_standard(conf, key);
	}
}

bool
conf_lists(const struct conf *conf, enum service service)
{
	switch (service) {
	case SERVICE_IMAP:
		return conf->imap_userlist;
	case SERVICE_POP3:
		return conf->pop3_userlist;
	case SERVICE_HTTP:
		return conf->http_userlist;
	case SERVICE_PROXY:
		return conf->proxy_userlist;
	default:
		return false;
	}
}

/* A master user's login says nothing of the user himself, unless it is wanted so. */
bool
conf_records(const struct conf *conf, struct text auth_user)
{
	return conf->last_access && (auth_user.length == 0 || conf->master_last_access);
}

void
conf_reload(struct conf *conf, struct conf *next, char *ignored, size_t size)
{
	size_t used = 0;

	if (size > 0)
		ignored[0] = '\0';
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++) {
		void *field = field_of(conf, key);
		void *changed = field_of(next, key);

		if (is_same(key, field, changed))
			continue;
		if (key->reload)
			take_over(key, field, changed);
		else if (used < size)
			used += (size_t)snprintf(ignored + used, size - used, "%s%s",
			    used > 0 ? " " : "", key->path);
	}
	conf_fini(next);
}
