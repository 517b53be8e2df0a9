/* SPDX-License-Identifier: ISC */
/* What is heard of Cyrus's processes, in whatever order, and what news become of it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/clock.h"
#include "agent/collect/cyrus_table.h"
#include "tests/unit.h"

enum {
	PID = 100,
	MS = CLOCK_MS_US
};

static struct cyrus_table *table;
static struct cyrus_entry *entry;
static char said[1024]; /* the news, as text */

static int
begin(void **state)
{
	(void)state;
	table = cyrus_table_new(5000);
	entry = cyrus_table_make(table, PID);
	said[0] = '\0';
	return 0;
}

static int
end(void **state)
{
	(void)state;
	cyrus_table_free(table);
	return 0;
}

/* "+ann@5" is a login at 5 ms, "=ann@5#1" more of it, "-ann@9" its end. */
static void
hear(void *arg, const struct news *news)
{
	static const char kinds[] = {
		[NEWS_LOGIN] = '+', [NEWS_MORE] = '=', [NEWS_LOGOUT] = '-'
	};
	const struct session *session = &news->session;
	size_t used = strlen(said);
	int64_t at_us = news->kind == NEWS_LOGOUT ? news->ended_us : session->login_us;

	(void)arg;
	assert_int_equal(session->process.pid, PID);
	snprintf(said + used, sizeof said - used, "%s%c%.*s@%d%s%.*s", used ? " " : "",
	    kinds[news->kind], (int)session->user.length, session->user.data,
	    (int)(at_us / MS), session->store_id.length ? "#" : "",
	    (int)session->store_id.length,
	    session->store_id.length ? session->store_id.data : "");
}

static void
assert_said(const char *expected)
{
	assert_string_equal(said, expected);
	said[0] = '\0';
}

static uint64_t inode; /* of the next file */

/* Its file, as it was written at WRITTEN_MS; USER "" is nobody. */
static void
see_as(const char *user, int64_t written_ms, struct cyrus_seen seen)
{
	struct cyrus_file file = { .proc.user = text_from(user),
		.written_us = written_ms * MS,
		.inode = inode };

	inode++;
	seen.file = &file;
	seen.service = user[0] != '\0' ? SERVICE_POP3 : SERVICE_NONE;
	cyrus_entry_see(entry, &seen, hear, NULL);
}

static void
see(const char *user, int64_t written_ms)
{
	see_as(user, written_ms, (struct cyrus_seen){ .source = TIME_RECORDED });
}

static void
see_none(int64_t now_ms)
{
	cyrus_entry_see(
	    entry, &(struct cyrus_seen){ .now_us = now_ms * MS }, hear, NULL);
}

static void
login(const char *user, int64_t at_ms, const char *id)
{
	cyrus_entry_login(entry,
	    &(struct session){ .service = SERVICE_POP3,
		.user = text_from(user),
		.store_id = text_from(id),
		.login_us = at_ms * MS,
		.login_source = TIME_RECORDED,
		.local.port = 110 },
	    hear, NULL);
}

static void
a_file_tells_of_login_and_end(void **state)
{
	(void)state;
	see("", 10);
	see("ann", 20);
	see("ann", 30);
	assert_said("+ann@20");
	entry->deletions++;
	see_none(40);
	assert_said("-ann@40");
}

static void
another_user_or_nobody_ends_the_session(void **state)
{
	(void)state;
	see("ann", 20);
	see("bob", 30);
	assert_said("+ann@20 -ann@30 +bob@30");
	see("", 40);
	see("bob", 50);
	assert_said("-bob@40 +bob@50");
}

static void
what_was_there_before_is_no_news_but_its_end_is(void **state)
{
	struct listing listing;

	(void)state;
	listing_init(&listing);
	see_as("ann", 20, (struct cyrus_seen){ .source = TIME_OBSERVED, .old = true });
	assert_said("");
	cyrus_entry_list(entry, &listing);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.rows[0].pid, PID);
	assert_int_equal(listing.rows[0].began_us, 0);
	assert_int_equal(listing.rows[0].began_source, TIME_OBSERVED);
	see("", 30);
	assert_said("-ann@30");
	cyrus_entry_list(entry, &listing);
	assert_int_equal(listing.count, 1);
	see("ann", 40);
	cyrus_entry_list(entry, &listing);
	assert_int_equal(listing.rows[1].began_us, 40 * MS);
	assert_int_equal(listing.rows[1].began_source, TIME_RECORDED);
	listing_fini(&listing);
}

static void
a_deleted_file_of_the_same_user_is_another_session(void **state)
{
	(void)state;
	see("ann", 20);
	entry->deletions++;
	see("ann", 50);
	assert_said("+ann@20 -ann@50 +ann@50");
}

/* The deletion was heard late: what was read before it is of the next connection. */
static void
a_deletion_before_what_was_read_ends_nothing(void **state)
{
	(void)state;
	see("ann", 20);
	entry->deletions++;
	inode--;
	see("ann", 20);
	assert_said("+ann@20");
}

static void
an_event_tells_more_of_what_the_file_told(void **state)
{
	(void)state;
	see("ann", 20);
	login("ann", 18, "id1");
	login("ann", 18, "id1");
	assert_said("+ann@20 =ann@20#id1 =ann@20#id1");
	assert_int_equal(entry->session.local.port, 110);
}

static void
and_the_file_nothing_that_the_event_told(void **state)
{
	(void)state;
	see("", 10);
	login("ann", 20, "id1");
	see("", 21); /* written before, by a clock that is coarser */
	see("ann", 22);
	see("ann", 30);
	assert_said("+ann@20#id1");
	see_none(40);
	assert_said("-ann@40#id1");
}

static void
an_event_of_another_session_ends_the_one_before(void **state)
{
	(void)state;
	login("ann", 20, "id1");
	login("ann", 25, "id2");
	login("bob", 30, "id3");
	assert_said("+ann@20#id1 -ann@25#id1 +ann@25#id2 -ann@30#id2 +bob@30#id3");
	/* Both deletions are of those before. */
	entry->deletions = 2;
	see("bob", 32);
	entry->deletions = 1;
	see("bob", 60);
	assert_said("-bob@60#id3 +bob@60");
}

static void
a_deletion_of_an_earlier_session_comes_later(void **state)
{
	(void)state;
	see("ann", 10);
	login("ann", 10, "id1");
	said[0] = '\0';
	login("ann", 20, "id2");
	see("ann", 22);
	entry->deletions++;
	see("ann", 23);
	see("ann", 24);
	assert_said("-ann@20#id1 +ann@20#id2");
	entry->deletions++;
	see_none(40);
	assert_said("-ann@40#id2");
}

static void
a_session_that_nobody_saw_in_a_file_is_over_at_once(void **state)
{
	(void)state;
	login("ann", 20, "id1");
	see_none(25);
	assert_said("+ann@20#id1 -ann@25#id1");
}

static void
nobody_is_in_who_logged_out_without_leaving(void **state)
{
	(void)state;
	login("ann", 20, "id1");
	see("ann", 22);
	see("", 23);
	assert_said("+ann@20#id1 -ann@23#id1");
	login("ann", 30, "id1");
	see("", 40);
	assert_said("+ann@30#id1 -ann@40#id1");
}

static void
an_end_is_never_before_its_login(void **state)
{
	(void)state;
	see("ann", 20);
	see_none(10);
	assert_said("+ann@20 -ann@20");
}

static void
an_ended_process_has_nobody_and_tells_nothing(void **state)
{
	struct listing listing;

	(void)state;
	see("ann", 20);
	entry->ended_us = 30 * MS;
	listing_init(&listing);
	cyrus_entry_list(entry, &listing);
	assert_int_equal(listing.count, 0);
	listing_fini(&listing);
	see("ann", 40);
	assert_said("+ann@20 +ann@40");
	/* What began later is another process's. */
	entry->ended_us = 30 * MS;
	see_none(50);
	assert_said("-ann@50");
}

static void
the_table_keeps_what_is_known_and_no_more_than_its_limit(void **state)
{
	(void)state;
	cyrus_table_clean(table, entry);
	assert_null(cyrus_table_find(table, PID));
	for (uint32_t pid = 1; pid <= 5000; pid++)
		assert_non_null(cyrus_table_make(table, pid * 1024));
	assert_null(cyrus_table_make(table, 7));
	assert_int_equal(cyrus_table_count(table), 5000);
	for (uint32_t pid = 1; pid <= 5000; pid++) {
		struct cyrus_entry *one = cyrus_table_find(table, pid * 1024);

		assert_int_equal(one->pid, pid * 1024);
		one->dirty = pid % 2;
		cyrus_table_clean(table, one);
	}
	assert_int_equal(cyrus_table_count(table), 2500);
	assert_null(cyrus_table_find(table, 2048));
	assert_non_null(cyrus_table_find(table, 1024));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_file_tells_of_login_and_end),
		CASE(another_user_or_nobody_ends_the_session),
		CASE(what_was_there_before_is_no_news_but_its_end_is),
		CASE(a_deleted_file_of_the_same_user_is_another_session),
		CASE(a_deletion_before_what_was_read_ends_nothing),
		CASE(an_event_tells_more_of_what_the_file_told),
		CASE(and_the_file_nothing_that_the_event_told),
		CASE(an_event_of_another_session_ends_the_one_before),
		CASE(a_deletion_of_an_earlier_session_comes_later),
		CASE(a_session_that_nobody_saw_in_a_file_is_over_at_once),
		CASE(nobody_is_in_who_logged_out_without_leaving),
		CASE(an_end_is_never_before_its_login),
		CASE(an_ended_process_has_nobody_and_tells_nothing),
		CASE(the_table_keeps_what_is_known_and_no_more_than_its_limit),
	};

	return cmocka_run_group_tests_name("cyrus_entry", tests, NULL, NULL);
}
