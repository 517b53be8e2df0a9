/* SPDX-License-Identifier: ISC */
/*
 * Inside the store only: opening it with or without what it takes to write. Whoever only reads
 * can be linked without the latter.
 */
#ifndef IMSC_STORE_OPEN_H
#define IMSC_STORE_OPEN_H

#include "agent/store/view.h"

#define STORE_MARK_SCHEMA "schema"
#define STORE_MARK_CREATED "created"

/* Makes an older SCHEMA, or none (0), the present one. */
typedef int schema_function(struct view *view, int64_t schema, struct error *err);

/* As store_open(), of a directory that is there; COMPLETE may be NULL. */
int store_open_with(struct store **store, const char *path, enum store_mode mode,
    int map_gib, schema_function *complete, struct error *err);

#endif
