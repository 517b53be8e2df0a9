/* SPDX-License-Identifier: ISC */
/* GET and GETNEXT over const tables: prefix, column, index, row, value. */
#include "config.h"

#include <string.h>

#include "agent/snmp/personal.h"
#include "agent/snmp/table.h"

/* The arcs of a request's name that are not yet matched. */
struct rest {
	const oid *at;
	size_t left;
};

static const struct rest nothing;

/* How a name lies to the subtree of a prefix. */
enum place {
	PLACE_BEFORE,
	PLACE_INSIDE,
	PLACE_BEHIND
};

/* Whether the first LENGTH of LEFT arcs are these. */
static bool
is_same(const oid *arcs, const oid *at, size_t length, size_t left)
{
	return left >= length && memcmp(arcs, at, length * sizeof(oid)) == 0;
}

/* Takes the prefix off REST; what lies before the subtree becomes its beginning. */
static enum place
enter(const oid *prefix, size_t length, struct rest *rest)
{
	if (is_same(prefix, rest->at, length, rest->left)) {
		rest->at += length;
		rest->left -= length;
		return PLACE_INSIDE;
	}
	for (size_t i = 0; i < length; i++) {
		if (i < rest->left && rest->at[i] == prefix[i])
			continue;
		if (i < rest->left && rest->at[i] > prefix[i])
			return PLACE_BEHIND;
		*rest = nothing;
		return PLACE_BEFORE;
	}
	rest->at += length;
	rest->left -= length;
	return PLACE_INSIDE;
}

/* The table that a name is in, and the name's column and index as REST. */
static const struct table *
find_table(const struct tables *tables, struct rest *rest)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct table *table = tables->tables[i];
		struct rest inner = *rest;

		if (enter(table->arcs, table->length, &inner) != PLACE_INSIDE)
			continue;
		*rest = inner;
		return table;
	}
	return NULL;
}

/* The column at the beginning of REST, which becomes the index. */
static const struct column *
find_column(const struct table *table, struct rest *rest)
{
	for (size_t i = 0; i < table->ncolumns && rest->left > 0; i++) {
		if (table->columns[i].arc != rest->at[0])
			continue;
		rest->at++;
		rest->left--;
		return &table->columns[i];
	}
	return NULL;
}

const struct column *
tables_find_column(const struct tables *tables, const oid *name, size_t length)
{
	struct rest rest = { name, length };
	const struct table *table = find_table(tables, &rest);

	return table != NULL ? find_column(table, &rest) : NULL;
}

void
reading_begin(
    struct reading *reading, const struct tables *tables, const struct scene *scene)
{
	reading->tables = tables;
	reading->last = 0;
	reading->row.scene = scene;
	reading->other.scene = scene;
	reading->table = NULL;
	reading->shown = false;
}

static bool
is_read(const struct reading *reading, const struct table *table, bool exact,
    const struct rest *index)
{
	return reading->table == table && reading->exact == exact &&
	    reading->n == index->left &&
	    is_same(reading->arcs, index->at, reading->n, index->left);
}

/* Whether INDEX is that of the row that was shown last, as it is in the middle of a walk. */
static bool
is_shown(
    const struct reading *reading, const struct table *table, const struct rest *index)
{
	const struct cell *cell = &reading->cell;
	size_t head = table->length + 1;

	return reading->shown && reading->table == table &&
	    cell->length - head == index->left &&
	    is_same(cell->name + head, index->at, index->left, index->left);
}

/* Reads the row that the row's index and FIT lead to. False if there is none. */
static bool
find_row(struct reading *reading, const struct table *table, enum index_fit fit)
{
	struct row *row = &reading->row;

	reading->shown = false;
	if (!scene_tells_table(row->scene, table))
		reading->found = false;
	else if (reading->exact)
		reading->found = fit == INDEX_IS && table->find(row);
	else
		reading->found = table->seek(row, 0, fit != INDEX_FROM);
	return reading->found;
}

/* Reads the row that INDEX names (EXACT), or the first one after it. False if none. */
static bool
read_row(
    struct reading *reading, const struct table *table, bool exact, struct rest index)
{
	enum index_fit fit = INDEX_IS;

	/* No index is as long as any name can be. */
	if (index.left > MAX_OID_LEN)
		index.left = MAX_OID_LEN;
	if (index.left == 0)
		index.at = reading->arcs;
	if (is_read(reading, table, exact, &index))
		return reading->found;
	if (!is_shown(reading, table, &index))
		fit = index_parse(
		    &reading->row.index, table->index, index.at, index.left);
	reading->table = table;
	reading->exact = exact;
	reading->n = index.left;
	memmove(reading->arcs, index.at, index.left * sizeof(oid));
	return find_row(reading, table, fit);
}

/* Puts what COLUMN shows of ROW into the cell. False if that row has no instance. */
static bool
show(struct cell *cell, const struct table *table, const struct column *column,
    const struct row *row)
{
	if (!scene_tells_column(row->scene, column) || !column->get(row, &cell->value))
		return false;
	cell->column = column;
	cell->row = row;
	memcpy(cell->name, table->arcs, table->length * sizeof(oid));
	cell->length = table->length;
	cell->name[cell->length++] = column->arc;
	cell->length +=
	    index_write(cell->name + cell->length, table->index, &row->index);
	return true;
}

/* The same of the row that was read: its cells differ by one arc of their names. */
static bool
show_row(
    struct reading *reading, const struct table *table, const struct column *column)
{
	struct cell *cell = &reading->cell;

	if (!reading->shown)
		return reading->shown = show(cell, table, column, &reading->row);
	if (!scene_tells_column(reading->row.scene, column) ||
	    !column->get(&reading->row, &cell->value))
		return false;
	cell->column = column;
	cell->name[table->length] = column->arc;
	return true;
}

bool
table_show(struct cell *cell, const struct table *table, oid arc, const struct row *row)
{
	struct rest rest = { &arc, 1 };
	const struct column *column = find_column(table, &rest);

	return column != NULL && scene_tells_table(row->scene, table) &&
	    show(cell, table, column, row);
}

enum reading_result
reading_get(struct reading *reading, const oid *name, size_t length)
{
	struct rest rest = { name, length };
	const struct table *table = find_table(reading->tables, &rest);
	const struct column *column = table != NULL ? find_column(table, &rest) : NULL;

	if (column == NULL)
		return READING_NO_OBJECT;
	if (!read_row(reading, table, true, rest) || !show_row(reading, table, column))
		return READING_NO_INSTANCE;
	return READING_DONE;
}

/* The first instance in a column after INDEX: mostly in the very next row. */
static bool
next_in_column(struct reading *reading, const struct table *table,
    const struct column *column, struct rest index)
{
	struct row *other = &reading->other;

	if (!scene_tells_column(other->scene, column) ||
	    !read_row(reading, table, false, index))
		return false;
	if (show_row(reading, table, column))
		return true;
	reading->shown = false;
	other->index = reading->row.index;
	while (table->seek(other, column->having, true))
		if (show(&reading->cell, table, column, other))
			return true;
	return false;
}

static bool
next_in_table(struct reading *reading, const struct table *table, struct rest rest)
{
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];
		struct rest index = nothing;

		if (rest.left > 0 && column->arc < rest.at[0])
			continue;
		if (rest.left > 0 && column->arc == rest.at[0])
			index = (struct rest){ rest.at + 1, rest.left - 1 };
		if (next_in_column(reading, table, column, index))
			return true;
	}
	return false;
}

/*
 * Whether NAME is in the table of the last cell, and REST of it. No table before that can have
 * what comes next then: only scalars may have tables before their first one.
 */
static bool
is_in_last(const struct reading *reading, struct rest *rest)
{
	const struct table *last = reading->tables->tables[reading->last];

	return enter(last->arcs, last->length, rest) == PLACE_INSIDE &&
	    rest->left > 0 && rest->at[0] >= last->columns[0].arc;
}

/*
 * The next cell of the column, if NAME is that of the cell that was shown last. What is not found
 * here is where reading_next() looks for it.
 */
static bool
walk_on(struct reading *reading, const oid *name, size_t length)
{
	const struct cell *cell = &reading->cell;
	size_t head = reading->shown ? reading->table->length + 1 : 0;

	if (!reading->shown || length != cell->length ||
	    !is_same(cell->name, name, length, length))
		return false;
	reading->exact = false;
	reading->n = length - head;
	memcpy(reading->arcs, cell->name + head, reading->n * sizeof(oid));
	return find_row(reading, reading->table, INDEX_IS) &&
	    show_row(reading, reading->table, cell->column);
}

bool
reading_next(struct reading *reading, const oid *name, size_t length)
{
	const struct tables *tables = reading->tables;
	struct rest rest = { name, length };
	size_t i = 0;

	if (walk_on(reading, name, length))
		return true;
	if (is_in_last(reading, &rest)) {
		if (next_in_table(reading, tables->tables[reading->last], rest))
			return true;
		i = reading->last + 1;
	}
	for (; i < tables->count; i++) {
		const struct table *table = tables->tables[i];

		rest = (struct rest){ name, length };
		reading->last = i;
		if (enter(table->arcs, table->length, &rest) != PLACE_BEHIND &&
		    next_in_table(reading, table, rest))
			return true;
	}
	return false;
}
