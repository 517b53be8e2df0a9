/* SPDX-License-Identifier: ISC */
/* The users by pseudonym: the same users, whatever becomes of them, of the key and mode. */
#include "config.h"

#include "agent/store/alias.h"
#include "agent/store/view.h"
#include "tests/store_unit.h"

static const struct privacy full = { .mode = PRIVACY_FULL };
static const struct privacy first = { .mode = PRIVACY_PSEUDONYMOUS,
	.key_length = 16,
	.key = "0123456789abcdef" };
static const struct privacy second = { .mode = PRIVACY_PSEUDONYMOUS,
	.key_length = 16,
	.key = "0123456789abcdeF" };

/* How many users a walk HAVING that finds; each is the one that his pseudonym says. */
static size_t
count(const struct privacy *privacy, enum service having)
{
	struct user_key key = { 0 };
	struct user_key last = { 0 };
	struct user_key expected;
	struct user user;
	size_t n = 0;

	look();
	for (; alias_seek(view, having, &key, true, &key, &user); last = key) {
		privacy_pseudonym(privacy, user.name, &expected);
		assert_int_equal(key.length, PSEUDONYM_LENGTH);
		assert_memory_equal(key.name, expected.name, PSEUDONYM_LENGTH);
		assert_true(n == 0 || memcmp(last.name, key.name, sizeof key.name) < 0);
		assert_int_equal(alias_get(view, &key, &user), 1);
		n++;
	}
	return n;
}

/* Both orders have the same users. */
static void
same_users(const struct privacy *privacy)
{
	for (enum service having = SERVICE_NONE; having < SERVICE_END; having++) {
		struct user_key key = { 0 };
		struct user user;
		size_t n = 0;

		look();
		while (user_seek(view, having, &key, true, &key, &user))
			n++;
		assert_int_equal(count(privacy, having), n);
	}
}

static void
opens(const struct privacy *privacy, int expected)
{
	int rc = alias_open(store, privacy, &err);

	must(rc);
	assert_int_equal(rc, expected);
}

/* Leaves a user without a record, one who is gone, one who is there, and a long name. */
static void
add_users(void)
{
	struct session gone = add(SERVICE_IMAP, "gone", 100);
	struct session unknown = make(SERVICE_POP3, "unknown", 0);
	struct session longest = make(SERVICE_HTTP, "", 300);
	char name[USER_NAME_MAX];
	struct view *writer;

	finish(&gone, 200);
	add(SERVICE_IMAP, "there", 200);
	add(SERVICE_POP3, "there", 250);
	memset(name, 'x', sizeof name);
	longest.user = (struct text){ name, sizeof name };
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &unknown, false, true, &err));
	must(session_add(writer, &longest, true, true, &err));
	must(store_commit(writer, &err));
}

static void
without_pseudonyms_there_is_nothing_to_find(void **state)
{
	(void)state;
	opens(&full, 0);
	add_users();
	assert_int_equal(count(&full, SERVICE_NONE), 0);
	opens(&full, 0);
}

static void
users_who_come_are_found_by_pseudonym(void **state)
{
	(void)state;
	opens(&first, 1);
	opens(&first, 0);
	add_users();
	same_users(&first);
	assert_int_equal(count(&first, SERVICE_NONE), 4);
	assert_int_equal(count(&first, SERVICE_ALL), 3);
	assert_int_equal(count(&first, SERVICE_IMAP), 2);
	opens(&first, 0);
	same_users(&first);
}

static void
users_who_were_there_before_are_found(void **state)
{
	(void)state;
	opens(&full, 0);
	add_users();
	opens(&first, 1);
	same_users(&first);
	assert_int_equal(count(&first, SERVICE_NONE), 4);
}

static void
another_key_makes_all_anew(void **state)
{
	(void)state;
	opens(&first, 1);
	add_users();
	opens(&second, 1);
	same_users(&second);
	assert_int_equal(count(&second, SERVICE_NONE), 4);
	opens(&second, 0);
}

static void
nothing_is_left_when_names_are_told_again(void **state)
{
	(void)state;
	opens(&first, 1);
	add_users();
	opens(&full, 1);
	assert_int_equal(count(&first, SERVICE_NONE), 0);
	opens(&full, 0);
	add(SERVICE_IMAP, "new", 400);
	opens(&first, 1);
	assert_int_equal(count(&first, SERVICE_NONE), 5);
}

/* More users than one transaction takes. */
static void
many_users_are_made_anew_share_by_share(void **state)
{
	struct view *writer;

	(void)state;
	must(store_begin(&writer, store, &err));
	for (unsigned i = 0; i < 12000; i++) {
		struct address none = { 0 };
		char name[16];

		snprintf(name, sizeof name, "user%u", i);
		must(user_record_login(writer, SERVICE_IMAP + i % 3, text_from(name),
		    100 + i, &none, &err));
	}
	must(store_commit(writer, &err));
	opens(&first, 1);
	assert_int_equal(count(&first, SERVICE_NONE), 12000);
	assert_int_equal(count(&first, SERVICE_ALL), 12000);
	assert_int_equal(count(&first, SERVICE_HTTP), 4000);
}

static void
what_was_cut_short_is_begun_again(void **state)
{
	struct view *writer;

	(void)state;
	opens(&first, 1);
	add_users();
	/* As it is in the middle of making them anew. */
	must(store_begin(&writer, store, &err));
	must(store_set_mark(writer, "pseudonyms", -1, &err));
	must(store_commit(writer, &err));
	opens(&first, 1);
	same_users(&first);
	must(store_begin(&writer, store, &err));
	must(store_set_mark(writer, "pseudonyms", -1, &err));
	must(store_commit(writer, &err));
	opens(&full, 1);
	assert_int_equal(count(&first, SERVICE_NONE), 0);
}

static void
a_user_who_is_forgotten_has_no_pseudonym(void **state)
{
	struct user_key key = { 0 };
	struct view *writer;
	size_t forgotten;

	(void)state;
	opens(&first, 1);
	add_users();
	must(store_begin(&writer, store, &err));
	must(user_expire(writer, 1000, 100, &key, &forgotten, &err));
	must(store_commit(writer, &err));
	assert_int_equal(forgotten, 1);
	same_users(&first);
	assert_int_equal(count(&first, SERVICE_NONE), 3);
}

static void
a_user_of_whom_nothing_is_recorded_goes_with_his_session(void **state)
{
	struct session s = make(SERVICE_IMAP, "ann", 100);
	struct view *writer;

	(void)state;
	opens(&first, 1);
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, false, true, &err));
	must(store_commit(writer, &err));
	assert_int_equal(count(&first, SERVICE_NONE), 1);
	must(store_begin(&writer, store, &err));
	must(session_end(
	    writer, (struct session_key){ s.service, s.number }, 200, false, &err));
	must(store_commit(writer, &err));
	assert_int_equal(count(&first, SERVICE_NONE), 0);
}

static void
what_is_no_pseudonym_finds_nobody(void **state)
{
	struct user_key key;
	struct user user;

	(void)state;
	opens(&first, 1);
	add_users();
	look();
	assert_int_equal(user_key_make(&key, text_from("there"), NULL), 0);
	assert_int_equal(alias_get(view, &key, &user), 0);
	assert_int_equal(alias_get(view, &(struct user_key){ 0 }, &user), 0);
	/* Shorter names come before every pseudonym, and longer ones behind. */
	assert_int_equal(alias_seek(view, SERVICE_NONE, &key, true, &key, &user), 1);
	key.length = PSEUDONYM_LENGTH + 1;
	memset(key.name, 0, sizeof key.name);
	assert_int_equal(alias_seek(view, SERVICE_NONE, &key, true, &key, &user), 0);
}

static void
a_reader_opens_a_store_without_pseudonyms(void **state)
{
	struct view *writer;

	(void)state;
	add_users();
	must(store_begin(&writer, store, &err));
	assert_int_equal(mdb_drop(writer->txn, store->tables[TABLE_ALIAS], 1), 0);
	must(store_commit(writer, &err));
	store_close(store);
	store = NULL;
	must(store_open(&store, path, STORE_READ, 1, &err));
	look();
	assert_int_equal(store_count_users(view), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_pseudonyms_there_is_nothing_to_find),
		CASE(users_who_come_are_found_by_pseudonym),
		CASE(users_who_were_there_before_are_found),
		CASE(another_key_makes_all_anew),
		CASE(nothing_is_left_when_names_are_told_again),
		CASE(many_users_are_made_anew_share_by_share),
		CASE(what_was_cut_short_is_begun_again),
		CASE(a_user_who_is_forgotten_has_no_pseudonym),
		CASE(a_user_of_whom_nothing_is_recorded_goes_with_his_session),
		CASE(what_is_no_pseudonym_finds_nobody),
		CASE(a_reader_opens_a_store_without_pseudonyms),
	};

	return cmocka_run_group_tests_name("alias", tests, NULL, NULL);
}
