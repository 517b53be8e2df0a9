/* SPDX-License-Identifier: ISC */
/* The users' records: found, searched by what they have, and kept true. */
#include "config.h"

#include <string.h>

#include "agent/store/alias_write.h"
#include "agent/store/record.h"
#include "agent/store/user.h"
#include "agent/store/user_count.h"
#include "agent/store/view.h"

struct having_key {
	uint8_t having; /* a service */
	struct user_key user;
};

/* The key's own octets are the row's key. */
static MDB_val
key_value(const struct user_key *key)
{
	return (MDB_val){ 1 + (size_t)key->length, (void *)(uintptr_t)key };
}

static bool
is_key(const char *data, size_t length)
{
	return length >= 2 && length <= sizeof(struct user_key) &&
	    (uint8_t)data[0] == length - 1;
}

static bool
key_from_value(struct user_key *key, const char *data, size_t length)
{
	if (!is_key(data, length))
		return false;
	memcpy(key, data, length);
	return true;
}

static int
decode(struct view *view, MDB_val key, MDB_val value, struct user *user)
{
	struct text name = { (const char *)key.mv_data + 1, key.mv_size - 1 };

	if (!record_get_user(value.mv_data, value.mv_size, user, name))
		return view_damaged(view, TABLE_USER, "no user");
	return 1;
}

int
user_get(struct view *view, const struct user_key *key, struct user *user)
{
	MDB_val value;

	if (key->length == 0 || !view_find(view, TABLE_USER, key_value(key), &value))
		return 0;
	if (!decode(view, key_value(key), value, user))
		return 0;
	return 1;
}

int
user_find(struct view *view, struct text name, struct user *user)
{
	struct user_key key;
	int found = 0;

	if (user_key_make(&key, name, NULL) == 0)
		found = user_get(view, &key, user);
	if (found)
		user->name = name; /* KEY does not outlive us */
	return found;
}

static int
seek_any(struct view *view, const struct user_key *key, bool after,
    struct user_key *found, struct user *user)
{
	MDB_val k = key->length > 0 ? key_value(key) : (MDB_val){ 0 };
	MDB_val value;

	if (!view_seek(view, TABLE_USER, &k, after, &value))
		return 0;
	if (!key_from_value(found, k.mv_data, k.mv_size))
		return view_damaged(view, TABLE_USER, "a key's length");
	return decode(view, k, value, user);
}

int
user_next(struct view *view, struct text *key, struct user *user)
{
	MDB_val value;
	MDB_val k;

	if (!view_next(view, TABLE_USER, &k, &value))
		return 0;
	if (!is_key(k.mv_data, k.mv_size))
		return view_damaged(view, TABLE_USER, "a key's length");
	*key = (struct text){ (const char *)k.mv_data + 1, k.mv_size - 1 };
	return decode(view, k, value, user);
}

static MDB_val
having_value(const struct having_key *key)
{
	return (MDB_val){ 2 + (size_t)key->user.length, (void *)(uintptr_t)key };
}

int
user_seek(struct view *view, enum service having, const struct user_key *key,
    bool after, struct user_key *found, struct user *user)
{
	struct having_key wanted = { (uint8_t)having, *key };
	MDB_val k = having_value(&wanted);
	MDB_val value;
	MDB_val row;

	if (having == SERVICE_NONE)
		return seek_any(view, key, after, found, user);
	if (key->length == 0)
		k.mv_size = 1;
	if (!view_seek(view, TABLE_HAVING, &k, after, &value))
		return 0;
	if (*(const uint8_t *)k.mv_data != having)
		return 0;
	if (!key_from_value(found, (const char *)k.mv_data + 1, k.mv_size - 1))
		return view_damaged(view, TABLE_HAVING, "a key's length");
	row = (MDB_val){ k.mv_size - 1, (char *)k.mv_data + 1 };
	if (!view_find(view, TABLE_USER, row, &value))
		return view_damaged(view, TABLE_HAVING, "no such user");
	return decode(view, row, value, user);
}

static int
set_having(struct view *view, enum service service, const struct user_key *key,
    bool has, struct error *err)
{
	struct having_key row = { (uint8_t)service, *key };

	if (has)
		return view_put(
		    view, TABLE_HAVING, having_value(&row), (MDB_val){ 0 }, err);
	return view_delete(view, TABLE_HAVING, having_value(&row), err);
}

static int
add_having(struct view *view, enum service service, const struct user_key *key,
    struct text name, struct error *err)
{
	if (set_having(view, service, key, true, err) == -1)
		return -1;
	return alias_add(view, service, key, name, err);
}

/* The user's record at SERVICE, made if there is none, in its place by service. */
static struct access *
make_access(struct user *user, enum service service)
{
	size_t at = 0;

	while (at < user->naccess && user->access[at].service < service)
		at++;
	if (at == user->naccess || user->access[at].service != service) {
		memmove(&user->access[at + 1], &user->access[at],
		    (user->naccess - at) * sizeof user->access[0]);
		memset(&user->access[at], 0, sizeof user->access[at]);
		user->access[at].service = service;
		user->naccess++;
	}
	return &user->access[at];
}

static void
drop_access(struct user *user, struct access *access)
{
	size_t at = (size_t)(access - user->access);

	user->naccess--;
	memmove(access, access + 1, (user->naccess - at) * sizeof *access);
}

/* A user's record between reading and writing it. */
struct change {
	struct user_key key;
	struct user user;
	uint32_t away; /* tally_away_day() before */
};

/* The record of NAME, empty if there is none. */
static int
load(struct view *view, struct text name, struct change *change, struct error *err)
{
	struct user *user = &change->user;

	if (user_key_make(&change->key, name, err) == -1)
		return -1;
	if (!user_get(view, &change->key, user))
		memset(user, 0, sizeof *user);
	/* What the store lends does not survive a write. */
	user->name = name;
	change->away = tally_away_day(user);
	return 0;
}

static int
save(struct view *view, const struct change *change, struct error *err)
{
	const struct user *user = &change->user;
	uint8_t buffer[RECORD_SIZE];
	size_t length;

	if (tally_move_away(view, change->away, tally_away_day(user), err) == -1)
		return -1;
	if (user->naccess == 0) {
		if (alias_forget(view, user, err) == -1)
			return -1;
		return view_delete(view, TABLE_USER, key_value(&change->key), err);
	}
	if (alias_add(view, SERVICE_NONE, &change->key, user->name, err) == -1)
		return -1;
	length = record_put_user(buffer, user, &change->key);
	return view_put(view, TABLE_USER, key_value(&change->key),
	    (MDB_val){ length, buffer }, err);
}

/* Notes a login; the first one also under what the user has. */
static int
note_login(struct view *view, struct change *change, struct access *access,
    int64_t login_us, const struct address *address, struct error *err)
{
	const struct user_key *key = &change->key;

	if (login_us == 0)
		return 0;
	if (access_last_us(access) == 0 &&
	    (add_having(view, access->service, key, change->user.name, err) == -1 ||
		(user_last_us(&change->user, SERVICE_ALL) == 0 &&
		    add_having(view, SERVICE_ALL, key, change->user.name, err) == -1)))
		return -1;
	if (login_us >= access->login_us) {
		access->login_us = login_us;
		if (address->length > 0)
			access->address = *address;
	}
	return 0;
}

int
user_record_login(struct view *view, enum service service, struct text name,
    int64_t login_us, const struct address *address, struct error *err)
{
	struct change change;

	if (load(view, name, &change, err) == -1 ||
	    note_login(view, &change, make_access(&change.user, service), login_us,
		address, err) == -1)
		return -1;
	return save(view, &change, err);
}

int
user_record_logout(struct view *view, enum service service, struct text name,
    int64_t logout_us, struct error *err)
{
	struct access *access;
	struct change change;

	if (load(view, name, &change, err) == -1)
		return -1;
	access = make_access(&change.user, service);
	if (access->login_us == 0 || logout_us <= access->logout_us)
		return 0;
	access->logout_us = logout_us;
	return save(view, &change, err);
}

int
user_begin_session(struct view *view, const struct session *session, bool record_access,
    struct user_count *count, struct error *err)
{
	struct access *access;
	struct change change;

	if (load(view, session->user, &change, err) == -1)
		return -1;
	access = make_access(&change.user, session->service);
	if (record_access &&
	    note_login(view, &change, access, session->login_us,
		&session->remote.address, err) == -1)
		return -1;
	access->sessions++;
	*count = (struct user_count){ access->sessions, change.user.sessions + 1 };
	return save(view, &change, err);
}

int
user_end_session(struct view *view, const struct session *session, int64_t end_us,
    bool record_access, struct user_count *count, struct error *err)
{
	char name[USER_NAME_MAX];
	struct text text = { name, session->user.length };
	struct access *access;
	struct change change;
	uint32_t all;

	if (session->user.length > sizeof name)
		return error_set(err, "the name in a session is too long");
	memcpy(name, session->user.data, session->user.length);
	if (load(view, text, &change, err) == -1)
		return -1;
	access = make_access(&change.user, session->service);
	/* Only what was recorded as a login can have a logout. */
	if (record_access && access->login_us != 0 && end_us > access->logout_us)
		access->logout_us = end_us;
	access->sessions -= access->sessions > 0;
	all = change.user.sessions;
	*count = (struct user_count){ access->sessions, all > 0 ? all - 1 : 0 };
	if (access->sessions == 0 && access_last_us(access) == 0)
		drop_access(&change.user, access);
	return save(view, &change, err);
}

/* Takes a user away with everything that says what he has. */
static int
forget(struct view *view, const struct user_key *key, const struct user *user,
    struct error *err)
{
	if (alias_forget(view, user, err) == -1 ||
	    tally_move_away(view, tally_away_day(user), 0, err) == -1)
		return -1;
	for (size_t i = 0; i < user->naccess; i++)
		if (set_having(view, user->access[i].service, key, false, err) == -1)
			return -1;
	if (set_having(view, SERVICE_ALL, key, false, err) == -1)
		return -1;
	return view_delete(view, TABLE_USER, key_value(key), err);
}

int
user_expire(struct view *view, int64_t before_us, size_t limit, struct user_key *key,
    size_t *forgotten, struct error *err)
{
	struct user_key found;
	struct user user;

	*forgotten = 0;
	for (size_t i = 0; i < limit; i++) {
		if (!user_seek(view, SERVICE_NONE, key, true, &found, &user)) {
			key->length = 0;
			return 0;
		}
		*key = found;
		if (user.sessions > 0 || user_last_us(&user, SERVICE_ALL) >= before_us)
			continue;
		if (forget(view, key, &user, err) == -1)
			return -1;
		++*forgotten;
	}
	return 0;
}

int
user_count_away(struct view *view, struct error *err)
{
	struct user_key key = { 0 };
	struct user user;

	while (user_seek(view, SERVICE_NONE, &key, true, &key, &user))
		if (tally_move_away(view, 0, tally_away_day(&user), err) == -1)
			return -1;
	return 0;
}
