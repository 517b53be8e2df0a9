/* SPDX-License-Identifier: ISC */
/* Users in the store: their accesses, their order, and forgetting them. */
#include "config.h"

#include "tests/store_unit.h"

static void
login_and_logout_are_recorded_by_service(void **state)
{
	struct session imap = add(SERVICE_IMAP, "ann", 100);
	struct session pop = add(SERVICE_POP3, "ann", 200);
	struct user user;

	(void)state;
	finish(&pop, 300);
	look();
	assert_int_equal(user_find(view, text_from("ann"), &user), 1);
	assert_int_equal(user.sessions, 1);
	assert_int_equal(user.naccess, 2);
	assert_int_equal(user.access[0].service, SERVICE_IMAP);
	assert_int_equal(user.access[0].login_us, 100);
	assert_int_equal(user.access[0].logout_us, 0);
	assert_int_equal(user.access[0].sessions, 1);
	assert_int_equal(user.access[1].login_us, 200);
	assert_int_equal(user.access[1].logout_us, 300);
	assert_int_equal(user.access[1].sessions, 0);
	assert_int_equal(user.access[1].address.length, 4);
	finish(&imap, 400);
	look();
	assert_int_equal(user_find(view, text_from("ann"), &user), 1);
	assert_int_equal(user_last_us(&user, SERVICE_ALL), 400);
	assert_int_equal(user.sessions, 0);
}

static void
an_older_record_does_not_turn_the_time_back(void **state)
{
	struct session late = add(SERVICE_IMAP, "ann", 500);
	struct session early = add(SERVICE_IMAP, "ann", 100);
	struct totals totals;
	struct user user;

	(void)state;
	finish(&late, 600);
	finish(&early, 300);
	look();
	user_find(view, text_from("ann"), &user);
	assert_int_equal(user.access[0].login_us, 500);
	assert_int_equal(user.access[0].logout_us, 600);
	store_get_totals(view, SERVICE_IMAP, &totals);
	assert_int_equal(totals.last_login_us, 500);
}

static void
without_records_nothing_is_left_of_a_user(void **state)
{
	struct session s = make(SERVICE_IMAP, "ann", 100);
	struct view *writer;
	struct user user;

	(void)state;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, false, true, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(user_find(view, text_from("ann"), &user), 1);
	assert_int_equal(user.sessions, 1);
	assert_int_equal(user_last_us(&user, SERVICE_ALL), 0);
	must(store_begin(&writer, store, &err));
	must(session_end(
	    writer, (struct session_key){ s.service, s.number }, 200, false, &err));
	must(store_commit(writer, &err));
	look();
	assert_int_equal(user_find(view, text_from("ann"), &user), 0);
	assert_int_equal(store_count_users(view), 0);
}

static void
users_come_by_length_then_octets(void **state)
{
	const char *const names[] = { "zz", "a", "ab", "\xff", "aaa", "b" };
	const char *const order[] = { "a", "b", "\xff", "ab", "zz", "aaa" };
	struct user_key key = { 0 };
	struct user user;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		add(SERVICE_IMAP, names[i], 10);
	look();
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(
		    user_seek(view, SERVICE_NONE, &key, true, &key, &user), 1);
		assert_text(user.name, order[i]);
	}
	assert_int_equal(user_seek(view, SERVICE_NONE, &key, true, &key, &user), 0);
}

static void
a_walk_goes_on_where_a_search_ended(void **state)
{
	struct user_key b = { 1, "b" };
	struct user_key found;
	struct user user;
	struct text key;

	(void)state;
	add(SERVICE_IMAP, "a", 10);
	add(SERVICE_IMAP, "c", 30);
	add(SERVICE_IMAP, "dd", 40);
	look();
	assert_int_equal(user_seek(view, SERVICE_NONE, &b, false, &found, &user), 1);
	assert_text(user.name, "c");
	assert_int_equal(user_next(view, &key, &user), 1);
	assert_text(key, "dd");
	assert_text(user.name, "dd");
	assert_int_equal(user_last_us(&user, SERVICE_IMAP), 40);
	assert_int_equal(user_next(view, &key, &user), 0);
}

static void
users_are_found_by_what_they_have(void **state)
{
	struct user_key key = { 0 };
	struct user user;

	(void)state;
	add(SERVICE_IMAP, "a", 10);
	add(SERVICE_POP3, "b", 10);
	add(SERVICE_IMAP, "c", 10);
	look();
	assert_int_equal(user_seek(view, SERVICE_POP3, &key, true, &key, &user), 1);
	assert_text(user.name, "b");
	assert_int_equal(user_seek(view, SERVICE_POP3, &key, true, &key, &user), 0);
	assert_int_equal(user_seek(view, SERVICE_POP3, &key, false, &key, &user), 1);
	key.length = 0;
	assert_int_equal(user_seek(view, SERVICE_HTTP, &key, true, &key, &user), 0);
	assert_int_equal(user_seek(view, SERVICE_ALL, &key, true, &key, &user), 1);
	assert_text(user.name, "a");
	assert_int_equal(user_seek(view, SERVICE_IMAP, &key, true, &key, &user), 1);
	assert_text(user.name, "c");
}

static void
names_of_any_octets_and_lengths_are_kept(void **state)
{
	const size_t lengths[] = { 1, 95, 96, 97, 254, USER_NAME_MAX };
	char name[USER_NAME_MAX];
	struct user user;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct session s = make(SERVICE_IMAP, "", 10);
		struct view *writer;

		for (size_t k = 0; k < lengths[i]; k++)
			name[k] = (char)(k * 7 + i);
		s.user = (struct text){ name, lengths[i] };
		must(store_begin(&writer, store, &err));
		must(session_add(writer, &s, true, true, &err));
		must(store_commit(writer, &err));
		look();
		assert_int_equal(user_find(view, s.user, &user), 1);
		assert_true(text_equal(user.name, s.user));
		finish(&s, 20);
	}
	look();
	assert_int_equal(store_count_users(view), 6);
}

static void
the_retention_forgets_whom_nobody_saw(void **state)
{
	struct user_key key = { 0 };
	struct session old = add(SERVICE_IMAP, "old", 100);
	struct view *writer;
	size_t forgotten;
	struct user user;

	(void)state;
	finish(&old, 150);
	add(SERVICE_IMAP, "connected", 100);
	old = add(SERVICE_IMAP, "young", 100);
	finish(&old, 900);
	must(store_begin(&writer, store, &err));
	must(user_expire(writer, 500, 1, &key, &forgotten, &err));
	assert_int_equal(forgotten, 1);
	assert_true(key.length > 0);
	must(user_expire(writer, 500, 100, &key, &forgotten, &err));
	assert_int_equal(forgotten, 0);
	assert_int_equal(key.length, 0);
	must(store_commit(writer, &err));
	look();
	assert_int_equal(user_find(view, text_from("old"), &user), 0);
	assert_int_equal(user_find(view, text_from("young"), &user), 1);
	assert_int_equal(user_find(view, text_from("connected"), &user), 1);
	assert_int_equal(user_seek(view, SERVICE_ALL, &key, true, &key, &user), 1);
	assert_text(user.name, "young");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(login_and_logout_are_recorded_by_service),
		CASE(an_older_record_does_not_turn_the_time_back),
		CASE(without_records_nothing_is_left_of_a_user),
		CASE(users_come_by_length_then_octets),
		CASE(a_walk_goes_on_where_a_search_ended),
		CASE(users_are_found_by_what_they_have),
		CASE(names_of_any_octets_and_lengths_are_kept),
		CASE(the_retention_forgets_whom_nobody_saw),
	};

	return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
