/* SPDX-License-Identifier: ISC */
/* The order in which all users come out of a real store: by name, each once. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/store/session.h"
#include "agent/store/user.h"
#include "cli/user_merge.h"
#include "tests/unit.h"

enum {
	LOGIN_US = 1000000
};

struct fixture {
	char folder[64];
	struct store *store;
	struct user_merge *merge;
};

static struct fixture fixture;

static int
make_store(void **state)
{
	struct error err;

	(void)state;
	strcpy(fixture.folder, "/tmp/imsc.XXXXXX");
	if (mkdtemp(fixture.folder) == NULL)
		return -1;
	return store_open(&fixture.store, fixture.folder, STORE_WRITE, 1, &err);
}

static int
remove_store(void **state)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char path[128];

	(void)state;
	user_merge_free(fixture.merge);
	fixture.merge = NULL;
	store_close(fixture.store);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", fixture.folder, files[i]);
		unlink(path);
	}
	return rmdir(fixture.folder);
}

static void
record(const struct text *names, size_t count)
{
	const struct address nowhere = { 0 };
	struct error err;
	struct view *view;

	assert_int_equal(store_begin(&view, fixture.store, &err), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(user_record_login(view, SERVICE_IMAP, names[i],
				     LOGIN_US, &nowhere, &err),
		    0);
	assert_int_equal(store_commit(view, &err), 0);
}

static int
compare_texts(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void
begin_merge(void)
{
	struct error err;

	user_merge_free(fixture.merge);
	fixture.merge = user_merge_new(fixture.store, &err);
	assert_non_null(fixture.merge);
}

static int
take_row(struct access_row *row)
{
	struct error err;

	return user_merge_next(fixture.merge, row, &err);
}

/* Sorts NAMES, which are in the store, and sees them come out so. */
static void
assert_all_in_order(struct text *names, size_t count)
{
	struct access_row row;

	begin_merge();
	qsort(names, count, sizeof *names, compare_texts);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(take_row(&row), 1);
		assert_int_equal(row.uid.length, names[i].length);
		assert_memory_equal(row.uid.data, names[i].data, names[i].length);
		assert_int_equal(row.last_us[ACCESS_IMAP], LOGIN_US);
		assert_int_equal(row.last_us[ACCESS_POP3], 0);
	}
	assert_int_equal(take_row(&row), 0);
	assert_int_equal(take_row(&row), 0);
}

static void
an_empty_store_has_nobody(void **state)
{
	struct text nobody = { NULL, 0 };

	(void)state;
	assert_all_in_order(&nobody, 0);
}

static void
names_of_all_lengths_are_sorted_as_bytes(void **state)
{
	struct text names[USER_KEY_MAX * 2];
	char bytes[USER_KEY_MAX];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)('a' + i * 7 % 26);
	for (size_t length = 1; length <= sizeof bytes; length++)
		names[count++] = (struct text){ bytes, length };
	for (size_t length = 1; length < sizeof bytes; length++)
		names[count++] = (struct text){ bytes + 1, length };
	record(names, count);
	assert_all_in_order(names, count);
}

static void
many_names_come_out_each_once(void **state)
{
	enum {
		COUNT = 5000,
		SIZE = 16
	};
	struct text *names = xcalloc(COUNT, sizeof *names);
	char *bytes = xcalloc(COUNT, SIZE);

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		int length = snprintf(bytes + i * SIZE, SIZE, "u%zu", i * i * 31);

		names[i] = (struct text){ bytes + i * SIZE, (size_t)length };
	}
	record(names, COUNT);
	assert_all_in_order(names, COUNT);
	free(bytes);
	free(names);
}

/* More of them than one batch has, beside names that are not cut and look alike. */
static void
cut_names_stand_where_their_whole_names_belong(void **state)
{
	enum {
		COUNT = 20000,
		SIZE = 160
	};
	struct text *names = xcalloc(COUNT, sizeof *names);
	char *bytes = xcalloc(COUNT, SIZE);

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		char *name = bytes + i * SIZE;
		size_t start = 75 + i % 6;
		size_t length = start + 14 + i % 60;

		memset(name, 'n', length);
		/* A character of two bytes somewhere around the cut. */
		if (i % 3 == 0)
			memcpy(name + start - 1, "\xc3\xa9", 2);
		name[0] = (char)('a' + i % 4);
		snprintf(name + length - 8, 9, "%08zu", i * 7919 % 100000);
		names[i] = (struct text){ name, length };
	}
	record(names, COUNT);
	assert_all_in_order(names, COUNT);
	free(bytes);
	free(names);
}

static void
only_users_with_a_record_are_rows(void **state)
{
	struct session session = { .service = SERVICE_IMAP,
		.user = text_from("connected"),
		.login_us = LOGIN_US };
	struct text recorded = text_from("recorded");
	struct error err;
	struct view *view;

	(void)state;
	record(&recorded, 1);
	assert_int_equal(store_begin(&view, fixture.store, &err), 0);
	assert_int_equal(session_add(view, &session, false, true, &err), 0);
	assert_int_equal(store_commit(view, &err), 0);
	assert_all_in_order(&recorded, 1);
}

static void
the_store_may_change_between_two_rows(void **state)
{
	struct text before[] = { text_from("b"), text_from("d"), text_from("f") };
	struct text later = text_from("e");
	struct access_row row;
	size_t count = 0;

	(void)state;
	record(before, 3);
	begin_merge();
	assert_int_equal(take_row(&row), 1);
	record(&later, 1);
	for (count = 1; take_row(&row) == 1;)
		count++;
	assert_int_equal(count, 3);
	assert_int_equal(user_merge_longest(fixture.merge), 1);
}

/* The reader has more work then than anyone asks for. */
static void
not_all_rows_have_to_be_taken(void **state)
{
	struct text names[] = { text_from("a"), text_from("bb"), text_from("ccc") };
	struct access_row row;

	(void)state;
	record(names, 3);
	for (size_t taken = 0; taken < 3; taken++) {
		begin_merge();
		for (size_t i = 0; i < taken; i++)
			assert_int_equal(take_row(&row), 1);
	}
}

int
main(void)
{
#define MERGE_TEST(f) cmocka_unit_test_setup_teardown(f, make_store, remove_store)
	const struct CMUnitTest tests[] = {
		MERGE_TEST(an_empty_store_has_nobody),
		MERGE_TEST(names_of_all_lengths_are_sorted_as_bytes),
		MERGE_TEST(many_names_come_out_each_once),
		MERGE_TEST(cut_names_stand_where_their_whole_names_belong),
		MERGE_TEST(only_users_with_a_record_are_rows),
		MERGE_TEST(the_store_may_change_between_two_rows),
		MERGE_TEST(not_all_rows_have_to_be_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
