/* SPDX-License-Identifier: ISC */
/* A store in a directory of its own for each case, and the usual steps with it. */
#ifndef IMSC_TESTS_STORE_UNIT_H
#define IMSC_TESTS_STORE_UNIT_H

#include <stdio.h>
#include <stdlib.h>

#include "agent/store/session.h"
#include "agent/store/user.h"
#include "tests/unit.h"

static char path[64];
static struct store *store;
static struct view *view;
static struct error err;

static int
remove_store(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", path);
	return system(command);
}

static void
must(int result)
{
	if (result == -1)
		fail_msg("%s", err.text);
}

static int
begin(void **state)
{
	(void)state;
	strcpy(path, "/tmp/imsc-store.XXXXXX");
	if (mkdtemp(path) == NULL)
		return -1;
	store = NULL;
	view = NULL;
	return store_open(&store, path, STORE_WRITE, 1, &err);
}

static int
end(void **state)
{
	(void)state;
	view_close(view);
	store_close(store);
	return remove_store();
}

static inline struct session
make(enum service service, const char *user, int64_t login_us)
{
	struct session s = { .service = service,
		.user = text_from(user),
		.login_us = login_us,
		.created_us = login_us,
		.login_source = TIME_RECORDED,
		.process = { 7, 8 } };

	address_parse(&s.remote.address, text_from("192.0.2.1"));
	return s;
}

static inline struct session
add(enum service service, const char *user, int64_t login_us)
{
	struct session s = make(service, user, login_us);
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	return s;
}

static inline void
finish(const struct session *s, int64_t end_us)
{
	struct view *writer;

	must(store_begin(&writer, store, &err));
	must(session_end(
	    writer, (struct session_key){ s->service, s->number }, end_us, true, &err));
	must(store_commit(writer, &err));
}

static inline void
look(void)
{
	if (view == NULL)
		must(view_open(&view, store, &err));
	else
		must(view_renew(view, &err));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
