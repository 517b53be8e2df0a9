/* SPDX-License-Identifier: ISC */
/* TCP connections as the kernel tells of them and ends them: real ones, on the loopback. */
#include "config.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "agent/collect/tcp.h"
#include "tests/tcp_unit.h"

static struct error err;
static struct tcp *tcp;

static int
set_up(void **state)
{
	(void)state;
	tcp = NULL;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	tcp_close(tcp);
	return 0;
}

static void
open_tcp(void)
{
	tcp_close(tcp);
	tcp = tcp_open(&err);
	if (tcp == NULL)
		fail_msg("%s", err.text);
}

static void
find_one(const struct pair *pair, struct tcp_connection *found)
{
	assert_int_equal(tcp_find(tcp, &pair->local, &pair->remote, found, &err), 1);
	assert_int_not_equal(found->cookie, 0);
}

static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void
finds_and_ends_one(bool mapped)
{
	int listener = make_listener(mapped);
	struct pair other = make_pair(listener, mapped, 0);
	struct pair pair = make_pair(listener, mapped, 0);
	struct tcp_connection found;
	char octet;

	open_tcp();
	find_one(&pair, &found);
	assert_int_equal(tcp_destroy(tcp, &found, &err), 1);
	assert_false(is_open(&pair));
	assert_int_equal(recv(pair.client, &octet, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_true(is_open(&other));
	assert_int_equal(tcp_destroy(tcp, &found, &err), 0);
	assert_int_equal(tcp_find(tcp, &pair.local, &pair.remote, &found, &err), 0);
	close_pair(&pair);
	close_pair(&other);
	close(listener);
}

static void
test_ends_ipv6(void **state)
{
	(void)state;
	need_root();
	finds_and_ends_one(false);
}

static void
test_ends_ipv4_in_ipv6(void **state)
{
	(void)state;
	need_root();
	finds_and_ends_one(true);
}

/* The same client, from the same port, at two ports of ours. */
static void
test_tells_twins_apart(void **state)
{
	int listener = make_listener(true);
	int another = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct pair twin = make_pair(another, true, pair.remote.port);
	struct tcp_connection found;

	(void)state;
	need_root();
	open_tcp();
	find_one(&pair, &found);
	assert_int_equal(tcp_destroy(tcp, &found, &err), 1);
	assert_false(is_open(&pair));
	assert_true(is_open(&twin));
	close_pair(&pair);
	close_pair(&twin);
	close(listener);
	close(another);
}

static void
test_spares_who_has_the_ports_now(void **state)
{
	int listener = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct tcp_connection found;
	struct pair next;

	(void)state;
	need_root();
	open_tcp();
	find_one(&pair, &found);
	close_pair(&pair);
	next = make_pair(listener, true, pair.remote.port);
	assert_int_equal(next.remote.port, pair.remote.port);
	assert_int_equal(tcp_destroy(tcp, &found, &err), 0);
	assert_true(is_open(&next));
	close_pair(&next);
	close(listener);
}

static void
test_finds_only_what_is_open(void **state)
{
	int listener = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct endpoint listened = { pair.remote.address, pair.local.port };
	struct tcp_connection found;

	(void)state;
	open_tcp();
	/* Nobody is connected from the port that is listened at. */
	assert_int_equal(tcp_find(tcp, &pair.local, &listened, &found, &err), 0);
	/* A client that will say nothing more has not gone. */
	shutdown(pair.client, SHUT_WR);
	find_one(&pair, &found);
	/* A server that has closed has. */
	close(pair.server);
	assert_int_equal(tcp_find(tcp, &pair.local, &pair.remote, &found, &err), 0);
	close(pair.client);
	close(listener);
}

/* The client acknowledges when it likes; soon, on the loopback. */
static void
await_sent(const struct pair *pair, uint64_t octets)
{
	struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	struct tcp_connection found;

	for (int i = 0; i < 2000; i++) {
		find_one(pair, &found);
		if (found.octets.out == octets)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%llu octets were acknowledged", (unsigned long long)found.octets.out);
}

static void
test_counts_octets(void **state)
{
	static char octets[5000];
	int listener = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct tcp_connection found;

	(void)state;
	open_tcp();
	find_one(&pair, &found);
	assert_true(found.octets.known);
	assert_int_equal(found.octets.in, 0);
	assert_int_equal(found.octets.out, 0);
	assert_int_equal(send(pair.client, octets, 1234, 0), 1234);
	assert_int_equal(recv(pair.server, octets, 1234, MSG_WAITALL), 1234);
	assert_int_equal(send(pair.server, octets, 4321, 0), 4321);
	assert_int_equal(recv(pair.client, octets, 4321, MSG_WAITALL), 4321);
	await_sent(&pair, 4321);
	find_one(&pair, &found);
	assert_int_equal(found.octets.in, 1234);
	assert_in_range(found.silent_us, 0, 30 * 1000000);
	close_pair(&pair);
	close(listener);
}

static void
test_tells_since_when_it_is_silent(void **state)
{
	int listener = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	struct tcp_connection found = { 0 };
	int64_t longest_us = 0;

	(void)state;
	open_tcp();
	while (longest_us < 200 * 1000) {
		nanosleep(&pause, NULL);
		find_one(&pair, &found);
		assert_true(found.silent_us >= longest_us);
		longest_us = found.silent_us;
	}
	assert_int_equal(send(pair.client, "x", 1, 0), 1);
	find_one(&pair, &found);
	assert_true(found.silent_us < longest_us);
	close_pair(&pair);
	close(listener);
}

static void
test_wants_known_ends(void **state)
{
	struct endpoint v4 = endpoint_of(true, 143);
	struct endpoint v6 = endpoint_of(false, 143);
	struct endpoint portless = endpoint_of(true, 0);
	struct endpoint nowhere = { .port = 143 };
	struct tcp_connection none = { 0 };

	(void)state;
	open_tcp();
	assert_int_equal(tcp_find(tcp, &v4, &v6, &none, &err), 0);
	assert_int_equal(tcp_find(tcp, &v4, &portless, &none, &err), 0);
	assert_int_equal(tcp_find(tcp, &portless, &v4, &none, &err), 0);
	assert_int_equal(tcp_find(tcp, &nowhere, &nowhere, &none, &err), 0);
	assert_int_equal(tcp_destroy(tcp, &none, &err), -1);
}

static void
test_says_which_right_is_missing(void **state)
{
	int listener = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct tcp_connection found;
	bool root = geteuid() == 0;

	(void)state;
	open_tcp();
	find_one(&pair, &found);
	assert_true(!root || seteuid(65534) == 0);
	assert_int_equal(tcp_destroy(tcp, &found, &err), -1);
	assert_true(!root || seteuid(0) == 0);
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_string_equal(err.text, "be root or have CAP_NET_ADMIN");
	assert_true(is_open(&pair));
	close_pair(&pair);
	close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_ends_ipv4_in_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_tells_twins_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_spares_who_has_the_ports_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_finds_only_what_is_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counts_octets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_tells_since_when_it_is_silent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_wants_known_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_says_which_right_is_missing, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
