/* SPDX-License-Identifier: ISC */
/* The host's TCP connections by the inodes of their sockets. */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "agent/collect/process.h"
#include "agent/collect/tcp_sockets.h"
#include "tests/tcp_unit.h"

static struct error err;

/* The inode of a descriptor's socket, as /proc has it. */
static uint32_t
inode_of(int fd)
{
	uint32_t inode = process_socket((uint32_t)getpid(), fd);

	assert_int_not_equal(inode, 0);
	return inode;
}

static void
is_listed_by_its_inode(bool mapped)
{
	int listener = make_listener(mapped);
	struct pair other = make_pair(listener, mapped, 0);
	struct pair pair = make_pair(listener, mapped, 0);
	struct tcp_sockets *sockets = tcp_sockets_new();
	const struct tcp_connection *listed =
	    tcp_sockets_find(sockets, inode_of(pair.server));
	struct tcp_connection found;
	struct tcp *tcp = tcp_open(&err);

	assert_non_null(tcp);
	assert_non_null(listed);
	assert_int_equal(tcp_find(tcp, &pair.local, &pair.remote, &found, &err), 1);
	assert_int_equal(listed->cookie, found.cookie);
	assert_true(address_equal(&listed->local.address, &pair.local.address));
	assert_true(address_equal(&listed->remote.address, &pair.remote.address));
	assert_int_equal(listed->local.port, pair.local.port);
	assert_int_equal(listed->remote.port, pair.remote.port);
	/* What can be destroyed by it. */
	if (geteuid() == 0) {
		assert_int_equal(tcp_destroy(tcp, listed, &err), 1);
		assert_false(is_open(&pair));
		assert_true(is_open(&other));
	}
	close_pair(&pair);
	close_pair(&other);
	close(listener);
	tcp_close(tcp);
	tcp_sockets_free(sockets);
}

static void
test_lists_ipv6(void **state)
{
	(void)state;
	is_listed_by_its_inode(false);
}

static void
test_lists_ipv4_in_ipv6(void **state)
{
	(void)state;
	is_listed_by_its_inode(true);
}

static void
test_lists_nothing_else(void **state)
{
	int listener = make_listener(true);
	struct pair pair = make_pair(listener, true, 0);
	struct tcp_sockets *sockets = tcp_sockets_new();
	struct pair late;

	(void)state;
	assert_null(tcp_sockets_find(sockets, inode_of(listener)));
	assert_null(tcp_sockets_find(sockets, 0));
	assert_non_null(tcp_sockets_find(sockets, inode_of(pair.client)));
	/* All is as of the first question. */
	late = make_pair(listener, true, 0);
	assert_null(tcp_sockets_find(sockets, inode_of(late.server)));
	close_pair(&pair);
	close_pair(&late);
	close(listener);
	tcp_sockets_free(sockets);
	tcp_sockets_free(NULL);
}

static void
test_names_sockets_only(void **state)
{
	int pipe_ends[2];

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(process_socket((uint32_t)getpid(), pipe_ends[0]), 0);
	assert_int_equal(errno, ENOTSOCK);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	assert_int_equal(process_socket((uint32_t)getpid(), pipe_ends[0]), 0);
	assert_int_equal(errno, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_ipv6),
		cmocka_unit_test(test_lists_ipv4_in_ipv6),
		cmocka_unit_test(test_lists_nothing_else),
		cmocka_unit_test(test_names_sockets_only),
	};

	return cmocka_run_group_tests_name("tcp_sockets", tests, NULL, NULL);
}
