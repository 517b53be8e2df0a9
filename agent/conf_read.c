/* SPDX-License-Identifier: ISC */
/* Reads a configuration file: libconfig parses it, the table judges every setting. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "agent/alloc.h"
#include "agent/conf_alarm.h"
#include "agent/conf_file.h"
#include "agent/conf_hint.h"
#include "agent/conf_value.h"
#include "agent/text.h"

/* Room for a setting's path; longer ones are unknown anyway, and cut. */
#define PATH_SIZE 96

struct reading {
	const char *path;
	const char *main_path; /* NULL: PATH is the main file */
	char *folder;          /* that included names are relative to */
	const struct conf_key *keys;
	void *base;        /* the struct that KEYS fill */
	const char *where; /* the group that KEYS are in: "", or "alarms[3]" */
	struct error *err;
};

/*
 * Where libconfig found something: FILE is the path itself, or an included name, which newer
 * versions show with the folder and older without.
 */
static int
prefix_place(const struct reading *reading, const char *file, unsigned int line)
{
	size_t length = strlen(reading->folder);
	char *path;

	if (file == NULL || strcmp(file, reading->path) == 0 ||
	    (strncmp(file, reading->folder, length) == 0 && file[length] == '/'))
		path = xstrdup(file ? file : reading->path);
	else
		path = conf_file_join(reading->folder, file);
	error_prefix(reading->err, "%s:%u", path, line);
	free(path);
	return -1;
}

static int
fail_at(
    const struct reading *reading, const config_setting_t *setting, const char *path)
{
	const char *dot = reading->where[0] != '\0' && path[0] != '\0' ? "." : "";

	error_prefix(reading->err, "%s%s%s", reading->where, dot, path);
	return prefix_place(reading, config_setting_source_file(setting),
	    config_setting_source_line(setting));
}

/* What stands at a key's path below GROUP ("" or "local."), up to the next dot. */
static bool
name_below(const struct conf_key *key, const char *group, struct text *name)
{
	size_t length = strlen(group);

	if (strncmp(key->path, group, length) != 0)
		return false;
	name->data = key->path + length;
	name->length = strcspn(name->data, ".");
	return true;
}

/* The names below GROUP, with commas. */
static void
list_names(const struct conf_key *keys, char *buffer, size_t size, const char *group)
{
	struct text last = { NULL, 0 };
	struct text name;
	size_t used = 0;

	buffer[0] = '\0';
	for (const struct conf_key *key = keys; key->path != NULL; key++) {
		if (!name_below(key, group, &name) || text_equal(name, last))
			continue;
		if (used < size)
			used += (size_t)snprintf(buffer + used, size - used, "%s%.*s",
			    used ? ", " : "", (int)name.length, name.data);
		last = name;
	}
}

/* A name like NAME at the same place, or the same name at another. */
static struct text
guess_name(const struct conf_key *keys, const char *group, const char *name)
{
	struct conf_hint hint = conf_hint_for(name);
	struct text known;

	for (const struct conf_key *key = keys; key->path != NULL; key++)
		if (name_below(key, group, &known))
			conf_hint_offer(&hint, known, known);
	for (const struct conf_key *key = keys; key->path != NULL; key++) {
		const char *dot = strrchr(key->path, '.');

		if (hint.best.length == 0 && dot != NULL && strcmp(dot + 1, name) == 0)
			return text_from(key->path);
	}
	return hint.best;
}

static int
fail_unknown(const struct reading *reading, const config_setting_t *setting,
    const char *group, const char *path)
{
	struct text guess =
	    guess_name(reading->keys, group, config_setting_name(setting));
	char names[256];

	list_names(reading->keys, names, sizeof names, group);
	error_set(reading->err, "unknown key%s%.*s%s; allowed: %s",
	    guess.length ? ", perhaps " : "", (int)guess.length, guess.data,
	    guess.length ? " is meant" : "", names);
	return fail_at(reading, setting, path);
}

static int
fail_no_group(const struct reading *reading, const config_setting_t *setting,
    const char *group, const char *path)
{
	char value[96];
	char names[256];

	conf_value_describe(value, sizeof value, setting);
	list_names(reading->keys, names, sizeof names, group);
	error_set(reading->err, "cannot be %s; allowed: a group of %s", value, names);
	return fail_at(reading, setting, path);
}

static int
fail_main_only(const struct reading *reading, const config_setting_t *setting,
    const struct conf_key *key)
{
	error_set(reading->err, "is the same for all stores, so it stands only in %s",
	    reading->main_path);
	return fail_at(reading, setting, key->path);
}

static int
take_value(const struct reading *reading, const config_setting_t *setting,
    const struct conf_key *key)
{
	char value[96];
	char hint[64];
	char allowed[128];

	if (conf_value_take(reading->base, key, setting))
		return 0;
	conf_value_describe(value, sizeof value, setting);
	conf_value_hint(hint, sizeof hint, key, setting);
	conf_value_allowed(allowed, sizeof allowed, key);
	error_set(reading->err, "cannot be %s%s%s%s; allowed: %s", value,
	    hint[0] ? ", perhaps " : "", hint, hint[0] ? " is meant" : "", allowed);
	return fail_at(reading, setting, key->path);
}

static const struct conf_key *
find_key(const struct conf_key *keys, const char *path)
{
	for (const struct conf_key *key = keys; key->path != NULL; key++)
		if (strcmp(key->path, path) == 0)
			return key;
	return NULL;
}

/* Whether a key begins with GROUP, which ends in a dot. */
static bool
is_group(const struct conf_key *keys, const char *group)
{
	struct text name;

	for (const struct conf_key *key = keys; key->path != NULL; key++)
		if (name_below(key, group, &name))
			return true;
	return false;
}

static int take_group(
    const struct reading *reading, const config_setting_t *setting, const char *group);

/* One element of a list of alarms. */
static int
take_alarm(const struct reading *outer, const config_setting_t *element,
    struct conf_alarms *alarms)
{
	struct reading reading = *outer;
	char where[32];
	const char *wrong;
	const config_setting_t *culprit;

	snprintf(where, sizeof where, "alarms[%zu]", alarms->count + 1);
	reading.keys = conf_alarm_keys;
	reading.where = where;
	if (!config_setting_is_group(element))
		return fail_no_group(&reading, element, "", "");
	reading.base = conf_alarms_add(alarms);
	if (reading.base == NULL) {
		error_set(reading.err, "is one too many; allowed: at most %d alarms",
		    ALARMS_MAX);
		return fail_at(&reading, element, "");
	}
	if (take_group(&reading, element, "") == -1)
		return -1;
	wrong = conf_alarms_check(alarms, reading.err);
	if (wrong == NULL)
		return 0;
	culprit = config_setting_get_member(element, wrong);
	return fail_at(&reading, culprit ? culprit : element, wrong);
}

static int
take_alarms(const struct reading *reading, const config_setting_t *setting,
    const struct conf_key *key)
{
	struct conf_alarms *alarms = (void *)((char *)reading->base + key->offset);
	int count = config_setting_length(setting);

	if (!config_setting_is_list(setting))
		return take_value(reading, setting, key);
	for (int i = 0; i < count; i++)
		if (take_alarm(reading, config_setting_get_elem(setting, (unsigned)i),
			alarms) == -1)
			return -1;
	return 0;
}

/* Takes all settings of SETTING, a group; GROUP is its path with a dot, or "". */
static int
take_group(
    const struct reading *reading, const config_setting_t *setting, const char *group)
{
	int count = config_setting_length(setting);
	int result = 0;

	for (int i = 0; i < count && result == 0; i++) {
		const config_setting_t *member = config_setting_get_elem(setting, i);
		const struct conf_key *key;
		char path[PATH_SIZE];
		char below[PATH_SIZE + 1];

		snprintf(path, sizeof path, "%s%s", group, config_setting_name(member));
		snprintf(below, sizeof below, "%s.", path);
		key = find_key(reading->keys, path);
		if (key != NULL && key->main_only && reading->main_path != NULL)
			result = fail_main_only(reading, member, key);
		else if (key != NULL && key->type == CONF_ALARMS)
			result = take_alarms(reading, member, key);
		else if (key != NULL)
			result = take_value(reading, member, key);
		else if (!is_group(reading->keys, below))
			result = fail_unknown(reading, member, group, path);
		else if (!config_setting_is_group(member))
			result = fail_no_group(reading, member, below, path);
		else
			result = take_group(reading, member, below);
	}
	return result;
}

static int
parse(const struct reading *reading)
{
	config_t config;
	int result;

	config_init(&config);
	config_set_include_dir(&config, reading->folder);
	if (config_read_file(&config, reading->path) == CONFIG_TRUE) {
		result = take_group(reading, config_root_setting(&config), "");
	} else {
		error_set(reading->err, "%s", config_error_text(&config));
		result = prefix_place(reading, config_error_file(&config),
		    (unsigned int)config_error_line(&config));
	}
	config_destroy(&config);
	return result;
}

int
conf_read_further(
    struct conf *conf, const char *path, const char *main_path, struct error *err)
{
	struct reading reading = { path, main_path, conf_file_folder(path), conf_keys,
		conf, "", err };
	int result = conf_file_check(path, reading.folder, err);

	if (result == 0)
		result = parse(&reading);
	free(reading.folder);
	return result;
}

int
conf_read(struct conf *conf, const char *path, struct error *err)
{
	conf_init(conf);
	return conf_read_further(conf, path, NULL, err);
}
