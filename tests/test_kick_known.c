/* SPDX-License-Identifier: ISC */
/* Which connections are known to be whose, when sessions are to end. */
#include "config.h"

#include "agent/collect/kick_known.h"
#include "tests/store_unit.h"

/* Everything is from 192.0.2.1 to 192.0.2.2. LOCAL_PORT 0 is not known. */
static struct session
add_from(const char *user, uint16_t port, uint16_t local_port, int64_t login_us,
    enum time_source source)
{
	struct session s = make(SERVICE_IMAP, user, login_us);
	struct view *writer;

	s.remote.port = port;
	s.local.port = local_port;
	address_parse(&s.local.address, text_from("192.0.2.2"));
	s.login_source = source;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	return s;
}

static struct session
tell(const char *user, uint16_t port, int64_t login_us)
{
	return add_from(user, port, 143, login_us, TIME_RECORDED);
}

/* One that only a poll found. */
static void
find(const char *user, int64_t seen_us)
{
	add_from(user, 0, 0, seen_us, TIME_OBSERVED);
}

static struct kick_known_list list;

/* What is known by 1000 of the connections of ann, or of one session. */
static void
read_known(struct kick *kick, const struct session *session)
{
	struct kick_requests requests;

	*kick = (struct kick){ .user = text_from("ann") };
	if (session != NULL)
		kick->session =
		    (struct session_key){ session->service, session->number };
	requests = kick_requests_new(kick, 1);
	look();
	kick_known_read(&list, &requests, view, 1000);
	free(requests.all);
}

/* The ports and states, as "1001 open, 1002 unsure". */
static void
assert_known(const struct session *session, const char *expected)
{
	static const char *const states[] = {
		[KNOWN_TOLD] = "open",
		[KNOWN_UNSURE] = "unsure",
	};
	struct kick kick;
	char text[128] = "";

	read_known(&kick, session);
	for (size_t i = 0; i < list.count; i++) {
		size_t used = strlen(text);

		if (!list.all[i].witness)
			snprintf(text + used, sizeof text - used, "%s%u %s",
			    used > 0 ? ", " : "", list.all[i].remote.port,
			    states[list.all[i].state]);
	}
	assert_string_equal(text, expected);
	kick_known_free(&list);
}

static void
the_users_sessions_are_taken(void **state)
{
	struct session one;

	(void)state;
	tell("ann", 1002, 10);
	one = tell("ann", 1001, 20);
	tell("anna", 1003, 30);
	tell("ann", 0, 40);
	tell("ann", 1004, 1001);
	assert_known(NULL, "1001 open, 1002 open");
	assert_known(&one, "1001 open");
}

static void
a_later_login_has_the_ports(void **state)
{
	struct session older = tell("ann", 1001, 10);

	(void)state;
	tell("bob", 1001, 9);
	assert_known(NULL, "1001 open");
	tell("bob", 1001, 11);
	assert_known(NULL, "1001 unsure");
	tell("ann", 1001, 12);
	assert_known(NULL, "1001 unsure, 1001 open");
	assert_known(&older, "1001 unsure");
}

static void
another_port_of_ours_is_another_connection(void **state)
{
	(void)state;
	tell("ann", 1001, 10);
	add_from("bob", 1001, 993, 11, TIME_RECORDED);
	assert_known(NULL, "1001 open");
	add_from("bob", 1001, 0, 12, TIME_RECORDED);
	assert_known(NULL, "1001 unsure");
}

static void
who_came_untold_may_have_any_port(void **state)
{
	struct session one = tell("ann", 1001, 10);

	(void)state;
	find("bob", 9);
	assert_known(NULL, "1001 open");
	find("ann", 11);
	assert_known(NULL, "1001 open");
	assert_known(&one, "1001 unsure");
	find("bob", 12);
	assert_known(NULL, "1001 unsure");
}

static void
each_request_has_its_own(void **state)
{
	struct kick kicks[2] = { { .user = text_from("ann") },
		{ .user = text_from("ann") } };
	struct session one = tell("ann", 1001, 10);
	struct kick_requests requests;

	(void)state;
	tell("ann", 1002, 20);
	kicks[1].session = (struct session_key){ one.service, one.number };
	requests = kick_requests_new(kicks, 2);
	look();
	kick_known_read(&list, &requests, view, 1000);
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.all[i].witness,
		    list.all[i].request->kick == &kicks[1] &&
			list.all[i].session.number != one.number);
	kick_known_free(&list);
	free(requests.all);
}

static void
what_is_from_before_the_start_is_old(void **state)
{
	struct kick kick;
	struct view *writer;

	(void)state;
	tell("ann", 1001, 10);
	tell("ann", 1002, 20);
	must(store_begin(&writer, store, &err));
	must(store_set_mark(writer, STORE_MARK_COMPARED, 20, &err));
	must(store_commit(writer, &err));
	read_known(&kick, NULL);
	assert_int_equal(list.count, 2);
	assert_true(list.all[0].old);
	assert_false(list.all[1].old);
	kick_known_free(&list);
}

static void
who_came_meanwhile_is_counted(void **state)
{
	(void)state;
	tell("ann", 1001, 10);
	tell("ann", 1002, 20);
	tell("ann", 1003, 30);
	tell("bob", 1004, 20);
	find("ann", 20);
	look();
	assert_int_equal(kick_known_arrived(view, text_from("ann"), 7, 10, 20), 1);
	assert_int_equal(kick_known_arrived(view, text_from("ann"), 7, 10, 30), 2);
	assert_int_equal(kick_known_arrived(view, text_from("ann"), 8, 10, 30), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_users_sessions_are_taken),
		CASE(a_later_login_has_the_ports),
		CASE(another_port_of_ours_is_another_connection),
		CASE(who_came_untold_may_have_any_port),
		CASE(each_request_has_its_own),
		CASE(what_is_from_before_the_start_is_old),
		CASE(who_came_meanwhile_is_counted),
	};

	return cmocka_run_group_tests_name("kick_known", tests, NULL, NULL);
}
