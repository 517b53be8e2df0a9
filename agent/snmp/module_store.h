/* SPDX-License-Identifier: ISC */
/*
 * One imsconnd as seen from inside snmpd: its board, its store, and the picture of both that a
 * request is answered from. Nothing here waits, ends the process, or grows.
 */
#ifndef IMSC_MODULE_STORE_H
#define IMSC_MODULE_STORE_H

#include "agent/board_reader.h"
#include "agent/snmp/table.h"

struct module_store {
	char board_path[BOARD_PATH_MAX]; /* "" while it is not in use */
	char context[33];                /* SNMP's, "" for the default one */

	struct board_reader board;
	struct board_told told;
	bool kicks_read; /* of this picture */
	size_t kick_count;
	struct board_kick kicks[BOARD_KICKS_MAX];

	struct store *store; /* NULL unless it is open */
	struct {
		char path[BOARD_PATH_MAX]; /* of its folder */
		uint64_t device;
		uint64_t inode;
		int64_t size; /* never less than it was */
	} data;               /* its file */
	int64_t look_us;      /* when to look again whether both are still in place */
	int64_t looked_at;    /* told.opened_us when that was done last */
	char said[sizeof(
	    (struct error){ 0 }.text)]; /* what is wrong, "" if nothing is */

	struct agentx agentx; /* what the tables read of what was told */
	struct privacy privacy;
	struct scene scene;
	struct reading reading;
	bool held; /* there is a picture now */
};

void module_store_init(struct module_store *store, const char *context);
/* From now on it is in use; the file BOARD is not opened before the first request. */
void module_store_use(struct module_store *store, const char *board);
bool module_store_is_used(const struct module_store *store);
/* It is as after module_store_init(). */
void module_store_close(struct module_store *store);

/*
 * A reading of the newest picture, good until the end. NULL if there is nothing to answer from,
 * or nothing may be told from here; why, has been logged.
 */
struct reading *module_store_begin(struct module_store *store);
void module_store_end(struct module_store *store);

/* The one whose scene it is. */
struct module_store *module_store_of(const struct scene *scene);

#endif
