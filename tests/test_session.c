/* SPDX-License-Identifier: ISC */
/* Sessions in the store: by number and by what they have, and what they do to the counts. */
#include "config.h"

#include "tests/store_unit.h"

static void
a_session_comes_out_as_it_went_in(void **state)
{
	struct session s = make(SERVICE_IMAP, "ann", 1795297166726916);
	struct view *writer;
	struct session out;

	(void)state;
	s.mechanism = text_from("PLAIN");
	s.store_id = text_from("w3fjMdBgdtF/AAAB");
	s.auth_user = text_from("master");
	s.local.port = 143;
	address_parse(&s.local.address, text_from("2001:db8::1"));
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(
	    session_get(view, (struct session_key){ SERVICE_IMAP, s.number }, &out), 1);
	assert_text(out.user, "ann");
	assert_text(out.mechanism, "PLAIN");
	assert_text(out.store_id, "w3fjMdBgdtF/AAAB");
	assert_text(out.auth_user, "master");
	assert_int_equal(out.login_us, 1795297166726916);
	assert_int_equal(out.login_source, TIME_RECORDED);
	assert_int_equal(out.process.pid, 7);
	assert_int_equal(out.process.seen_ticks, 8);
	assert_int_equal(out.local.port, 143);
	assert_true(address_equal(&out.local.address, &s.local.address));
	assert_true(address_equal(&out.remote.address, &s.remote.address));
	assert_int_equal(out.number, s.number);
}

static void
numbers_are_not_given_again_soon(void **state)
{
	struct session first = add(SERVICE_IMAP, "ann", 10);
	struct session second;

	(void)state;
	finish(&first, 20);
	second = add(SERVICE_POP3, "ann", 30);
	assert_int_equal(second.number, first.number + 1);
}

static void
numbers_wrap_around_and_skip_what_is_open(void **state)
{
	struct session first = add(SERVICE_IMAP, "ann", 10);
	struct view *writer;
	struct session last;

	(void)state;
	assert_int_equal(first.number, 1);
	must(store_begin(&writer, store, &err));
	must(store_set_mark(writer, "next session", SESSION_NUMBER_MAX, &err));
	must(store_commit(writer, &err));
	last = add(SERVICE_IMAP, "ann", 20);
	assert_int_equal(last.number, SESSION_NUMBER_MAX);
	last = add(SERVICE_IMAP, "ann", 30);
	assert_int_equal(last.number, 2);
}

static void
totals_and_peaks_follow(void **state)
{
	struct session a1 = add(SERVICE_IMAP, "ann", 10);
	struct session a2 = add(SERVICE_IMAP, "ann", 20);
	struct session b = add(SERVICE_IMAP, "bob", 30);
	struct session p = add(SERVICE_POP3, "ann", 40);
	struct totals t;

	(void)state;
	look();
	store_get_totals(view, SERVICE_IMAP, &t);
	assert_int_equal(t.sessions, 3);
	assert_int_equal(t.users, 2);
	assert_int_equal(t.logins, 3);
	assert_int_equal(t.peak_users, 2);
	assert_int_equal(t.peak_us, 30);
	store_get_totals(view, SERVICE_ALL, &t);
	assert_int_equal(t.sessions, 4);
	assert_int_equal(t.users, 2);
	finish(&a1, 50);
	finish(&a2, 60);
	finish(&p, 70);
	look();
	store_get_totals(view, SERVICE_IMAP, &t);
	assert_int_equal(t.sessions, 1);
	assert_int_equal(t.users, 1);
	assert_int_equal(t.peak_sessions, 3);
	assert_int_equal(t.peak_users, 2);
	assert_int_equal(t.peak_us, 30);
	store_get_totals(view, SERVICE_POP3, &t);
	assert_int_equal(t.users, 0);
	finish(&b, 80);
	look();
	store_get_totals(view, SERVICE_ALL, &t);
	assert_int_equal(t.sessions, 0);
	assert_int_equal(t.users, 0);
	assert_int_equal(t.peak_sessions, 4);
}

static void
the_most_of_one_user_is_always_known(void **state)
{
	struct session s[5];

	(void)state;
	look();
	assert_int_equal(store_get_max_per_user(view, SERVICE_IMAP), 0);
	for (size_t i = 0; i < 4; i++)
		s[i] = add(SERVICE_IMAP, i < 3 ? "ann" : "bob", 10);
	s[4] = add(SERVICE_POP3, "ann", 10);
	look();
	assert_int_equal(store_get_max_per_user(view, SERVICE_IMAP), 3);
	assert_int_equal(store_get_max_per_user(view, SERVICE_POP3), 1);
	assert_int_equal(store_get_max_per_user(view, SERVICE_ALL), 4);
	assert_int_equal(store_get_max_per_user(view, SERVICE_HTTP), 0);
	finish(&s[0], 20);
	finish(&s[1], 20);
	look();
	assert_int_equal(store_get_max_per_user(view, SERVICE_IMAP), 1);
	assert_int_equal(store_get_max_per_user(view, SERVICE_ALL), 2);
}

static void
many_loads_in_one_commit_are_counted_right(void **state)
{
	struct view *writer;

	(void)state;
	must(store_begin(&writer, store, &err));
	for (int i = 0; i < 300; i++) {
		struct session s = make(SERVICE_IMAP, "ann", 10);

		must(session_add(writer, &s, true, true, &err));
	}
	must(store_commit(writer, &err));
	look();
	assert_int_equal(store_get_max_per_user(view, SERVICE_IMAP), 300);
}

static void
sessions_are_found_by_what_they_have(void **state)
{
	struct session plain = add(SERVICE_IMAP, "a", 10);
	struct session full = make(SERVICE_IMAP, "b", 10);
	struct session_key key = { SERVICE_NONE, 0 };
	struct view *writer;
	struct session out;

	(void)state;
	full.mechanism = text_from("PLAIN");
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &full, true, true, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(session_seek(view, SESSION_ANY, key, true, &out), 1);
	assert_int_equal(out.number, plain.number);
	assert_int_equal(session_seek(view, SESSION_MECHANISM, key, true, &out), 1);
	assert_int_equal(out.number, full.number);
	assert_int_equal(session_seek(view, SESSION_STORE_ID, key, true, &out), 0);
	assert_int_equal(session_seek(view, SESSION_AUTH_USER, key, true, &out), 0);
	full.auth_user = text_from("boss");
	full.mechanism = (struct text){ 0 };
	must(store_begin(&writer, store, &err));
	must(session_update(writer, &full, false, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(session_seek(view, SESSION_MECHANISM, key, true, &out), 0);
	assert_int_equal(session_seek(view, SESSION_AUTH_USER, key, true, &out), 1);
	assert_text(out.auth_user, "boss");
	finish(&full, 20);
	look();
	assert_int_equal(session_seek(view, SESSION_AUTH_USER, key, true, &out), 0);
}

static void
an_update_changes_what_a_session_has(void **state)
{
	struct session s = add(SERVICE_IMAP, "ann", 500);
	struct session_key key = { SERVICE_IMAP, s.number };
	struct session_ref ref = { .pid = 7 };
	struct view *writer;
	struct session out;
	struct user user;

	(void)state;
	s.store_id = text_from("id");
	s.login_us = 600;
	s.process.pid = 9;
	must(store_begin(&writer, store, &err));
	must(session_update(writer, &s, true, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(session_seek(view, SESSION_STORE_ID, key, false, &out), 1);
	assert_int_equal(out.login_us, 600);
	assert_int_equal(session_seek_process(view, &ref), 1);
	assert_int_equal(ref.pid, 9);
	assert_int_equal(ref.session.number, s.number);
	user_find(view, text_from("ann"), &user);
	assert_int_equal(user.access[0].login_us, 600);
	assert_int_equal(user.sessions, 1);
}

static void
assert_having(enum session_having having, uint32_t number)
{
	struct session_key key = { SERVICE_NONE, 0 };
	struct session out;

	look();
	assert_int_equal(session_seek(view, having, key, true, &out), number != 0);
	if (number != 0)
		assert_int_equal(out.number, number);
}

static void
what_a_session_does_is_written_and_found(void **state)
{
	struct session s = add(SERVICE_IMAP, "ann", 10);
	struct session_key key = { SERVICE_IMAP, s.number };
	struct octets octets = { true, 44, 552 };
	struct view *writer;
	struct session out;

	(void)state;
	assert_having(SESSION_IDLE_TIME, 0);
	assert_having(SESSION_OCTETS, 0);
	must(store_begin(&writer, store, &err));
	must(session_count(writer, key, &octets, 20, &err));
	must(store_commit(writer, &err));
	assert_having(SESSION_IDLE_TIME, s.number);
	assert_having(SESSION_OCTETS, s.number);
	assert_having(SESSION_MAILBOX, 0);
	assert_int_equal(session_get(view, key, &out), 1);
	assert_text(out.user, "ann");
	assert_int_equal(out.active_us, 20);
	assert_int_equal(out.octets.out, 552);
	must(store_begin(&writer, store, &err));
	must(session_count(writer, key, &(struct octets){ 0 }, 0, &err));
	must(store_commit(writer, &err));
	assert_having(SESSION_IDLE_TIME, 0);
	assert_having(SESSION_OCTETS, 0);
	finish(&s, 30);
	must(store_begin(&writer, store, &err));
	must(session_count(writer, key, &octets, 20, &err));
	must(store_commit(writer, &err));
	assert_having(SESSION_OCTETS, 0);
}

/* A row of an older store, whose idle time nobody finds, is one when it is seen again. */
static void
webmail_is_idle_since_it_was_seen(void **state)
{
	struct session s = make(SERVICE_HTTP, "ann", 10);
	struct view *writer;

	(void)state;
	s.process = (struct process){ 0 };
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	assert_having(SESSION_IDLE_TIME, 0);
	must(store_begin(&writer, store, &err));
	must(session_see(writer, (struct session_key){ SERVICE_HTTP, s.number }, 20,
	    &s.remote.address, &err));
	must(store_commit(writer, &err));
	assert_having(SESSION_IDLE_TIME, s.number);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_session_comes_out_as_it_went_in),
		CASE(numbers_are_not_given_again_soon),
		CASE(numbers_wrap_around_and_skip_what_is_open),
		CASE(totals_and_peaks_follow),
		CASE(the_most_of_one_user_is_always_known),
		CASE(many_loads_in_one_commit_are_counted_right),
		CASE(sessions_are_found_by_what_they_have),
		CASE(an_update_changes_what_a_session_has),
		CASE(what_a_session_does_is_written_and_found),
		CASE(webmail_is_idle_since_it_was_seen),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
