/* SPDX-License-Identifier: ISC */
/* Sessions by their processes, and what is told of them there. */
#include "config.h"

#include "tests/store_unit.h"

static void
sessions_come_by_process(void **state)
{
	const uint32_t pids[] = { 1000, 1000, 2000, 3000 };
	struct session s = make(SERVICE_IMAP, "a", 10);
	struct session_ref ref = { .pid = 1 };
	struct view *writer;

	(void)state;
	must(store_begin(&writer, store, &err));
	for (uint32_t pid = 3; pid > 0; pid--) {
		s.process.pid = pid * 1000;
		must(session_add(writer, &s, true, true, &err));
	}
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	look();
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(session_seek_process(view, &ref), 1);
		assert_int_equal(ref.pid, pids[i]);
	}
	assert_int_equal(session_seek_process(view, &ref), 0);
	ref = (struct session_ref){ .pid = 3001 };
	assert_int_equal(session_seek_process(view, &ref), 0);
}

static void
a_session_without_a_process_is_found_by_none(void **state)
{
	struct session s = make(SERVICE_HTTP, "ann", 10);
	struct session_ref ref = { 0 };
	struct view *writer;
	struct session out;

	(void)state;
	s.process = (struct process){ 0 };
	s.seen_us = 12;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	s.seen_us = 20;
	must(session_update(writer, &s, false, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(session_seek_process(view, &ref), 0);
	assert_int_equal(
	    session_get(view, (struct session_key){ SERVICE_HTTP, s.number }, &out), 1);
	assert_int_equal(out.seen_us, 20);
	assert_int_equal(out.login_us, 10);
	finish(&s, 30);
	look();
	assert_int_equal(
	    session_get(view, (struct session_key){ SERVICE_HTTP, s.number }, &out), 0);
}

static void
what_was_told_is_found_by_the_process(void **state)
{
	struct session s = add(SERVICE_IMAP, "ann", 10);
	struct session_told told = session_told(text_from("INBOX"), 20);
	struct session_ref ref = { .pid = 7 };
	struct view *writer;

	(void)state;
	look();
	assert_int_equal(session_seek_process(view, &ref), 1);
	assert_int_equal(ref.told.mailbox, 0);
	assert_int_equal(ref.told.active_us, 0);
	s.mailbox = text_from("INBOX");
	s.active_us = 20;
	must(store_begin(&writer, store, &err));
	must(session_update(writer, &s, false, &err));
	must(store_commit(writer, &err));
	look();
	ref = (struct session_ref){ .pid = 7 };
	assert_int_equal(session_seek_process(view, &ref), 1);
	assert_true(ref.told.mailbox == told.mailbox);
	assert_int_equal(ref.told.active_us, 20);
	assert_true(ref.mark ==
	    session_mark(
		SERVICE_IMAP, text_from("ann"), &s.remote.address, &s.connection));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(sessions_come_by_process),
		CASE(a_session_without_a_process_is_found_by_none),
		CASE(what_was_told_is_found_by_the_process),
	};

	return cmocka_run_group_tests_name("session_process", tests, NULL, NULL);
}
