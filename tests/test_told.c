/* SPDX-License-Identifier: ISC */
/* Logins that were told of, and sessions by the mail server's own names of them. */
#include "config.h"

#include "agent/collect/told.h"
#include "tests/store_unit.h"

enum {
	KEEP = 10
};

static struct told *told;

static int
set_up(void **state)
{
	told = told_new(KEEP, false);
	return begin(state);
}

static int
tear_down(void **state)
{
	told_free(told);
	return end(state);
}

static struct session_key
key_of(const struct session *session)
{
	return (struct session_key){ session->service, session->number };
}

/* A session of this name, added to the store, and told of, if it is to be. */
static struct session
add_named(enum service service, const char *user, const char *name, bool noted)
{
	struct session session = make(service, user, 10);
	struct view *writer;

	session.store_id = text_from(name);
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &session, true, true, &err));
	if (noted)
		told_note(told, writer, &session, key_of(&session), true);
	must(store_commit(writer, &err));
	return session;
}

/* The number of the session that is found; 0 if none is. */
static uint32_t
find(enum service service, const char *user, const char *name)
{
	struct session like = { .service = service, .user = text_from(user) };
	struct session found;

	like.store_id = text_from(name);
	look();
	return told_session(told, view, &like, &found) ? found.number : 0;
}

static void
update(const struct session *session)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(session_update(writer, session, false, &err));
	must(store_commit(writer, &err));
}

static void
a_session_is_found_by_its_name(void **state)
{
	struct session ann = add_named(SERVICE_IMAP, "ann", "abc", true);
	struct session bob = add_named(SERVICE_IMAP, "bob", "abc", true);
	struct session pop = add_named(SERVICE_POP3, "ann", "abc", true);

	(void)state;
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), ann.number);
	assert_int_equal(find(SERVICE_IMAP, "bob", "abc"), bob.number);
	assert_int_equal(find(SERVICE_POP3, "ann", "abc"), pop.number);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abd"), 0);
	assert_int_equal(find(SERVICE_IMAP, "anna", "bc"), 0);
	assert_int_equal(find(SERVICE_POP3, "bob", "abc"), 0);
	assert_int_equal(find(SERVICE_IMAP, "ann", ""), 0);
}

static void
whatever_its_process_is_and_until_it_ends(void **state)
{
	struct session ann = add_named(SERVICE_IMAP, "ann", "abc", true);

	(void)state;
	ann.process.pid = 8;
	update(&ann);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), ann.number);
	finish(&ann, 20);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
}

static void
those_of_the_store_are_known_after_a_restart(void **state)
{
	struct session ann = add_named(SERVICE_IMAP, "ann", "abc", false);
	struct session bob = add_named(SERVICE_POP3, "bob", "def", false);

	(void)state;
	add(SERVICE_POP3, "carl", 10);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
	look();
	told_fill(told, view);
	assert_int_equal(told_count(told), 2);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), ann.number);
	assert_int_equal(find(SERVICE_POP3, "bob", "def"), bob.number);
	told_fill(told, view);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), ann.number);
}

static void
a_name_of_several_is_nobodys(void **state)
{
	struct session one = add_named(SERVICE_IMAP, "ann", "abc", true);
	struct session two;

	(void)state;
	finish(&one, 20);
	two = add_named(SERVICE_IMAP, "ann", "abc", true);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), two.number);
	add_named(SERVICE_IMAP, "ann", "abc", true);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
	finish(&two, 20);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
}

static void
a_changed_name_is_another(void **state)
{
	struct session ann = add_named(SERVICE_IMAP, "ann", "abc", true);

	(void)state;
	ann.store_id = text_from("def");
	update(&ann);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
	assert_int_equal(find(SERVICE_IMAP, "ann", "def"), 0);
}

static struct session
like_of(const char *user, const char *name)
{
	struct session like = { .service = SERVICE_IMAP, .user = text_from(user) };

	like.store_id = text_from(name);
	like.login_us = 10;
	return like;
}

static void
after_a_logout_nothing_is_recorded(void **state)
{
	struct session ann = like_of("ann", "abc");
	struct session other = like_of("ann", "abd");

	(void)state;
	look();
	told_note(told, view, &ann, (struct session_key){ SERVICE_IMAP, 0 }, true);
	told_leave(told, &other);
	assert_true(told_find(told, &ann)->records);
	told_leave(told, &ann);
	assert_false(told_find(told, &ann)->records);
	assert_true(told_before(told, &ann));
}

static void
where_names_are_given_once_they_tell_whose_they_are(void **state)
{
	struct session nobody = like_of("", "abc");
	struct session ann;
	struct session bob;
	struct session later;

	(void)state;
	told_free(told);
	told = told_new(KEEP, true);
	ann = add_named(SERVICE_IMAP, "ann", "abc", true);
	later = like_of("ann", "abc");
	later.login_us = 3600 * (int64_t)1000000;
	assert_true(told_before(told, &later));
	assert_int_equal(find(SERVICE_IMAP, "", "abc"), ann.number);
	assert_int_equal(find(SERVICE_POP3, "", "abc"), 0);
	assert_int_equal(find(SERVICE_IMAP, "", "abd"), 0);
	assert_text(told_find(told, &nobody)->user, "ann");
	bob = add_named(SERVICE_IMAP, "bob", "abc", true);
	assert_text(told_find(told, &nobody)->user, "bob");
	assert_int_equal(find(SERVICE_IMAP, "", "abc"), bob.number);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
	assert_false(told_before(told, &later));
	assert_int_equal(told_count(told), 1);
}

static void
what_is_over_is_forgotten(void **state)
{
	struct session stays = add_named(SERVICE_IMAP, "ann", "stays", true);
	struct view *writer;
	char name[16];

	(void)state;
	must(store_begin(&writer, store, &err));
	for (int i = 0; i < 10000; i++) {
		struct session session = make(SERVICE_IMAP, "ann", 10);

		snprintf(name, sizeof name, "%d", i);
		session.store_id = text_from(name);
		must(session_add(writer, &session, true, true, &err));
		told_note(told, writer, &session, key_of(&session), true);
		must(session_end(writer, key_of(&session), 20, true, &err));
	}
	must(store_commit(writer, &err));
	assert_int_equal(told_count(told), KEEP + 1);
	assert_int_equal(find(SERVICE_IMAP, "ann", "stays"), stays.number);
}

/* A login without a session, at that time. */
static struct session
login_at(const char *name, int64_t login_us)
{
	struct session login = make(SERVICE_IMAP, "ann", login_us);

	login.store_id = text_from(name);
	return login;
}

static void
note(const struct session *login, bool records)
{
	look();
	told_note(told, view, login, (struct session_key){ SERVICE_IMAP, 0 }, records);
}

static bool
claim(struct session login)
{
	look();
	return told_claim(told, view, &login);
}

static void
each_login_without_a_name_gets_one(void **state)
{
	const struct session nameless = login_at("", 10000000);
	struct session elsewhere = login_at("abc", 10000000);

	(void)state;
	note(&nameless, true);
	note(&nameless, true);
	elsewhere.process.pid++;
	assert_false(claim(elsewhere));
	assert_false(claim(login_at("abc", 7999999)));
	assert_true(claim(login_at("abc", 12000000)));
	elsewhere.process.pid--;
	assert_true(told_before(told, &elsewhere));
	assert_true(claim(login_at("abd", 10000000)));
	assert_false(claim(login_at("abe", 10000000)));
	assert_true(told_meet(told, &nameless));
	assert_false(told_meet(told, &nameless));
}

static void
a_login_is_known_the_second_time(void **state)
{
	struct session login = login_at("abc", 10000000);
	struct session other = login_at("abd", 10000000);
	struct session later = login_at("abc", 12000000);
	struct session too_late = login_at("abc", 12000001);

	(void)state;
	assert_false(told_before(told, &login));
	note(&login, true);
	assert_true(told_before(told, &login));
	assert_true(told_before(told, &later));
	assert_false(told_before(told, &too_late));
	assert_false(told_before(told, &other));
	note(&too_late, true);
	assert_true(told_before(told, &later));
	assert_false(told_before(told, &login));
}

static void
it_is_known_whether_it_was_an_access(void **state)
{
	struct session login = login_at("abc", 10);
	struct session masters = login_at("def", 10);

	(void)state;
	note(&login, true);
	note(&masters, false);
	assert_true(told_find(told, &login)->records);
	assert_false(told_find(told, &masters)->records);
	assert_int_equal(find(SERVICE_IMAP, "ann", "abc"), 0);
}

static void
one_without_a_name_is_nobodys(void **state)
{
	struct session login = login_at("", 10);

	(void)state;
	note(&login, true);
	assert_false(told_before(told, &login));
	assert_null(told_find(told, &login));
}

#define TOLD_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TOLD_CASE(a_session_is_found_by_its_name),
		TOLD_CASE(whatever_its_process_is_and_until_it_ends),
		TOLD_CASE(those_of_the_store_are_known_after_a_restart),
		TOLD_CASE(a_name_of_several_is_nobodys),
		TOLD_CASE(a_changed_name_is_another),
		TOLD_CASE(after_a_logout_nothing_is_recorded),
		TOLD_CASE(where_names_are_given_once_they_tell_whose_they_are),
		TOLD_CASE(what_is_over_is_forgotten),
		TOLD_CASE(each_login_without_a_name_gets_one),
		TOLD_CASE(a_login_is_known_the_second_time),
		TOLD_CASE(it_is_known_whether_it_was_an_access),
		TOLD_CASE(one_without_a_name_is_nobodys),
	};

	return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
