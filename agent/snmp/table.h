/* SPDX-License-Identifier: ISC */
/*
 * The generic part of every table: from the OID of a request to its cell, or to the next
 * cell in OID order. Rows come from the tables' own find() and seek(), so nothing here costs
 * more with more rows. It knows nothing of AgentX and can be tested alone.
 */
#ifndef IMSC_TABLE_H
#define IMSC_TABLE_H

#include "agent/snmp/columns.h"

/* Tables of any modules, by rising OIDs of their entries. */
struct tables {
	const struct table *const *tables;
	size_t count;
};

/* One instance. Its value points into ROW and is good until the next cell is asked for. */
struct cell {
	const struct column *column;
	const struct row *row;
	oid name[MAX_OID_LEN];
	size_t length; /* of name */
	struct value value;
};

/*
 * The cells of one request, from one scene. The row that was read for one of them is kept
 * for the next, which mostly is another column of the same row.
 */
struct reading {
	const struct tables *tables;
	size_t last;      /* the table, among TABLES, that the last next cell was in */
	struct cell cell; /* what was asked for last */
	/* What ROW was read for: the row these arcs name (EXACT), or the one after them. */
	const struct table *table;
	bool exact;
	bool found;
	size_t n; /* of arcs */
	oid arcs[MAX_OID_LEN];
	struct row row;
	bool shown;       /* the cell is of ROW, and of TABLE */
	struct row other; /* one further on, that has what ROW lacks */
};

void reading_begin(
    struct reading *reading, const struct tables *tables, const struct scene *scene);

enum reading_result {
	READING_DONE,       /* it is in CELL */
	READING_NO_OBJECT,  /* there is no such object */
	READING_NO_INSTANCE /* the object is there, but not this instance of it */
};

/* The cell whose name is NAME. */
enum reading_result reading_get(
    struct reading *reading, const oid *name, size_t length);
/* The first cell whose name comes after NAME; false if there is none. */
bool reading_next(struct reading *reading, const oid *name, size_t length);

/* Shows COLUMN ARC of a row that is not from a request. False if it has no instance. */
bool table_show(
    struct cell *cell, const struct table *table, oid arc, const struct row *row);

/* The object that NAME is an instance of, whether it exists or not; NULL if of none. */
const struct column *tables_find_column(
    const struct tables *tables, const oid *name, size_t length);

#endif
