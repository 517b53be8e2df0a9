/* SPDX-License-Identifier: ISC */
/* Which login is the beginning of which session. */
#include "config.h"

#include "agent/collect/reconcile.h"
#include "tests/unit.h"

static struct session
make_login(
    const char *user, const char *id, const char *address, enum time_source source)
{
	struct session s = { .service = SERVICE_IMAP,
		.user = text_from(user),
		.store_id = text_from(id),
		.login_source = source };

	address_parse(&s.remote.address, text_from(address));
	return s;
}

static void
a_record_completes_the_session_that_a_poll_saw_first(void **state)
{
	struct session login = make_login("ann", "id1", "192.0.2.1", TIME_RECORDED);
	struct session seen = make_login("ann", "", "192.0.2.1", TIME_DERIVED);

	(void)state;
	assert_true(reconcile_begins(&login, &seen, false));
	seen.remote.address.length = 0;
	assert_true(reconcile_begins(&login, &seen, false));
	seen = make_login("ann", "", "192.0.2.2", TIME_DERIVED);
	assert_false(reconcile_begins(&login, &seen, false));
	seen = make_login("bob", "", "192.0.2.1", TIME_OBSERVED);
	assert_false(reconcile_begins(&login, &seen, false));
	seen = make_login("ann", "", "192.0.2.1", TIME_OBSERVED);
	seen.service = SERVICE_POP3;
	assert_false(reconcile_begins(&login, &seen, false));
}

static void
only_the_same_record_is_the_same_session(void **state)
{
	struct session login = make_login("ann", "id1", "192.0.2.1", TIME_RECORDED);
	struct session earlier = login;

	(void)state;
	assert_true(reconcile_begins(&login, &earlier, false));
	earlier.store_id = text_from("id2");
	assert_false(reconcile_begins(&login, &earlier, false));
	login.store_id = earlier.store_id = text_from("");
	assert_false(reconcile_begins(&login, &earlier, false));
}

/* The login of ann's at LOGIN_US; ID may be "". */
static struct session
login_at(const char *id, int64_t login_us, enum time_source source)
{
	struct session login = make_login("ann", id, "192.0.2.1", source);

	login.login_us = login_us;
	return login;
}

static bool
is_one(struct session login, struct session known)
{
	return reconcile_begins(&login, &known, true);
}

static void
where_one_is_served_at_a_time_the_name_or_the_time_tells(void **state)
{
	const int64_t at = 1000 * RECONCILE_GRACE_US;
	const int64_t late = at + RECONCILE_GRACE_US + 1;
	const struct session recorded = login_at("", at, TIME_RECORDED);
	const struct session named = login_at("id1", at, TIME_RECORDED);
	const struct session seen = login_at("", at, TIME_OBSERVED);
	struct session other = login_at("id1", at, TIME_RECORDED);

	(void)state;
	assert_true(is_one(login_at("id1", at + 1, TIME_RECORDED), recorded));
	assert_true(
	    is_one(login_at("", at - RECONCILE_GRACE_US, TIME_RECORDED), named));
	assert_true(is_one(login_at("id1", late, TIME_RECORDED), named));
	assert_false(is_one(login_at("id2", at, TIME_RECORDED), named));
	assert_false(is_one(login_at("id2", late, TIME_RECORDED), recorded));
	assert_false(is_one(recorded, login_at("", late, TIME_RECORDED)));
	/* What was seen first may be much older; but nothing younger was seen. */
	assert_true(is_one(login_at("id1", 1, TIME_RECORDED), seen));
	assert_false(is_one(login_at("id1", late, TIME_RECORDED), seen));
	address_parse(&other.remote.address, text_from("192.0.2.2"));
	assert_false(is_one(other, recorded));
	other = named;
	other.user = text_from("bob");
	assert_false(is_one(other, named));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_completes_the_session_that_a_poll_saw_first),
		cmocka_unit_test(only_the_same_record_is_the_same_session),
		cmocka_unit_test(
		    where_one_is_served_at_a_time_the_name_or_the_time_tells),
	};

	return cmocka_run_group_tests_name("reconcile_begins", tests, NULL, NULL);
}
