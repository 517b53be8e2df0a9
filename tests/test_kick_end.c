/* SPDX-License-Identifier: ISC */
/* How sessions are told to end: by the mail server, by a signal, by their connections, or not. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/collect/kick_end.h"
#include "agent/collect/kick_hold.h"
#include "tests/unit.h"

enum {
	FIRST_PID = 5000000, /* beyond what Linux gives: nobody is hurt */
	HIBERNATES = FIRST_PID + 9
};

static struct listing listing;
static struct conf conf = { .store_path = (char[]){ "/nonexistent" } };
static char ended
    [128]; /* what the mail server was asked to end: its connections' first octets */

static int
end_row(void *state, const struct listed *row, struct error *err)
{
	size_t used = strlen(ended);

	(void)state;
	if (row->pid >= PROCESS_STAND_IN) {
		snprintf(ended + used, sizeof ended - used, "all of %.*s ",
		    (int)row->user.length, row->user.data);
		return 0;
	}
	if (!connection_id_is_known(&row->connection))
		return 1;
	if (row->connection.octets[0] == 0xff)
		return error_set(err, "it is not in the mood");
	snprintf(ended + used, sizeof ended - used, "%u ", row->connection.octets[0]);
	return 0;
}

static bool
hibernates(uint32_t pid)
{
	return pid == HIBERNATES;
}

static const struct backend fake = { .end = end_row, .hibernates = hibernates };

static int
begin(void **state)
{
	(void)state;
	listing_init(&listing);
	ended[0] = '\0';
	return 0;
}

static int
end(void **state)
{
	(void)state;
	listing_fini(&listing);
	return 0;
}

/* A row of process number PROCESS; CONNECTION 0 has no name. */
static void
list(const char *user, uint32_t process, uint8_t connection, uint32_t count)
{
	struct listed row = { .service = SERVICE_IMAP,
		.pid = FIRST_PID + process,
		.count = count,
		.user = text_from(user),
		.connection = { { connection } } };

	address_parse(&row.remote, text_from("192.0.2.1"));
	listing_add(&listing, &row);
}

/* What comes of kicks: the means in the processes that are held, by rising pid. */
static void
assert_means(struct kick_requests *requests, const char *expected)
{
	static const char *const names[] = { "undecided", "nothing", "server", "signal",
		"connections" };
	const struct kick_tools tools = { .conf = &conf, .backend = &fake };
	struct kick_targets targets = { 0 };
	char text[256] = "";

	listing_sort(&listing);
	kick_hold(&targets, requests, &listing, &fake);
	kick_end(requests, targets.all, targets.count, &listing, &tools);
	for (size_t i = 0; i < targets.count; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof text - used, "%u %s told %u. ",
		    targets.all[i].pid - FIRST_PID, names[targets.all[i].means],
		    targets.all[i].told);
	}
	assert_string_equal(text, expected);
	kick_targets_free(&targets);
	free(requests->all);
}

/* Process 1 was to get a signal, which nobody can send. valgrind knows no pidfds. */
static void
assert_signalled(const struct kick *kick)
{
	if (strncmp(kick->reason, "cannot hold process 5000001: ", 29) != 0)
		assert_string_equal(
		    kick->reason, "process 5000001 cannot be seen from here");
}

static struct kick
kick_user(const char *user)
{
	return (struct kick){ .user = text_from(user) };
}

/* A request for one session, which the store knows in a process and by a connection's name. */
static struct kick_requests
ask_for_one(struct kick *kick, uint32_t process, uint8_t connection)
{
	struct kick_requests requests;

	*kick = kick_user("ann");
	kick->session = (struct session_key){ SERVICE_IMAP, 1 };
	requests = kick_requests_new(kick, 1);
	requests.all[0].pid = FIRST_PID + process;
	requests.all[0].connection.octets[0] = connection;
	address_parse(&requests.all[0].remote, text_from("192.0.2.1"));
	return requests;
}

static void
the_mail_server_ends_what_it_can(void **state)
{
	struct kick kick = kick_user("ann");
	struct kick_requests requests = kick_requests_new(&kick, 1);

	(void)state;
	list("ann", 1, 11, 1);
	list("bob", 1, 12, 1);
	list("ann", 1, 13, 1);
	list("ann", 9, 14, 1);
	assert_means(&requests, "1 server told 2. 9 server told 1. ");
	assert_string_equal(ended, "11 13 14 ");
	assert_int_equal(kick.asked, 3);
	assert_string_equal(kick.reason, "");
}

static void
what_it_does_not_end_is_told(void **state)
{
	struct kick kick = kick_user("ann");
	struct kick_requests requests = kick_requests_new(&kick, 1);

	(void)state;
	list("ann", 1, 0xff, 1);
	assert_means(&requests, "1 server told 0. ");
	assert_string_equal(kick.reason, "it is not in the mood");
}

static void
one_session_is_ended_by_its_name(void **state)
{
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, 1, 13);

	(void)state;
	list("bob", 1, 11, 1);
	list("ann", 1, 13, 1);
	list("ann", 2, 12, 1);
	assert_means(&requests, "1 server told 1. ");
	assert_string_equal(ended, "13 ");
	assert_int_equal(kick.asked, 1);
}

/* The mail server would end both. */
static void
one_of_two_in_a_process_is_not(void **state)
{
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, 1, 13);

	(void)state;
	list("ann", 1, 11, 1);
	list("ann", 1, 13, 1);
	assert_means(&requests, "1 connections told 0. ");
	assert_string_equal(ended, "");
	assert_int_equal(kick.asked, 1);
}

static void
another_one_in_its_process_is_spared(void **state)
{
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, 1, 13);

	(void)state;
	list("ann", 1, 11, 1);
	assert_means(&requests, "");
	assert_string_equal(ended, "");
	assert_int_equal(kick.asked, 0);
}

static void
a_process_of_ones_own_gets_a_signal(void **state)
{
	struct kick kick = kick_user("ann");
	struct kick_requests requests = kick_requests_new(&kick, 1);

	(void)state;
	list("ann", 1, 0, 1);
	list("bob", 2, 0, 1);
	assert_means(&requests, "1 signal told 0. ");
	assert_signalled(&kick);
}

static void
a_process_of_several_gets_none(void **state)
{
	struct kick kick = kick_user("ann");
	struct kick_requests requests = kick_requests_new(&kick, 1);

	(void)state;
	list("ann", 1, 0, 1);
	list("bob", 1, 0, 1);
	assert_means(&requests, "1 connections told 0. ");
	assert_int_equal(kick.asked, 1);
	assert_string_equal(kick.reason,
	    "process 5000001 also serves other sessions; the client's port is not "
	    "known: imsconnd is not running");
}

static void
who_has_one_alone_where_others_share_may_get_company(void **state)
{
	struct kick kick = kick_user("ann");
	struct kick_requests requests = kick_requests_new(&kick, 1);

	(void)state;
	list("ann", 1, 0, 1);
	list("ann", 9, 0, 1);
	list("bob", 2, 0, 1);
	list("carl", 2, 0, 1);
	assert_means(&requests, "1 connections told 0. 9 connections told 0. ");
	assert_int_equal(kick.asked, 2);
}

static void
all_that_a_process_serves_may_be_asked_for_at_once(void **state)
{
	struct kick kicks[] = { kick_user("ann"), kick_user("bob") };
	struct kick_requests requests = kick_requests_new(kicks, 2);

	(void)state;
	list("ann", 1, 0, 2);
	list("bob", 1, 0, 1);
	assert_means(&requests, "1 connections told 0. 1 connections told 0. ");
	/* It gets a signal then, and would have, were it there. */
	assert_signalled(&kicks[0]);
	assert_signalled(&kicks[1]);
}

static void
one_session_of_two_is_not_all(void **state)
{
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, 1, 0);

	(void)state;
	list("ann", 1, 0, 2);
	assert_means(&requests, "1 connections told 0. ");
	assert_int_equal(kick.asked, 1);
	assert_non_null(strstr(kick.reason, "the client's port is not known"));
}

static void
one_session_is_looked_for_where_it_may_have_gone(void **state)
{
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, 1, 0);

	(void)state;
	list("ann", 9, 0, 1);
	list("bob", 9, 0, 1);
	assert_means(&requests, "9 connections told 0. ");
	requests = ask_for_one(&kick, 1, 0);
	list("ann", 1, 0, 1);
	assert_means(&requests, "1 signal told 0. 9 nothing told 0. ");
	assert_signalled(&kick);
}

/* As list(), of what is passed on. */
static void
pass_on(const char *user, uint32_t process, uint8_t connection)
{
	list(user, process, connection, 1);
	listing.rows[listing.count - 1].service = SERVICE_PROXY;
}

/* Its process ends all of the user's, whatever it is asked for. */
static void
what_is_passed_on_in_one_process_ends_together(void **state)
{
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, 1, 11);

	(void)state;
	kick.session.service = SERVICE_PROXY;
	pass_on("ann", 1, 11);
	pass_on("bob", 1, 12);
	pass_on("ann", 2, 13);
	assert_means(&requests, "1 server told 1. ");
	assert_string_equal(ended, "11 ");
	requests = ask_for_one(&kick, 1, 11);
	kick.session.service = SERVICE_PROXY;
	pass_on("ann", 1, 14);
	assert_means(&requests, "1 nothing told 0. ");
	assert_string_equal(kick.reason,
	    "other logins of the user that are passed on would end with it");
	assert_string_equal(ended, "11 ");
}

static void
without_a_process_all_that_is_passed_on_ends_together(void **state)
{
	const uint32_t stand_in = PROCESS_STAND_IN - FIRST_PID;
	struct kick kick;
	struct kick_requests requests = ask_for_one(&kick, stand_in, 0);
	char told[64];
	char spared[64];

	(void)state;
	snprintf(told, sizeof told, "%u server told 1. ", stand_in);
	snprintf(spared, sizeof spared, "%u nothing told 0. ", stand_in);
	kick.session.service = SERVICE_PROXY;
	pass_on("ann", stand_in, 0);
	pass_on("bob", stand_in + 1, 0);
	assert_means(&requests, told);
	requests = ask_for_one(&kick, stand_in, 0);
	kick.session.service = SERVICE_PROXY;
	pass_on("ann", stand_in + 2, 0);
	assert_string_equal(ended, "all of ann ");
	assert_means(&requests, spared);
	assert_string_equal(ended, "all of ann ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_mail_server_ends_what_it_can),
		CASE(what_it_does_not_end_is_told),
		CASE(one_session_is_ended_by_its_name),
		CASE(one_of_two_in_a_process_is_not),
		CASE(another_one_in_its_process_is_spared),
		CASE(a_process_of_ones_own_gets_a_signal),
		CASE(a_process_of_several_gets_none),
		CASE(who_has_one_alone_where_others_share_may_get_company),
		CASE(all_that_a_process_serves_may_be_asked_for_at_once),
		CASE(one_session_of_two_is_not_all),
		CASE(one_session_is_looked_for_where_it_may_have_gone),
		CASE(what_is_passed_on_in_one_process_ends_together),
		CASE(without_a_process_all_that_is_passed_on_ends_together),
	};

	return cmocka_run_group_tests_name("kick_end", tests, NULL, NULL);
}
