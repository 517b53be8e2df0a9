/* SPDX-License-Identifier: ISC */
/* The store's sessions and a listing side by side: what is told of, and what is passed. */
#include "config.h"

#include "agent/collect/join.h"
#include "tests/store_unit.h"

static struct listing listing;
static struct join join;

static bool
lives(void *arg, const struct process *process)
{
	(void)arg;
	(void)process;
	return false;
}

static void
list(uint32_t pid, const char *user, const char *address, uint32_t count)
{
	struct listed row = { .service = SERVICE_IMAP,
		.pid = pid,
		.count = count,
		.user = text_from(user) };

	address_parse(&row.remote, text_from(address));
	listing_add(&listing, &row);
}

static void
know(uint32_t pid, const char *user)
{
	struct session s = make(SERVICE_IMAP, user, 10);
	struct view *writer;

	s.process.pid = pid;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
}

static int
begin_join(void **state)
{
	listing_init(&listing);
	memset(&join, 0, sizeof join);
	return begin(state);
}

static int
end_join(void **state)
{
	join_fini(&join);
	listing_fini(&listing);
	return end(state);
}

static void
start(bool thorough)
{
	look();
	listing_sort(&listing);
	join_init(&join, &listing,
	    &(struct reconcile){ .asked_us = INT64_C(1) << 60,
		.services = 1u << SERVICE_IMAP,
		.lives = lives });
	join.thorough = thorough;
	join_use(&join, view);
}

static void
next_is(uint32_t pid, size_t known, size_t rows)
{
	assert_int_equal(join_next(&join), 1);
	assert_int_equal(join.pid, pid);
	assert_int_equal(join.known_count, known);
	assert_int_equal(join.row_count, rows);
}

static void
what_is_as_it_was_is_passed(void **state)
{
	(void)state;
	know(5, "ann");
	know(7, "bob");
	list(7, "bob", "192.0.2.1", 1);
	list(5, "ann", "192.0.2.1", 1);
	start(false);
	next_is(5, 0, 0);
	next_is(7, 0, 0);
	assert_int_equal(join_next(&join), 0);
}

static void
a_thorough_join_tells_of_it(void **state)
{
	(void)state;
	know(5, "ann");
	list(5, "ann", "192.0.2.1", 1);
	start(true);
	next_is(5, 1, 1);
	assert_true(join.judgements[0].open);
	assert_int_equal(join.new[0], 0);
	assert_int_equal(join_next(&join), 0);
}

static void
another_user_or_address_is_told_of(void **state)
{
	(void)state;
	know(5, "ann");
	know(6, "ann");
	list(5, "bob", "192.0.2.1", 1);
	list(6, "ann", "192.0.2.2", 1);
	start(false);
	next_is(5, 1, 1);
	assert_false(join.judgements[0].open);
	assert_int_equal(join.new[0], 1);
	next_is(6, 1, 1);
	assert_false(join.judgements[0].open);
	assert_int_equal(join_next(&join), 0);
}

static void
shared_processes_are_told_of(void **state)
{
	(void)state;
	know(5, "ann");
	know(5, "ann");
	know(6, "bob");
	know(7, "carl");
	list(5, "ann", "192.0.2.1", 1);
	list(6, "bob", "192.0.2.1", 2);
	list(7, "carl", "192.0.2.1", 1);
	list(7, "dan", "192.0.2.1", 1);
	start(false);
	next_is(5, 2, 1);
	assert_true(join.judgements[0].open != join.judgements[1].open);
	next_is(6, 1, 1);
	assert_int_equal(join.new[0], 1);
	next_is(7, 1, 2);
	assert_true(join.judgements[0].open);
	assert_int_equal(join_next(&join), 0);
}

static void
what_only_one_side_has_is_told_of(void **state)
{
	(void)state;
	know(5, "ann");
	know(8, "ann");
	list(4, "bob", "192.0.2.1", 1);
	list(6, "bob", "192.0.2.1", 1);
	list(9, "bob", "192.0.2.1", 1);
	start(false);
	next_is(4, 0, 1);
	next_is(5, 1, 0);
	next_is(6, 0, 1);
	next_is(8, 1, 0);
	next_is(9, 0, 1);
	assert_int_equal(join_next(&join), 0);
}

static void
it_goes_on_with_a_newer_view(void **state)
{
	(void)state;
	know(5, "ann");
	know(9, "ann");
	list(5, "ann", "192.0.2.1", 1);
	list(7, "bob", "192.0.2.1", 1);
	list(9, "ann", "192.0.2.1", 1);
	start(false);
	next_is(5, 0, 0);
	know(7, "bob");
	know(3, "bob"); /* behind it: the next listing's affair */
	look();
	join_use(&join, view);
	next_is(7, 0, 0);
	next_is(9, 0, 0);
	assert_int_equal(join_next(&join), 0);
}

/* As list(), with what the session does. */
static void
list_active(uint32_t pid, const char *user, const char *mailbox, int64_t active_us)
{
	struct listed row = { .service = SERVICE_IMAP,
		.pid = pid,
		.count = 1,
		.user = text_from(user),
		.mailbox = text_from(mailbox),
		.active_us = active_us };

	address_parse(&row.remote, text_from("192.0.2.1"));
	listing_add(&listing, &row);
}

static void
write_active(uint32_t pid, const char *mailbox, int64_t active_us)
{
	struct session_ref ref = { .pid = pid };
	struct view *writer;
	struct session s;

	must(store_begin(&writer, store, &err));
	assert_int_equal(session_seek_process(writer, &ref), 1);
	assert_int_equal(session_get(writer, ref.session, &s), 1);
	s.mailbox = text_from(mailbox);
	s.active_us = active_us;
	must(session_update(writer, &s, false, &err));
	must(store_commit(writer, &err));
}

static void
news_of_what_a_session_does_is_told_of(void **state)
{
	(void)state;
	know(5, "ann");
	know(6, "bob");
	know(7, "carl");
	write_active(5, "INBOX", 1000);
	write_active(6, "INBOX", 1000);
	list_active(5, "ann", "INBOX", 1000);
	list_active(6, "bob", "Sent", 1000);
	list_active(7, "carl", "", 1000);
	start(false);
	next_is(5, 0, 0);
	next_is(6, 1, 1);
	assert_text(join.rows[0].mailbox, "Sent");
	assert_text(join.known[0].mailbox, "INBOX");
	assert_true(join.judgements[0].open);
	next_is(7, 1, 1);
	assert_int_equal(join_next(&join), 0);
}

#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin_join, end_join)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_as_it_was_is_passed),
		CASE(a_thorough_join_tells_of_it),
		CASE(another_user_or_address_is_told_of),
		CASE(shared_processes_are_told_of),
		CASE(what_only_one_side_has_is_told_of),
		CASE(it_goes_on_with_a_newer_view),
		CASE(news_of_what_a_session_does_is_told_of),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
