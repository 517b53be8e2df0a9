/* SPDX-License-Identifier: ISC */
/* What is counted of the services. */
#include "config.h"

#include "tests/store_unit.h"

static void
disconnects_are_counted(void **state)
{
	struct view *writer;
	struct totals totals;

	(void)state;
	must(store_begin(&writer, store, &err));
	store_count_disconnects(writer, SERVICE_POP3, 4);
	must(store_commit(writer, &err));
	look();
	store_get_totals(view, SERVICE_POP3, &totals);
	assert_int_equal(totals.disconnects, 4);
	store_get_totals(view, SERVICE_ALL, &totals);
	assert_int_equal(totals.disconnects, 4);
}

static void
logins_of_sessions_that_are_over_are_counted(void **state)
{
	const enum service services[] = { SERVICE_POP3, SERVICE_ALL };
	struct view *writer;
	struct totals totals;

	(void)state;
	must(store_begin(&writer, store, &err));
	store_count_login(writer, SERVICE_POP3, 20);
	store_count_login(writer, SERVICE_POP3, 10);
	must(store_commit(writer, &err));
	look();
	for (size_t i = 0; i < 2; i++) {
		store_get_totals(view, services[i], &totals);
		assert_int_equal(totals.logins, 2);
		assert_int_equal(totals.last_login_us, 20);
		assert_int_equal(totals.sessions, 0);
	}
	store_get_totals(view, SERVICE_IMAP, &totals);
	assert_int_equal(totals.logins, 0);
}

static void
octets_are_counted_and_never_fall(void **state)
{
	struct view *writer;
	struct totals totals;

	(void)state;
	must(store_begin(&writer, store, &err));
	store_count_octets(writer, SERVICE_POP3, &(struct octets){ 0 });
	assert_false(view_is_changed(writer));
	store_count_octets(writer, SERVICE_IMAP, &(struct octets){ true, 1, 2 });
	must(store_commit(writer, &err));
	must(store_begin(&writer, store, &err));
	store_forget_octets(writer);
	must(store_commit(writer, &err));
	look();
	store_get_totals(view, SERVICE_IMAP, &totals);
	assert_false(totals.octets.known);
	must(store_begin(&writer, store, &err));
	store_forget_octets(writer);
	assert_false(view_is_changed(writer));
	store_count_octets(writer, SERVICE_IMAP, &(struct octets){ true, 10, 20 });
	must(store_commit(writer, &err));
	look();
	store_get_totals(view, SERVICE_ALL, &totals);
	assert_true(totals.octets.known);
	assert_int_equal(totals.octets.in, 11);
	assert_int_equal(totals.octets.out, 22);
	store_get_totals(view, SERVICE_POP3, &totals);
	assert_false(totals.octets.known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(disconnects_are_counted),
		CASE(logins_of_sessions_that_are_over_are_counted),
		CASE(octets_are_counted_and_never_fall),
	};

	return cmocka_run_group_tests_name("totals", tests, NULL, NULL);
}
