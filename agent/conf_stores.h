/* SPDX-License-Identifier: ISC */
/*
 * The stores of one imsconnd: the main one, of the configuration's main file, and those that
 * "stores" names there. Each of these has a file of its own beside it, NAME.conf.
 */
#ifndef IMSC_CONF_STORES_H
#define IMSC_CONF_STORES_H

#include "agent/conf.h"

/*
 * Reads the configuration of the store NAME, "" for the main one, where PATH is the main
 * file. What is the process's comes from that in any case. The caller gives CONF back with
 * conf_fini() in either case.
 */
int conf_read_store(
    struct conf *conf, const char *path, const char *name, struct error *err);

struct conf_store {
	const char *name; /* "" for the main one; borrowed from its configuration */
	char *file;
	struct conf conf;
};

struct conf_stores {
	size_t count; /* the main one is the first */
	struct conf_store store[1 + CONF_STRINGS_MAX];
};

/*
 * Reads all of them. Fails, too, if two would share what each must have for itself. The
 * caller gives STORES, which were all zero, back with conf_stores_fini() in either case.
 */
int conf_stores_read(struct conf_stores *stores, const char *path, struct error *err);
void conf_stores_fini(struct conf_stores *stores);

#endif
