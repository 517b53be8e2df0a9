/* SPDX-License-Identifier: ISC */
/* The search for a cell and for the next one: agent/snmp/table.c. */
#include "config.h"

#include <stdlib.h>

#include "agent/snmp/table.h"
#include "tests/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the library makes of arcs of 2^31 and more. */
#define EXTENDED(arc) ((oid)(long)(int32_t)(uint32_t)(arc))

static const enum index_part access_parts[] = { INDEX_USER, INDEX_SERVICE, INDEX_END };

/*
 * Tables over a small array, to compare the search with a plain look at every cell. The
 * rows stand in the order of their indexes; every third has what the sparse columns show.
 */
enum {
	ROWS = 60
};

static struct index rows[ROWS];

static int
compare_rows(const void *a, const void *b)
{
	const struct index *x = a;
	const struct index *y = b;
	int order =
	    (x->user.length > y->user.length) - (x->user.length < y->user.length);

	if (order == 0)
		order = memcmp(x->user.name, y->user.name, x->user.length);
	return order ? order : (x->service > y->service) - (x->service < y->service);
}

static bool
fake_seek(struct row *row, int having, bool beyond)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (compare_rows(&rows[i], &row->index) < (beyond ? 1 : 0))
			continue;
		if (having && i % 3 != 0)
			continue;
		row->index = rows[i];
		row->session.number = (uint32_t)i;
		return true;
	}
	return false;
}

static bool
fake_find(struct row *row)
{
	struct index wanted = row->index;

	return fake_seek(row, 0, false) && compare_rows(&row->index, &wanted) == 0;
}

static bool
get_always(const struct row *row, struct value *value)
{
	return value_number(value, row->session.number);
}

static bool
get_sparse(const struct row *row, struct value *value)
{
	return row->session.number % 3 == 0 && value_number(value, row->session.number);
}

static bool
get_never(const struct row *row, struct value *value)
{
	(void)row;
	(void)value;
	return false;
}

static const struct column fake_columns[] = {
	{ .arc = 2, .type = ASN_GAUGE, .get = get_always },
	{ .arc = 3, .type = ASN_GAUGE, .get = get_sparse, .having = 1 },
	{ .arc = 5, .type = ASN_GAUGE, .get = get_never },
	{ .arc = 9, .type = ASN_GAUGE, .get = get_sparse },
};

#define FAKE_TABLE                                      \
	.index = access_parts, .columns = fake_columns, \
	.ncolumns = COUNT(fake_columns), .find = fake_find, .seek = fake_seek

#define FAKE_ROOT 1, 3, 6, 1, 4, 1, 99, 1

/* Of another module, near the root of all. */
static const struct table first_table = { TABLE_ENTRY(1, 3, 6, 1, 2, 1, 27, 2, 1),
	FAKE_TABLE };
static const struct table low_table = { TABLE_ENTRY(FAKE_ROOT, 1), FAKE_TABLE };
static const struct table middle_table = { TABLE_ENTRY(FAKE_ROOT, 4, 1, 1),
	FAKE_TABLE };
static const struct table high_table = { TABLE_ENTRY(FAKE_ROOT, 4, 2, 1), FAKE_TABLE };

static const oid fake_root[] = { FAKE_ROOT };
static const struct table *const fake_list[] = { &first_table, &low_table,
	&middle_table, &high_table };
static const struct tables fake_tables = { fake_list, COUNT(fake_list) };

struct name {
	oid arcs[MAX_OID_LEN];
	size_t length;
};

/* Every cell, in order. */
static struct name cells[COUNT(fake_list) * COUNT(fake_columns) * ROWS];
static size_t ncells;

static int
compare_names(const struct name *a, const struct name *b)
{
	for (size_t i = 0; i < a->length && i < b->length; i++) {
		uint32_t x = (uint32_t)a->arcs[i];
		uint32_t y = (uint32_t)b->arcs[i];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a->length > b->length) - (a->length < b->length);
}

static void
push(struct name *name, const oid *arcs, size_t n)
{
	memcpy(name->arcs + name->length, arcs, n * sizeof *arcs);
	name->length += n;
}

static void
list_cells(const struct table *table, const struct column *column)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct name *name = &cells[ncells];

		if (column->get == get_never ||
		    (column->get == get_sparse && i % 3 != 0))
			continue;
		name->length = 0;
		push(name, table->arcs, table->length);
		push(name, &column->arc, 1);
		name->length +=
		    index_write(name->arcs + name->length, table->index, &rows[i]);
		ncells++;
	}
}

/* Few lengths and few octets, so that rows are close to each other. */
static void
make_rows(void)
{
	static const size_t lengths[] = { 1, 2, 3, USER_KEY_MAX - 1, USER_KEY_MAX };
	static const unsigned char octets[] = { 0, 1, 'a', 254, 255 };

	srand(1);
	for (size_t i = 0; i < ROWS; i++) {
		rows[i].service = SERVICE_IMAP + (enum service)(i % 3);
		rows[i].user.length = (uint8_t)lengths[(size_t)rand() % COUNT(lengths)];
		for (size_t k = 0; k < rows[i].user.length; k++)
			rows[i].user.name[k] =
			    (char)octets[(size_t)rand() % COUNT(octets)];
	}
	qsort(rows, ROWS, sizeof rows[0], compare_rows);
	/* The same one twice would be one row. */
	for (size_t i = 1; i < ROWS; i++)
		if (compare_rows(&rows[i - 1], &rows[i]) >= 0)
			rows[i].service = rows[i - 1].service + 1;
}

static int
list_all_cells(void **state)
{
	(void)state;
	make_rows();
	ncells = 0;
	for (size_t t = 0; t < COUNT(fake_list); t++)
		for (size_t c = 0; c < COUNT(fake_columns); c++)
			list_cells(fake_list[t], &fake_columns[c]);
	for (size_t i = 1; i < ncells; i++)
		assert_true(compare_names(&cells[i - 1], &cells[i]) < 0);
	return 0;
}

/* A cell's name, or something near it that nobody should ask for. */
static void
make_request(struct name *name)
{
	static const oid odd[] = { 0, 1, 2, 3, 4, 9, 96, 97, 98, 254, 255, 256, 1000,
		INT32_MAX, EXTENDED(1u << 31), EXTENDED(UINT32_MAX) };
	size_t changes = (size_t)rand() % 4;

	*name = cells[(size_t)rand() % ncells];
	for (size_t i = 0; i < changes; i++) {
		size_t at = (size_t)rand() % name->length;

		if (rand() % 3 == 0)
			name->length = at + 1;
		else if (rand() % 3 == 0 && name->length < MAX_OID_LEN)
			name->arcs[name->length++] = odd[(size_t)rand() % COUNT(odd)];
		else if (rand() % 2 == 0)
			name->arcs[at] = odd[(size_t)rand() % COUNT(odd)];
		else
			name->arcs[at] += rand() % 2 ? (oid)1 : (oid)-1;
	}
}

static const struct name *
next_cell(const struct name *name)
{
	for (size_t i = 0; i < ncells; i++)
		if (compare_names(&cells[i], name) > 0)
			return &cells[i];
	return NULL;
}

static bool
is_cell(const struct name *name)
{
	for (size_t i = 0; i < ncells; i++)
		if (compare_names(&cells[i], name) == 0)
			return true;
	return false;
}

static void
next_is_the_first_cell_after_any_name(void **state)
{
	static struct reading reading;
	struct scene scene = { 0 };

	(void)state;
	reading_begin(&reading, &fake_tables, &scene);
	for (size_t i = 0; i < 50000; i++) {
		const struct name *wanted;
		struct name name;

		make_request(&name);
		wanted = next_cell(&name);
		if (i % 7 == 0)
			reading_begin(&reading, &fake_tables, &scene);
		assert_int_equal(
		    reading_next(&reading, name.arcs, name.length), wanted != NULL);
		if (wanted == NULL)
			continue;
		assert_int_equal(reading.cell.length, wanted->length);
		assert_memory_equal(
		    reading.cell.name, wanted->arcs, wanted->length * sizeof(oid));
	}
}

static void
get_finds_the_cells_and_nothing_else(void **state)
{
	static struct reading reading;
	struct scene scene = { 0 };
	size_t found = 0;

	(void)state;
	reading_begin(&reading, &fake_tables, &scene);
	for (size_t i = 0; i < 50000; i++) {
		struct name name;
		bool there;

		make_request(&name);
		there = is_cell(&name);
		found += there;
		assert_int_equal(
		    reading_get(&reading, name.arcs, name.length) == READING_DONE,
		    there);
	}
	assert_true(found > 1000);
}

/* The row kept for one must not answer the other. */
static void
get_and_next_of_one_name_do_not_mix(void **state)
{
	static struct reading reading;
	struct scene scene = { 0 };

	(void)state;
	reading_begin(&reading, &fake_tables, &scene);
	for (size_t i = 0; i + 1 < ncells; i++) {
		const struct name *name = &cells[i];

		assert_int_equal(
		    reading_get(&reading, name->arcs, name->length), READING_DONE);
		assert_true(reading_next(&reading, name->arcs, name->length));
		assert_memory_equal(reading.cell.name, cells[i + 1].arcs,
		    cells[i + 1].length * sizeof(oid));
		assert_int_equal(
		    reading_get(&reading, name->arcs, name->length), READING_DONE);
		assert_memory_equal(
		    reading.cell.name, name->arcs, name->length * sizeof(oid));
	}
}

static enum reading_result
get_below_root(const oid *arcs, size_t n)
{
	static struct reading reading;
	struct scene scene = { 0 };
	struct name name = { .length = 0 };

	push(&name, fake_root, COUNT(fake_root));
	push(&name, arcs, n);
	reading_begin(&reading, &fake_tables, &scene);
	return reading_get(&reading, name.arcs, name.length);
}

static void
no_object_and_no_instance_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(get_below_root(fake_root, 0), READING_NO_OBJECT);
	assert_int_equal(
	    get_below_root((const oid[]){ 4, 1, 1 }, 3), READING_NO_OBJECT);
	assert_int_equal(
	    get_below_root((const oid[]){ 4, 1, 1, 4, 1 }, 5), READING_NO_OBJECT);
	assert_int_equal(
	    get_below_root((const oid[]){ 4, 3, 1, 2, 1 }, 5), READING_NO_OBJECT);
	assert_int_equal(
	    get_below_root((const oid[]){ 4, 1, 1, 2 }, 4), READING_NO_INSTANCE);
	assert_int_equal(
	    get_below_root((const oid[]){ 1, 2, 1, 300, 2 }, 5), READING_NO_INSTANCE);
	assert_int_equal(
	    get_below_root((const oid[]){ 1, 5, 1, 'a', 2 }, 5), READING_NO_INSTANCE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    next_is_the_first_cell_after_any_name, list_all_cells),
		cmocka_unit_test_setup(
		    get_finds_the_cells_and_nothing_else, list_all_cells),
		cmocka_unit_test_setup(
		    get_and_next_of_one_name_do_not_mix, list_all_cells),
		cmocka_unit_test(no_object_and_no_instance_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
