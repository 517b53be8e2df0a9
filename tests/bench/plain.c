/* SPDX-License-Identifier: ISC */
/*
 * plain STORE LOGINS USERS BATCH: the same logins as feed's, written to a store in a plain
 * loop with BATCH of them a commit. Prints the logins and the microseconds.
 */
#include "config.h"

#include <stdio.h>

#include "agent/clock.h"
#include "agent/store/session.h"
#include "tests/bench/sample.h"

enum {
	MAP_GIB = 8
};

static struct error err;

static void
check(int rc)
{
	if (rc == -1)
		sample_die("plain: %s", err.text);
}

static void
write_login(struct view *view, uint32_t i, uint32_t users)
{
	uint32_t user = sample_shuffle(i % users, users);
	struct sample sample;

	sample_make(&sample, user, users);
	sample.session.login_us += CLOCK_SECOND_US;
	sample.session.process.pid = i + 1;
	check(session_add(view, &sample.session, true, true, &err));
}

int
main(int argc, char **argv)
{
	struct store *store;
	struct view *view;
	uint32_t logins;
	uint32_t users;
	uint32_t batch;
	int64_t start_us;

	if (argc != 5)
		sample_die("usage: plain store logins users batch");
	users = sample_number(argv[3], 1, SAMPLE_USERS_MAX);
	logins = sample_number(argv[2], 1, users);
	batch = sample_number(argv[4], 1, UINT32_MAX);
	check(store_open(&store, argv[1], STORE_WRITE, MAP_GIB, &err));
	start_us = clock_monotonic_us();
	for (uint32_t i = 0; i < logins;) {
		check(store_begin(&view, store, &err));
		for (uint32_t end = i + batch; i < end && i < logins; i++)
			write_login(view, i, users);
		check(store_commit(view, &err));
	}
	printf("%u %lld\n", logins, (long long)(clock_monotonic_us() - start_us));
	store_close(store);
	return 0;
}
