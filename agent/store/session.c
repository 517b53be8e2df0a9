/* SPDX-License-Identifier: ISC */
/* The sessions that are open now, and what their coming and going does to the counts. */
#include "config.h"

#include <string.h>

#include "agent/clock.h"
#include "agent/store/record.h"
#include "agent/store/session_row.h"
#include "agent/store/user.h"
#include "agent/store/user_count.h"

#define MARK_NEXT_NUMBER "next session"

struct having_key {
	uint8_t having;
	struct row_key row;
} __attribute__((packed));

static const MDB_val nothing;

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

static bool
has_mechanism(const struct session *session)
{
	return session->mechanism.length > 0;
}

static bool
has_store_id(const struct session *session)
{
	return session->store_id.length > 0;
}

static bool
has_auth_user(const struct session *session)
{
	return session->auth_user.length > 0;
}

static bool
has_mailbox(const struct session *session)
{
	return session->mailbox.length > 0;
}

static bool
has_idle_time(const struct session *session)
{
	return session_idle_since_us(session) != 0;
}

static bool
has_octets(const struct session *session)
{
	return session->octets.known;
}

/* What a session may have. */
static const struct {
	enum session_having having;
	bool (*has)(const struct session *session);
} things[] = {
	{ SESSION_MECHANISM, has_mechanism },
	{ SESSION_STORE_ID, has_store_id },
	{ SESSION_AUTH_USER, has_auth_user },
	{ SESSION_MAILBOX, has_mailbox },
	{ SESSION_IDLE_TIME, has_idle_time },
	{ SESSION_OCTETS, has_octets },
};

enum {
	THINGS = sizeof things / sizeof things[0]
};

/* Bit 1 << i: it has things[i]. */
static unsigned
things_of(const struct session *session)
{
	unsigned has = 0;

	for (size_t i = 0; i < THINGS; i++)
		has |= (unsigned)things[i].has(session) << i;
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
	    session_set_process(view, session, true, err) == -1 ||
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
	if (session_set_process(view, &old, false, err) == -1 ||
	    session_set_process(view, session, true, err) == -1 ||
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

/* A port is of the address that it was told with. Rows of older stores have no idle time yet. */
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
	if (write_session(view, &session, err) == -1)
		return -1;
	return set_having(view, key, 0, things_of(&session), err);
}

int
session_count(struct view *view, struct session_key key, const struct octets *octets,
    int64_t active_us, struct error *err)
{
	struct session session;
	unsigned before;

	if (!session_get(view, key, &session))
		return 0;
	before = things_of(&session);
	session.octets = *octets;
	session.active_us = active_us;
	if (write_session(view, &session, err) == -1)
		return -1;
	return set_having(view, key, before, things_of(&session), err);
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
	    session_set_process(view, &session, false, err) == -1 ||
	    view_delete(view, TABLE_SESSION, KEY(row), err) == -1)
		return -1;
	count_end(view, key.service, count.service == 0, count.all == 0);
	if (tally_move(view, key.service, count.service + 1, count.service, err) == -1)
		return -1;
	return tally_move(view, SERVICE_ALL, count.all + 1, count.all, err);
}
