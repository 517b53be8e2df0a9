/* SPDX-License-Identifier: ISC */
/* The configurations of several stores: where they are, and what no two may share. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/conf_file.h"
#include "agent/conf_stores.h"
#include "agent/text.h"

enum {
	FILE_NAME_SIZE = CONF_STORE_NAME_MAX + sizeof ".conf"
};

/* The file of the store NAME, owned by the caller. */
static char *
file_of(const char *path, const char *name)
{
	char file[FILE_NAME_SIZE];
	char *folder;
	char *found;

	if (name[0] == '\0')
		return xstrdup(path);
	folder = conf_file_folder(path);
	snprintf(file, sizeof file, "%s.conf", name);
	found = conf_file_join(folder, file);
	free(folder);
	return found;
}

static bool
has_store(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->stores.count; i++)
		if (strcmp(conf->stores.string[i], name) == 0)
			return true;
	return false;
}

static int
fail_unknown(
    const struct conf *conf, const char *path, const char *name, struct error *err)
{
	char names[CONF_STRINGS_MAX * (CONF_STORE_NAME_MAX + 2) + 1] = "";
	char escaped[4 * CONF_STORE_NAME_MAX];
	size_t used = 0;

	for (size_t i = 0; i < conf->stores.count; i++)
		used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
		    i > 0 ? ", " : "", conf->stores.string[i]);
	text_escape(escaped, sizeof escaped, text_from(name));
	if (used == 0)
		return error_set(err,
		    "there is no store \"%s\", but only the main one: %s names none in "
		    "stores",
		    escaped, path);
	return error_set(err,
	    "there is no store \"%s\"; beside the main one, %s has: %s", escaped, path,
	    names);
}

/* The main file is nobody else's. */
static bool
is_main_file(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char file[FILE_NAME_SIZE];

	snprintf(file, sizeof file, "%s.conf", name);
	return strcmp(slash ? slash + 1 : path, file) == 0;
}

int
conf_read_store(
    struct conf *conf, const char *path, const char *name, struct error *err)
{
	char *file;
	int rc;

	if (conf_read(conf, path, err) == -1)
		return -1;
	if (name[0] == '\0')
		return 0;
	if (!has_store(conf, name))
		return fail_unknown(conf, path, name, err);
	if (is_main_file(path, name))
		return error_set(err,
		    "%s: stores: \"%s\" would be in this file itself; give it another "
		    "name",
		    path, name);
	conf_init_further(conf, name);
	file = file_of(path, name);
	rc = conf_read_further(conf, file, path, err);
	free(file);
	return rc;
}

static const char *
string_of(const struct conf_store *store, const struct conf_key *key)
{
	return *(char *const *)((const char *)&store->conf + key->offset);
}

/* Whether two paths lead to the same place, as far as what is there already tells. */
static bool
is_same_path(const char *a, const char *b)
{
	char *real_a = realpath(a, NULL);
	char *real_b = realpath(b, NULL);
	bool same = strcmp(real_a ? real_a : a, real_b ? real_b : b) == 0;

	free(real_a);
	free(real_b);
	return same;
}

static bool
is_same(const struct conf_key *key, const char *a, const char *b)
{
	if (key->unique == CONF_UNIQUE_CONTEXT)
		return strcmp(a, b) == 0;
	return a[0] != '\0' && b[0] != '\0' && is_same_path(a, b);
}

/* KEY of STORE against what is like it of OTHER. */
static int
check_key(const struct conf_key *key, const struct conf_store *store,
    const struct conf_store *other, struct error *err)
{
	const char *value = string_of(store, key);

	for (const struct conf_key *its = conf_keys; its->path != NULL; its++) {
		if (its->unique != key->unique ||
		    !is_same(key, value, string_of(other, its)))
			continue;
		return error_set(err,
		    "%s: %s: \"%s\" is %s of %s; each store needs its own", store->file,
		    key->path, value, its->path, other->file);
	}
	return 0;
}

static int
check_pair(
    const struct conf_store *store, const struct conf_store *other, struct error *err)
{
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++)
		if (key->unique != CONF_SHARED &&
		    check_key(key, store, other, err) == -1)
			return -1;
	return 0;
}

static int
add_store(
    struct conf_stores *stores, const char *path, const char *name, struct error *err)
{
	struct conf_store *store = &stores->store[stores->count++];

	store->name = name;
	store->file = file_of(path, name);
	if (conf_read_store(&store->conf, path, name, err) == -1)
		return -1;
	for (size_t i = 0; i + 1 < stores->count; i++)
		if (check_pair(store, &stores->store[i], err) == -1)
			return -1;
	return 0;
}

int
conf_stores_read(struct conf_stores *stores, const char *path, struct error *err)
{
	const struct conf_strings *names = &stores->store[0].conf.stores;

	if (add_store(stores, path, "", err) == -1)
		return -1;
	for (size_t i = 0; i < names->count; i++)
		if (add_store(stores, path, names->string[i], err) == -1)
			return -1;
	return 0;
}

void
conf_stores_fini(struct conf_stores *stores)
{
	for (size_t i = 0; i < stores->count; i++) {
		free(stores->store[i].file);
		conf_fini(&stores->store[i].conf);
	}
	stores->count = 0;
}
