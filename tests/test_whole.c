/* SPDX-License-Identifier: ISC */
/* The size of the store's file: what LMDB leaves out at its end, and what was cut off. */
#include "config.h"

#include <lmdb.h>
#include <sys/stat.h>

#include "agent/store/lock.h"
#include "agent/store/view.h"
#include "tests/store_unit.h"

/* Pages that were used and freed in one transaction; LMDB gives the last ones no octets. */
static void
use_and_free(MDB_env *env)
{
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "other", MDB_CREATE, &dbi), 0);
	for (int i = 0; i < 200; i++) {
		MDB_val key = { sizeof i, &i };
		MDB_val value = { sizeof path, path };

		assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	}
	for (int i = 199; i > 1; i--) {
		MDB_val key = { sizeof i, &i };

		assert_int_equal(mdb_del(txn, dbi, &key, NULL), 0);
	}
	assert_int_equal(mdb_txn_commit(txn), 0);
}

static bool
lacks_pages(MDB_env *env)
{
	MDB_envinfo info;
	MDB_stat pages;
	struct stat st;
	int fd;

	assert_int_equal(mdb_env_info(env, &info), 0);
	assert_int_equal(mdb_env_stat(env, &pages), 0);
	assert_int_equal(mdb_env_get_fd(env, &fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	return (size_t)st.st_size / pages.ms_psize < info.me_last_pgno + 1;
}

/* Makes the store's file lack free pages. */
static void
make_short(void)
{
	bool lacks = false;
	MDB_env *env;

	store_close(store);
	store = NULL;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 1), 0);
	assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
	for (int i = 0; i < 20 && !lacks; i++) {
		use_and_free(env);
		lacks = lacks_pages(env);
	}
	assert_true(lacks);
	mdb_env_close(env);
}

static void
a_store_that_lacks_only_free_pages_is_whole(void **state)
{
	struct store_lock *lock;

	(void)state;
	add(SERVICE_IMAP, "ann", 10);
	make_short();
	lock = store_lock_take(path, &err);
	assert_non_null(lock);
	must(store_open(&store, path, STORE_READ, 1, &err));
	store_close(store);
	store_lock_release(lock);
	must(store_open(&store, path, STORE_WRITE, 1, &err));
	store_close(store);
	must(store_open(&store, path, STORE_READ, 1, &err));
	must(view_open(&view, store, &err));
	assert_int_equal(store_count_users(view), 1);
}

/* The same by the store's own means. */
static void
put_and_delete(void)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	for (int i = 0; i < 200; i++)
		must(view_put(writer, TABLE_ALIAS, (MDB_val){ sizeof i, &i },
		    (MDB_val){ sizeof path, path }, &err));
	for (int i = 199; i > 1; i--)
		must(view_delete(writer, TABLE_ALIAS, (MDB_val){ sizeof i, &i }, &err));
	must(store_commit(writer, &err));
}

static void
no_commit_leaves_the_file_short(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		put_and_delete();
		assert_false(lacks_pages(store->env));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_store_that_lacks_only_free_pages_is_whole),
		CASE(no_commit_leaves_the_file_short),
	};

	return cmocka_run_group_tests_name("whole", tests, NULL, NULL);
}
