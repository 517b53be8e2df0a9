/* SPDX-License-Identifier: ISC */
/* The sessions of webmail in memory: two search trees, by user and by process. */
#include "config.h"

#include <search.h>
#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/web_index.h"
#include "agent/store/session.h"

struct web_user {
	uint64_t hash; /* first: the tree compares it */
	LIST_HEAD(, web_session) sessions;
};

struct web_process {
	uint64_t pid; /* first, as wide as a hash: the trees compare it */
	LIST_HEAD(, web_connection) connections;
};

struct web_connection {
	struct web_session *session;
	struct web_process *process;
	int64_t begun_us;
	int64_t listed_us;
	int64_t ended_us; /* its process did; 0: it was not seen to */
	LIST_ENTRY(web_connection) of_session;
	LIST_ENTRY(web_connection) of_process;
	LIST_ENTRY(web_connection) of_all;
};

struct web_index {
	size_t count;
	void *users;
	void *processes;
	TAILQ_HEAD(web_age, web_session) by_age; /* the longest not seen first */
	LIST_HEAD(, web_connection) connections;
};

static int
compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static void *
find(void *const *tree, uint64_t key)
{
	void *node = tfind(&key, tree, compare);

	return node ? *(void **)node : NULL;
}

uint64_t
web_index_hash(struct text text)
{
	static const struct address nowhere;

	return text.length > 0 ? session_mark(SERVICE_HTTP, text, &nowhere, NULL) : 0;
}

struct web_index *
web_index_new(void)
{
	struct web_index *index = xcalloc(1, sizeof *index);

	TAILQ_INIT(&index->by_age);
	LIST_INIT(&index->connections);
	return index;
}

void
web_index_free(struct web_index *index)
{
	struct web_session *session;

	if (index == NULL)
		return;
	web_index_close_all(index, 0);
	while ((session = TAILQ_FIRST(&index->by_age)) != NULL)
		web_index_remove(index, session);
	free(index);
}

size_t
web_index_count(const struct web_index *index)
{
	return index->count;
}

/* Mostly it is the one that was seen last of all. */
static void
put_by_age(struct web_index *index, struct web_session *session)
{
	struct web_session *before = TAILQ_LAST(&index->by_age, web_age);

	while (before != NULL && before->seen_us > session->seen_us)
		before = TAILQ_PREV(before, web_age, by_age);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&index->by_age, session, by_age);
	else
		TAILQ_INSERT_AFTER(&index->by_age, before, session, by_age);
}

static struct web_user *
make_user(struct web_index *index, struct text name)
{
	uint64_t hash = web_index_hash(name);
	struct web_user *user = find(&index->users, hash);

	if (user != NULL)
		return user;
	user = xcalloc(1, sizeof *user);
	user->hash = hash;
	xchecked(tsearch(user, &index->users, compare));
	return user;
}

struct web_session *
web_index_add(struct web_index *index, const struct session *row)
{
	struct web_session *session = xcalloc(1, sizeof *session);

	session->number = row->number;
	session->name = web_index_hash(row->store_id);
	session->auth_user = web_index_hash(row->auth_user);
	session->remote = row->remote.address;
	session->seen_us = session->written_us = row->seen_us;
	session->user = make_user(index, row->user);
	LIST_INSERT_HEAD(&session->user->sessions, session, of_user);
	put_by_age(index, session);
	index->count++;
	return session;
}

static void
forget_empty(struct web_index *index, struct web_process *process)
{
	if (!LIST_EMPTY(&process->connections))
		return;
	tdelete(process, &index->processes, compare);
	free(process);
}

/* Its session is left as it is. */
static void
forget_connection(struct web_index *index, struct web_connection *connection)
{
	struct web_process *process = connection->process;

	LIST_REMOVE(connection, of_session);
	LIST_REMOVE(connection, of_process);
	LIST_REMOVE(connection, of_all);
	free(connection);
	forget_empty(index, process);
}

void
web_index_remove(struct web_index *index, struct web_session *session)
{
	struct web_user *user = session->user;

	if (session->open == 0)
		TAILQ_REMOVE(&index->by_age, session, by_age);
	while (!LIST_EMPTY(&session->connections))
		forget_connection(index, LIST_FIRST(&session->connections));
	LIST_REMOVE(session, of_user);
	free(session);
	index->count--;
	if (!LIST_EMPTY(&user->sessions))
		return;
	tdelete(user, &index->users, compare);
	free(user);
}

struct web_session *
web_index_first(const struct web_index *index, struct text user)
{
	struct web_user *found = find(&index->users, web_index_hash(user));

	return found ? LIST_FIRST(&found->sessions) : NULL;
}

struct web_session *
web_index_next(const struct web_session *session)
{
	return LIST_NEXT(session, of_user);
}

void
web_index_see(struct web_index *index, struct web_session *session, int64_t at_us)
{
	if (at_us <= session->seen_us)
		return;
	session->seen_us = at_us;
	if (session->open > 0)
		return;
	TAILQ_REMOVE(&index->by_age, session, by_age);
	put_by_age(index, session);
}

struct web_session *
web_index_oldest(const struct web_index *index)
{
	return TAILQ_FIRST(&index->by_age);
}

struct web_session *
web_index_younger(const struct web_session *session)
{
	return TAILQ_NEXT(session, by_age);
}

static struct web_process *
make_process(struct web_index *index, uint32_t pid)
{
	struct web_process *process = find(&index->processes, pid);

	if (process != NULL)
		return process;
	process = xcalloc(1, sizeof *process);
	process->pid = pid;
	xchecked(tsearch(process, &index->processes, compare));
	return process;
}

void
web_index_open(struct web_index *index, struct web_session *session, uint32_t pid,
    int64_t begun_us)
{
	struct web_process *process = make_process(index, pid);
	struct web_connection *connection;

	LIST_FOREACH(connection, &process->connections, of_process)
	if (connection->session == session) {
		connection->begun_us = begun_us;
		return;
	}
	connection = xcalloc(1, sizeof *connection);
	connection->session = session;
	connection->process = process;
	connection->begun_us = begun_us;
	LIST_INSERT_HEAD(&session->connections, connection, of_session);
	LIST_INSERT_HEAD(&process->connections, connection, of_process);
	LIST_INSERT_HEAD(&index->connections, connection, of_all);
	if (session->open++ == 0)
		TAILQ_REMOVE(&index->by_age, session, by_age);
}

size_t
web_index_processes(const struct web_session *session, uint32_t *pids, size_t max)
{
	const struct web_connection *connection;
	size_t count = 0;

	LIST_FOREACH(connection, &session->connections, of_session)
	if (count < max)
		pids[count++] = (uint32_t)connection->process->pid;
	return count;
}

static void
close_connection(
    struct web_index *index, struct web_connection *connection, int64_t at_us)
{
	struct web_session *session = connection->session;

	if (at_us > session->seen_us)
		session->seen_us = at_us;
	forget_connection(index, connection);
	if (--session->open == 0)
		put_by_age(index, session);
}

void
web_index_close(struct web_index *index, uint32_t pid, int64_t at_us, bool unlisted)
{
	struct web_process *process = find(&index->processes, pid);
	struct web_connection *connection = NULL;
	struct web_connection *next;

	if (process != NULL)
		connection = LIST_FIRST(&process->connections);
	for (; connection != NULL; connection = next) {
		/* With the last one the process goes. */
		next = LIST_NEXT(connection, of_process);
		if (connection->begun_us > at_us)
			continue;
		if (unlisted)
			connection->ended_us = at_us;
		else
			close_connection(index, connection, at_us);
	}
}

bool
web_index_list(struct web_index *index, uint32_t pid, int64_t listed_us,
    web_index_sees *sees, void *arg)
{
	struct web_process *process = find(&index->processes, pid);
	struct web_connection *connection;

	if (process == NULL)
		return false;
	LIST_FOREACH(connection, &process->connections, of_process)
	if (sees(arg, connection->session)) {
		connection->listed_us = listed_us;
		web_index_see(index, connection->session, listed_us);
		return true;
	}
	return false;
}

/* It is taken out of one process and put into another, as it is. */
static void
move_connection(
    struct web_index *index, struct web_connection *connection, uint32_t pid)
{
	struct web_process *from = connection->process;

	connection->process = make_process(index, pid);
	connection->ended_us = 0;
	LIST_REMOVE(connection, of_process);
	LIST_INSERT_HEAD(&connection->process->connections, connection, of_process);
	forget_empty(index, from);
}

bool
web_index_move(struct web_index *index, struct web_session *session, uint32_t pid,
    int64_t listed_us)
{
	struct web_connection *connection;

	LIST_FOREACH(connection, &session->connections, of_session)
	if (connection->listed_us < listed_us && connection->begun_us < listed_us) {
		move_connection(index, connection, pid);
		connection->listed_us = listed_us;
		web_index_see(index, session, listed_us);
		return true;
	}
	return false;
}

void
web_index_close_unlisted(struct web_index *index, int64_t begun_us, int64_t listed_us)
{
	struct web_connection *connection = LIST_FIRST(&index->connections);

	while (connection != NULL) {
		struct web_connection *next = LIST_NEXT(connection, of_all);
		int64_t ended_us = connection->ended_us;

		if (connection->listed_us < listed_us &&
		    (ended_us != 0 || connection->begun_us < begun_us))
			close_connection(
			    index, connection, ended_us ? ended_us : listed_us);
		connection = next;
	}
}

void
web_index_close_all(struct web_index *index, int64_t at_us)
{
	while (!LIST_EMPTY(&index->connections))
		close_connection(index, LIST_FIRST(&index->connections), at_us);
}

struct web_connection *
web_index_next_open(const struct web_index *index, const struct web_connection *after)
{
	return after ? LIST_NEXT(after, of_all) : LIST_FIRST(&index->connections);
}

struct web_session *
web_connection_session(const struct web_connection *connection)
{
	return connection->session;
}
