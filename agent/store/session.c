/* SPDX-License-Identifier: ISC */
/* The sessions that are open now, and what their coming and going does to the counts. */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/store/record.h"
#include "agent/store/session.h"
#include "agent/store/user.h"
#include "agent/store/user_count.h"
#include "agent/store/view.h"

#define MARK_NEXT_NUMBER "next session"

struct row_key {
	uint8_t service;
	uint32_t number; /* big-endian */
} __attribute__((packed));

struct process_key {
	uint32_t pid; /* big-endian */
	struct row_key row;
} __attribute__((packed));

struct having_key {
	uint8_t having;
	struct row_key row;
} __attribute__((packed));

#define KEY(key) ((MDB_val){ sizeof(key), &(key) })

static const MDB_val nothing;

static struct row_key
make_row_key(struct session_key key)
{
	return (struct row_key){ (uint8_t)key.service, htobe32(key.number) };
}

static struct session_key
key_of(const struct session *session)
{
	return (struct session_key){ session->service, session->number };
}

/* Takes a row's key and value apart. */
static int
decode(struct view *view, MDB_val key, MDB_val value, struct session *session)
{
	struct row_key row;

	if (key.mv_size != sizeof row)
		return view_damaged(view, TABLE_SESSION, "a key's length");
	memcpy(&row, key.mv_data, sizeof row);
	session->service = (enum service)row.service;
	session->number = be32toh(row.number);
	if (row.service >= SERVICE_END ||
	    !record_get_session(value.mv_data, value.mv_size, session))
		return view_damaged(view, TABLE_SESSION, "no session");
	return 1;
}

int
session_get(struct view *view, struct session_key key, struct session *session)
{
	struct row_key row = make_row_key(key);
	MDB_val value;

	if (!view_find(view, TABLE_SESSION, KEY(row), &value))
		return 0;
	return decode(view, KEY(row), value, session);
}

static int
seek_any(struct view *view, struct session_key key, bool after, struct session *session)
{
	struct row_key row = make_row_key(key);
	MDB_val k = KEY(row);
	MDB_val value;

	if (!view_seek(view, TABLE_SESSION, &k, after, &value))
		return 0;
	return decode(view, k, value, session);
}

int
session_seek(struct view *view, enum session_having having, struct session_key key,
    bool after, struct session *session)
{
	struct having_key wanted = { (uint8_t)having, make_row_key(key) };
	struct having_key found;
	MDB_val k = KEY(wanted);
	MDB_val value;

	if (having == SESSION_ANY)
		return seek_any(view, key, after, session);
	if (!view_seek(view, TABLE_HAVING, &k, after, &value) ||
	    k.mv_size != sizeof found)
		return 0;
	memcpy(&found, k.mv_data, sizeof found);
	if (found.having != having)
		return 0;
	key = (struct session_key){ (enum service)found.row.service,
		be32toh(found.row.number) };
	return session_get(view, key, session);
}

static uint64_t
add_to_mark(uint64_t mark, const void *data, size_t length)
{
	const uint8_t *octets = data;

	for (size_t i = 0; i < length; i++)
		mark = (mark ^ octets[i]) * 1099511628211u;
	return mark;
}

uint64_t
session_mark(enum service service, struct text user, const struct address *remote,
    const struct connection_id *connection)
{
	uint8_t number = (uint8_t)service;
	uint64_t mark = add_to_mark(14695981039346656037u, &number, 1);

	mark = add_to_mark(mark, remote->bytes, remote->length);
	mark = add_to_mark(mark, user.data, user.length);
	if (connection == NULL || !connection_id_is_known(connection))
		return mark;
	return add_to_mark(mark, connection->octets, sizeof connection->octets);
}

int
session_seek_process(struct view *view, struct session_ref *ref)
{
	struct process_key key = { htobe32(ref->pid), make_row_key(ref->session) };
	MDB_val k = KEY(key);
	MDB_val value;

	if (!view_seek(view, TABLE_PROCESS, &k, true, &value))
		return 0;
	if (k.mv_size != sizeof key)
		return view_damaged(view, TABLE_PROCESS, "a key's length");
	memcpy(&key, k.mv_data, sizeof key);
	*ref = (struct session_ref){ be32toh(key.pid),
		{ (enum service)key.row.service, be32toh(key.row.number) }, 0 };
	if (value.mv_size == sizeof ref->mark)
		memcpy(&ref->mark, value.mv_data, sizeof ref->mark);
	return 1;
}

/* What a session may have. */
static const struct {
	enum session_having having;
	size_t offset;
} things[] = {
	{ SESSION_MECHANISM, offsetof(struct session, mechanism) },
	{ SESSION_STORE_ID, offsetof(struct session, store_id) },
	{ SESSION_AUTH_USER, offsetof(struct session, auth_user) },
};

enum {
	THINGS = sizeof things / sizeof things[0]
};

/* Bit 1 << i: it has things[i]. */
static unsigned
things_of(const struct session *session)
{
	unsigned has = 0;

	for (size_t i = 0; i < THINGS; i++) {
		const struct text *thing =
		    (const void *)((const char *)session + things[i].offset);

		has |= (unsigned)(thing->length > 0) << i;
	}
	return has;
}

/* Writes, or takes away, the keys that say what the session has, where that changes. */
static int
set_having(struct view *view, struct session_key session, unsigned before,
    unsigned after, struct error *err)
{
	for (size_t i = 0; i < THINGS; i++) {
		struct having_key key = { (uint8_t)things[i].having,
			make_row_key(session) };
		int rc = 0;

		if ((after & ~before) >> i & 1)
			rc = view_put(view, TABLE_HAVING, KEY(key), nothing, err);
		if ((before & ~after) >> i & 1)
			rc = view_delete(view, TABLE_HAVING, KEY(key), err);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
write_session(struct view *view, const struct session *session, struct error *err)
{
	uint8_t buffer[RECORD_SIZE];
	struct row_key row = make_row_key(key_of(session));
	size_t length = record_put_session(buffer, session);

	return view_put(
	    view, TABLE_SESSION, KEY(row), (MDB_val){ length, buffer }, err);
}

static int
set_process(
    struct view *view, const struct session *session, bool is, struct error *err)
{
	struct process_key key = { htobe32(session->process.pid),
		make_row_key(key_of(session)) };
	uint64_t mark = session_mark(session->service, session->user,
	    &session->remote.address, &session->connection);

	if (session->process.pid == 0)
		return 0;
	if (is)
		return view_put(view, TABLE_PROCESS, KEY(key),
		    (MDB_val){ sizeof mark, &mark }, err);
	return view_delete(view, TABLE_PROCESS, KEY(key), err);
}

/* The next number that no open session of the service has; from 1 to the highest. */
static int
give_number(struct view *view, struct session *session, struct error *err)
{
	uint32_t number = (uint32_t)store_get_mark(view, MARK_NEXT_NUMBER);
	struct row_key row;
	MDB_val value;

	do {
		if (number == 0 || number > SESSION_NUMBER_MAX)
			number = 1;
		session->number = number;
		number = session->number + 1;
		row = make_row_key(key_of(session));
	} while (view_find(view, TABLE_SESSION, KEY(row), &value));
	return store_set_mark(view, MARK_NEXT_NUMBER, number, err);
}

/* The service's and the sum's counters after a session came. */
static void
count_begin(struct view *view, const struct session *session, bool login_counts,
    bool new_user, bool new_user_of_all)
{
	const enum service services[] = { session->service, SERVICE_ALL };
	const bool new_users[] = { new_user, new_user_of_all };

	for (size_t i = 0; i < 2; i++) {
		struct totals *totals = view_change_totals(view, services[i]);

		totals->sessions++;
		totals->users += new_users[i];
		if (totals->sessions > totals->peak_sessions)
			totals->peak_sessions = totals->sessions;
		if (new_users[i] && totals->users >= totals->peak_users) {
			totals->peak_users = totals->users;
			totals->peak_us = session->created_us;
		}
		totals->logins += login_counts;
		if (session->login_us > totals->last_login_us)
			totals->last_login_us = session->login_us;
	}
}

static void
count_end(struct view *view, enum service service, bool last, bool last_of_all)
{
	struct totals *totals = view_change_totals(view, service);
	struct totals *all = view_change_totals(view, SERVICE_ALL);

	totals->sessions -= totals->sessions > 0;
	totals->users -= last && totals->users > 0;
	all->sessions -= all->sessions > 0;
	all->users -= last_of_all && all->users > 0;
}

int
session_add(struct view *view, struct session *session, bool record_access,
    bool login_counts, struct error *err)
{
	struct user_count count;

	if (give_number(view, session, err) == -1 ||
	    user_begin_session(view, session, record_access, &count, err) == -1 ||
	    write_session(view, session, err) == -1 ||
	    set_process(view, session, true, err) == -1 ||
	    set_having(view, key_of(session), 0, things_of(session), err) == -1)
		return -1;
	count_begin(view, session, login_counts, count.service == 1, count.all == 1);
	if (tally_move(view, session->service, count.service - 1, count.service, err) ==
	    -1)
		return -1;
	return tally_move(view, SERVICE_ALL, count.all - 1, count.all, err);
}

int
session_update(struct view *view, const struct session *session, bool record_access,
    struct error *err)
{
	struct session old;
	struct totals *totals;

	if (!session_get(view, key_of(session), &old))
		return error_set(err, "session %u of %s is not in the store",
		    session->number, service_name(session->service));
	if (set_process(view, &old, false, err) == -1 ||
	    set_process(view, session, true, err) == -1 ||
	    set_having(view, key_of(session), things_of(&old), things_of(session),
		err) == -1 ||
	    write_session(view, session, err) == -1)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		totals = view_change_totals(view, i ? SERVICE_ALL : session->service);
		if (session->login_us > totals->last_login_us)
			totals->last_login_us = session->login_us;
	}
	if (!record_access)
		return 0;
	return user_record_login(view, session->service, session->user,
	    session->login_us, &session->remote.address, err);
}

/* A port is of the address that it was told with. */
int
session_see(struct view *view, struct session_key key, int64_t seen_us,
    const struct address *remote, struct error *err)
{
	struct session session;

	if (!session_get(view, key, &session))
		return 0;
	session.seen_us = seen_us;
	if (!address_equal(&session.remote.address, remote))
		session.remote = (struct endpoint){ .address = *remote };
	return write_session(view, &session, err);
}

int
session_end(struct view *view, struct session_key key, int64_t end_us,
    bool record_access, struct error *err)
{
	struct row_key row = make_row_key(key);
	struct user_count count;
	struct session session;

	if (!session_get(view, key, &session))
		return 0;
	if (user_end_session(view, &session, end_us, record_access, &count, err) ==
		-1 ||
	    set_having(view, key, things_of(&session), 0, err) == -1)
		return -1;
	if (!session_get(view, key, &session) ||
	    set_process(view, &session, false, err) == -1 ||
	    view_delete(view, TABLE_SESSION, KEY(row), err) == -1)
		return -1;
	count_end(view, key.service, count.service == 0, count.all == 0);
	if (tally_move(view, key.service, count.service + 1, count.service, err) == -1)
		return -1;
	return tally_move(view, SERVICE_ALL, count.all + 1, count.all, err);
}
