/* SPDX-License-Identifier: ISC */
/* The values of settings: which are allowed, and how to speak of those that are not. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/conf_hint.h"
#include "agent/conf_value.h"
#include "agent/text.h"

static bool
take_bool(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	int type = config_setting_type(setting);
	int value = -1;

	(void)key;
	if (type == CONFIG_TYPE_BOOL)
		value = config_setting_get_bool(setting);
	if (type == CONFIG_TYPE_INT)
		value = config_setting_get_int(setting);
	if (value != 0 && value != 1)
		return false;
	*(bool *)field = value == 1;
	return true;
}

/* Not handled: libconfig 1.5 cuts numbers of more than 32 bits without a word, unless an L
 * is behind them. */
static bool
take_int(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	int type = config_setting_type(setting);
	long long value;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return false;
	value = config_setting_get_int64(setting);
	if (value < key->low || value > key->high)
		return false;
	*(int *)field = (int)value;
	return true;
}

/* Goes to the next of "one|two|three", which WORD has begun; false at the end. */
static bool
next_word(struct text *word)
{
	const char *next = word->data + word->length;

	if (*next == '|')
		next++;
	*word = (struct text){ next, strcspn(next, "|") };
	return word->length > 0;
}

static bool
is_allowed(const struct conf_key *key, const char *value)
{
	struct text word = { key->allowed, 0 };
	size_t length = strlen(value);

	if (key->allowed == NULL)
		return length >= (size_t)key->low && length <= (size_t)key->high;
	while (next_word(&word))
		if (text_equal(word, text_from(value)))
			return true;
	return false;
}

static bool
take_string(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	char **string = field;
	const char *value;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return false;
	value = config_setting_get_string(setting);
	if (!is_allowed(key, value))
		return false;
	free(*string);
	*string = xstrdup(value);
	return true;
}

/* Puts NUMBER in its place, unless it is there. */
static void
insert_number(struct conf_numbers *numbers, int number)
{
	size_t at = 0;

	while (at < numbers->count && numbers->number[at] < number)
		at++;
	if (at < numbers->count && numbers->number[at] == number)
		return;
	memmove(&numbers->number[at + 1], &numbers->number[at],
	    (numbers->count - at) * sizeof number);
	numbers->number[at] = number;
	numbers->count++;
}

static bool
take_numbers(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	struct conf_numbers numbers = { 0 };
	int count = config_setting_length(setting);

	if (config_setting_type(setting) != CONFIG_TYPE_ARRAY ||
	    count > CONF_NUMBERS_MAX)
		return false;
	for (int i = 0; i < count; i++) {
		int number;

		if (!take_int(
			key, config_setting_get_elem(setting, (unsigned)i), &number))
			return false;
		insert_number(&numbers, number);
	}
	*(struct conf_numbers *)field = numbers;
	return true;
}

static bool
take_strings(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	struct conf_strings *strings = field;
	int count = config_setting_length(setting);

	if (config_setting_type(setting) != CONFIG_TYPE_ARRAY ||
	    count > CONF_STRINGS_MAX)
		return false;
	for (int i = 0; i < count; i++) {
		const char *value = config_setting_get_string_elem(setting, i);

		if (value == NULL || !is_allowed(key, value))
			return false;
	}
	conf_strings_fini(strings);
	for (int i = 0; i < count; i++)
		strings->string[strings->count++] =
		    xstrdup(config_setting_get_string_elem(setting, i));
	return true;
}

static bool
is_name(const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	return value[strspn(value, allowed)] == '\0';
}

static bool
take_names(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	int count = config_setting_length(setting);

	for (int i = 0; i < count; i++) {
		const char *value = config_setting_get_string_elem(setting, i);

		if (value == NULL || !is_name(value))
			return false;
		for (int j = 0; j < i; j++)
			if (strcmp(value, config_setting_get_string_elem(setting, j)) ==
			    0)
				return false;
	}
	return take_strings(key, setting, field);
}

static bool
take_networks(const struct conf_key *key, const config_setting_t *setting, void *field)
{
	struct conf_networks networks = { 0 };
	int count = config_setting_length(setting);

	(void)key;
	if (config_setting_type(setting) != CONFIG_TYPE_ARRAY ||
	    count > CONF_NETWORKS_MAX)
		return false;
	for (int i = 0; i < count; i++) {
		const char *value = config_setting_get_string_elem(setting, i);

		if (value == NULL ||
		    !network_parse(
			&networks.network[networks.count++], text_from(value)))
			return false;
	}
	memcpy(field, &networks, sizeof networks);
	return true;
}

/* The value in quotes, escaped and cut. */
static void
describe_string(char *buffer, size_t size, const config_setting_t *setting)
{
	struct text value = text_from(config_setting_get_string(setting));
	char escaped[64];
	size_t length = text_escape(escaped, sizeof escaped, value);

	snprintf(
	    buffer, size, "\"%s%s\"", escaped, length < sizeof escaped ? "" : "...");
}

bool
conf_value_take(void *base, const struct conf_key *key, const config_setting_t *setting)
{
	static bool (*const take[])(
	    const struct conf_key *, const config_setting_t *, void *) = {
		[CONF_BOOL] = take_bool,
		[CONF_INT] = take_int,
		[CONF_STRING] = take_string,
		[CONF_ALARMS] = NULL, /* a list is taken element by element */
		[CONF_NUMBERS] = take_numbers,
		[CONF_STRINGS] = take_strings,
		[CONF_NAMES] = take_names,
		[CONF_NETWORKS] = take_networks,
	};

	return take[key->type] != NULL &&
	    take[key->type](key, setting, (char *)base + key->offset);
}

static void
list_words(char *buffer, size_t size, const char *words)
{
	struct text word = { words, 0 };
	size_t used = 0;

	while (used < size && next_word(&word))
		used += (size_t)snprintf(buffer + used, size - used, "%s\"%.*s\"",
		    used ? ", " : "", (int)word.length, word.data);
}

void
conf_value_allowed(char *buffer, size_t size, const struct conf_key *key)
{
	if (key->type == CONF_BOOL)
		snprintf(buffer, size, "true, false, 1, 0");
	else if (key->type == CONF_ALARMS)
		snprintf(buffer, size,
		    "a list of at most %d groups, ( { ... }, { ... } )", key->high);
	else if (key->type == CONF_INT)
		snprintf(
		    buffer, size, "a whole number from %d to %d", key->low, key->high);
	else if (key->type == CONF_NUMBERS)
		snprintf(buffer, size,
		    "an array of at most %d whole numbers from %d to %d",
		    CONF_NUMBERS_MAX, key->low, key->high);
	else if (key->type == CONF_STRINGS)
		snprintf(buffer, size,
		    "an array of at most %d strings of %d to %d bytes",
		    CONF_STRINGS_MAX, key->low, key->high);
	else if (key->type == CONF_NAMES)
		snprintf(buffer, size,
		    "an array of at most %d different names of %d to %d letters, "
		    "digits, - and _",
		    CONF_STRINGS_MAX, key->low, key->high);
	else if (key->type == CONF_NETWORKS)
		snprintf(buffer, size,
		    "an array of at most %d addresses and networks, as "
		    "\"192.0.2.7\" or \"2001:db8::/32\"",
		    CONF_NETWORKS_MAX);
	else if (key->allowed != NULL)
		list_words(buffer, size, key->allowed);
	else if (key->low == 0)
		snprintf(buffer, size, "a string of at most %d bytes", key->high);
	else
		snprintf(
		    buffer, size, "a string of %d to %d bytes", key->low, key->high);
}

/* An array whose elements can be shown: all are of the first one's type. */
static bool
has_elements(const config_setting_t *setting)
{
	const config_setting_t *first = config_setting_get_elem(setting, 0);

	return config_setting_type(setting) == CONFIG_TYPE_ARRAY && first != NULL &&
	    (config_setting_type(first) == CONFIG_TYPE_INT ||
		config_setting_type(first) == CONFIG_TYPE_STRING);
}

static void
describe_elements(char *buffer, size_t size, const config_setting_t *setting)
{
	int count = config_setting_length(setting);
	size_t used = 0;

	for (int i = 0; i < count && used < size; i++) {
		char element[72];

		conf_value_describe(element, sizeof element,
		    config_setting_get_elem(setting, (unsigned)i));
		used += (size_t)snprintf(
		    buffer + used, size - used, "%s%s", i == 0 ? "[ " : ", ", element);
	}
	if (used < size - strlen(" ]"))
		strcpy(buffer + used, " ]");
	else
		strcpy(buffer + size - sizeof "...", "...");
}

void
conf_value_describe(char *buffer, size_t size, const config_setting_t *setting)
{
	static const char *const aggregates[] = {
		[CONFIG_TYPE_GROUP] = "a group",
		[CONFIG_TYPE_ARRAY] = "an array",
		[CONFIG_TYPE_LIST] = "a list",
	};
	int type = config_setting_type(setting);

	if (has_elements(setting))
		describe_elements(buffer, size, setting);
	else if (config_setting_is_aggregate(setting))
		snprintf(buffer, size, "%s", aggregates[type]);
	else if (type == CONFIG_TYPE_STRING)
		describe_string(buffer, size, setting);
	else if (type == CONFIG_TYPE_INT)
		snprintf(buffer, size, "%d", config_setting_get_int(setting));
	else if (type == CONFIG_TYPE_INT64)
		snprintf(buffer, size, "%lld", config_setting_get_int64(setting));
	else if (type == CONFIG_TYPE_FLOAT)
		snprintf(buffer, size, "%g", config_setting_get_float(setting));
	else
		snprintf(buffer, size, "%s",
		    config_setting_get_bool(setting) ? "true" : "false");
}

void
conf_value_hint(char *buffer, size_t size, const struct conf_key *key,
    const config_setting_t *setting)
{
	struct text word = { key->allowed, 0 };
	struct conf_hint hint;

	buffer[0] = '\0';
	if (config_setting_type(setting) != CONFIG_TYPE_STRING || key->allowed == NULL)
		return;
	hint = conf_hint_for(config_setting_get_string(setting));
	while (next_word(&word))
		conf_hint_offer(&hint, word, word);
	if (hint.best.length > 0)
		snprintf(
		    buffer, size, "\"%.*s\"", (int)hint.best.length, hint.best.data);
}
