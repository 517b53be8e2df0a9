/* SPDX-License-Identifier: ISC */
/* The store as a whole: opening, views, commits, the audit, and refusals. */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/store/audit.h"
#include "agent/store/lock.h"
#include "tests/store_unit.h"

static void
a_view_is_one_picture_until_it_is_renewed(void **state)
{
	struct totals before;
	struct totals after;
	uint64_t generation;

	(void)state;
	look();
	generation = view_generation(view);
	store_get_totals(view, SERVICE_IMAP, &before);
	add(SERVICE_IMAP, "ann", 10);
	store_get_totals(view, SERVICE_IMAP, &after);
	assert_int_equal(after.sessions, before.sessions);
	assert_int_equal(view_generation(view), generation);
	look();
	store_get_totals(view, SERVICE_IMAP, &after);
	assert_int_equal(after.sessions, before.sessions + 1);
	assert_true(view_generation(view) > generation);
}

static void
an_abort_leaves_nothing(void **state)
{
	struct session s = make(SERVICE_IMAP, "ann", 10);
	struct view *writer;
	struct totals totals;

	(void)state;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	store_abort(writer);
	look();
	store_get_totals(view, SERVICE_IMAP, &totals);
	assert_int_equal(totals.sessions, 0);
	assert_int_equal(store_count_users(view), 0);
}

static void
writing_nothing_changes_nothing(void **state)
{
	struct view *writer;
	uint64_t generation;

	(void)state;
	look();
	generation = view_generation(view);
	must(store_begin(&writer, store, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(view_generation(view), generation);
}

static void
audit_rows_are_a_ring(void **state)
{
	struct audit audit = { .user = text_from("ann"),
		.origin = AUDIT_CLI,
		.requester = text_from("root"),
		.asked = 3,
		.ended = 2,
		.result = AUDIT_PARTIAL,
		.reason = text_from("one stayed"),
		.time_us = 77 };
	struct view *writer;
	struct audit out;

	(void)state;
	must(store_begin(&writer, store, &err));
	for (int i = 0; i < 5; i++)
		must(audit_add(writer, &audit, 3, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(audit_seek(view, 0, true, &out), 1);
	assert_int_equal(out.number, 3);
	assert_text(out.reason, "one stayed");
	assert_text(out.requester, "root");
	assert_int_equal(out.ended, 2);
	assert_int_equal(out.time_us, 77);
	assert_int_equal(audit_seek(view, 5, false, &out), 1);
	assert_int_equal(audit_seek(view, 5, true, &out), 0);
}

static struct audit
audit_of(uint32_t number)
{
	struct audit audit = { 0 };

	assert_int_equal(audit_seek(view, number, false, &audit), 1);
	assert_int_equal(audit.number, number);
	return audit;
}

static void
add_audits(const char *const *users, size_t count, uint32_t keep)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	for (size_t i = 0; i < count; i++) {
		struct audit audit = { .user = text_from(users[i]),
			.origin = AUDIT_SNMP,
			.result = AUDIT_DONE,
			.time_us = 7 };

		must(audit_add(writer, &audit, keep, &err));
	}
	must(store_commit(writer, &err));
	look();
}

static void
set_returned(uint32_t number, int64_t returned_us)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(audit_set_returned(writer, number, returned_us, &err));
	must(store_commit(writer, &err));
	look();
}

static void
the_youngest_audit_row_is_known(void **state)
{
	const char *const users[] = { "ann", "bob", "cat" };
	uint32_t number;

	(void)state;
	look();
	assert_false(audit_last(view, &number));
	add_audits(users, 3, 2);
	assert_true(audit_last(view, &number));
	assert_int_equal(number, 3);
}

static void
an_audit_row_tells_when_its_user_was_back(void **state)
{
	const char *const users[] = { "ann", "bob", "cat" };
	struct audit out;

	(void)state;
	add_audits(users, 3, 9);
	assert_int_equal(audit_of(2).returned_us, 0);
	assert_int_equal(audit_seek_returned(view, 0, true, &out), 0);
	set_returned(2, 99);
	assert_int_equal(audit_of(2).returned_us, 99);
	assert_text(audit_of(2).user, "bob");
	assert_int_equal(audit_of(1).returned_us, 0);
	assert_int_equal(audit_seek_returned(view, 0, true, &out), 1);
	assert_int_equal(out.number, 2);
	assert_int_equal(out.returned_us, 99);
	assert_int_equal(audit_seek_returned(view, 2, false, &out), 1);
	assert_int_equal(audit_seek_returned(view, 2, true, &out), 0);
	set_returned(2, 0);
	assert_int_equal(audit_seek_returned(view, 0, true, &out), 0);
}

static void
a_return_goes_with_its_row(void **state)
{
	const char *const users[] = { "ann", "bob" };
	struct audit out;

	(void)state;
	add_audits(users, 2, 9);
	set_returned(1, 99);
	set_returned(77, 99);
	assert_int_equal(audit_seek(view, 2, true, &out), 0);
	add_audits(users, 1, 2);
	assert_int_equal(audit_seek(view, 0, true, &out), 1);
	assert_int_equal(out.number, 2);
	assert_int_equal(audit_seek_returned(view, 0, true, &out), 0);
}

static void
everything_is_there_after_opening_again(void **state)
{
	struct session s = add(SERVICE_IMAP, "ann", 10);
	int64_t created;
	struct session out;

	(void)state;
	look();
	created = view_created_us(view);
	assert_true(created > 0);
	view_close(view);
	view = NULL;
	store_close(store);
	must(store_open(&store, path, STORE_WRITE, 1, &err));
	look();
	assert_int_equal(view_created_us(view), created);
	assert_int_equal(
	    session_get(view, (struct session_key){ SERVICE_IMAP, s.number }, &out), 1);
}

static void
opening_fails(enum store_mode mode, enum error_kind kind, const char *why)
{
	struct store *other = NULL;
	int result = store_open(&other, path, mode, 1, &err);

	assert_int_equal(result, -1);
	assert_int_equal(err.kind, kind);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" has no \"%s\"", err.text, why);
}

static void
a_newer_schema_is_refused_by_name(void **state)
{
	struct view *writer;

	(void)state;
	must(store_begin(&writer, store, &err));
	must(store_set_mark(writer, "schema", 99, &err));
	must(store_commit(writer, &err));
	store_close(store);
	store = NULL;
	opening_fails(STORE_WRITE, ERROR_NEWER, "has schema 99");
	opening_fails(STORE_READ, ERROR_NEWER, "has schema 99");
}

static void
what_is_no_store_is_refused_by_name(void **state)
{
	char file_name[96];
	FILE *file;

	(void)state;
	store_close(store);
	store = NULL;
	remove_store();
	opening_fails(STORE_READ, ERROR_MISSING, "there is no store in");
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(file_name, sizeof file_name, "%s/data.mdb", path);
	file = fopen(file_name, "w");
	assert_non_null(file);
	for (int i = 0; i < 10000; i++)
		fputs("this is no store ", file);
	fclose(file);
	opening_fails(STORE_WRITE, ERROR_OTHER, "data.mdb\" is no store");
}

static void
a_store_that_was_cut_short_is_refused(void **state)
{
	char file[96];

	(void)state;
	for (int i = 0; i < 50; i++)
		add(SERVICE_IMAP, "ann", 10);
	store_close(store);
	store = NULL;
	snprintf(file, sizeof file, "%s/data.mdb", path);
	assert_int_equal(truncate(file, 12288), 0);
	opening_fails(STORE_WRITE, ERROR_OTHER, "was cut short");
	opening_fails(STORE_READ, ERROR_OTHER, "was cut short");
}

static void
data_are_for_the_group_to_read_and_the_lock_to_write(void **state)
{
	char file[96];
	struct stat st;

	(void)state;
	snprintf(file, sizeof file, "%s/data.mdb", path);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	snprintf(file, sizeof file, "%s/lock.mdb", path);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void
one_collector_a_store(void **state)
{
	struct store_lock *lock = store_lock_take(path, &err);

	(void)state;
	assert_non_null(lock);
	assert_true(store_lock_is_taken(path));
	assert_null(store_lock_take(path, &err));
	assert_non_null(strstr(err.text, "in use by another imsconnd"));
	store_lock_release(lock);
	assert_false(store_lock_is_taken(path));
	lock = store_lock_take(path, &err);
	assert_non_null(lock);
	store_lock_release(lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_view_is_one_picture_until_it_is_renewed),
		CASE(an_abort_leaves_nothing),
		CASE(writing_nothing_changes_nothing),
		CASE(audit_rows_are_a_ring),
		CASE(the_youngest_audit_row_is_known),
		CASE(an_audit_row_tells_when_its_user_was_back),
		CASE(a_return_goes_with_its_row),
		CASE(everything_is_there_after_opening_again),
		CASE(a_newer_schema_is_refused_by_name),
		CASE(what_is_no_store_is_refused_by_name),
		CASE(a_store_that_was_cut_short_is_refused),
		CASE(data_are_for_the_group_to_read_and_the_lock_to_write),
		CASE(one_collector_a_store),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
