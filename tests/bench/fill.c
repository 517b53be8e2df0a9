/* SPDX-License-Identifier: ISC */
/*
 * fill DIRECTORY USERS SESSIONS SERVICES [BATCH]: makes a store of sample users through the
 * store's own functions. Every user was at each of SERVICES ("imap,pop3,http"); the first
 * SESSIONS / USERS of them are connected to imap.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/store/session.h"
#include "agent/store/user.h"
#include "tests/bench/sample.h"

enum {
	MAP_GIB = 8,
	BATCH = 20000 /* changes a commit, unless told */
};

static struct {
	struct store *store;
	struct view *view;
	struct error err;
	uint32_t batch;
	uint32_t pending;
} fill;

static void
check(int rc)
{
	if (rc == -1)
		sample_die("fill: %s", fill.err.text);
}

static void
begin(void)
{
	check(store_begin(&fill.view, fill.store, &fill.err));
	fill.pending = 0;
}

static void
commit_batch(void)
{
	if (++fill.pending < fill.batch)
		return;
	check(store_commit(fill.view, &fill.err));
	begin();
}

/* The accesses to services that lie behind; the names' order is the store's. */
static void
add_user(uint32_t i, const enum service *services, size_t count)
{
	struct sample sample;

	sample_make(&sample, i, SAMPLE_USERS_MAX);
	for (size_t s = 0; s < count; s++) {
		const struct session *session = &sample.session;

		check(user_record_login(fill.view, services[s], session->user,
		    session->login_us, &session->remote.address, &fill.err));
		commit_batch();
	}
}

static void
add_session(uint32_t i, uint32_t users)
{
	struct sample sample;

	sample_make(&sample, i, users);
	check(session_add(fill.view, &sample.session, true, true, &fill.err));
	commit_batch();
}

static size_t
parse_services(char *words, enum service *services)
{
	size_t count = 0;

	for (char *word = strtok_r(words, ",", &words); word != NULL;
	     word = strtok_r(NULL, ",", &words)) {
		enum service service = service_from_name(text_from(word));

		if (service == SERVICE_NONE || count == SERVICE_END)
			sample_die("fill: %s is no service", word);
		services[count++] = service;
	}
	return count;
}

int
main(int argc, char **argv)
{
	enum service services[SERVICE_END];
	uint32_t users;
	uint32_t sessions;
	size_t count;

	if (argc < 5 || argc > 6)
		sample_die("usage: fill directory users sessions services [batch]");
	users = sample_number(argv[2], 1, SAMPLE_USERS_MAX);
	sessions = sample_number(argv[3], 0, 10 * SAMPLE_USERS_MAX);
	count = parse_services(argv[4], services);
	fill.batch = argc == 6 ? sample_number(argv[5], 1, UINT32_MAX) : BATCH;
	check(store_open(&fill.store, argv[1], STORE_WRITE, MAP_GIB, &fill.err));
	begin();
	for (uint32_t i = 0; i < users; i++)
		add_user(i, services, count);
	for (uint32_t i = 0; i < sessions; i++)
		add_session(i, users);
	check(store_commit(fill.view, &fill.err));
	store_close(fill.store);
	return 0;
}
