/* SPDX-License-Identifier: ISC */
/* The users by pseudonym: found, and kept as the users come and go. */
#include "config.h"

#include <string.h>

#include "agent/store/alias.h"
#include "agent/store/alias_write.h"
#include "agent/store/user.h"
#include "agent/store/view.h"

/* Only what is not there is written: most logins are of users who have been there. */
int
alias_add(struct view *view, enum service having, const struct user_key *key,
    struct text name, struct error *err)
{
	struct alias_key row = { .having = (uint8_t)having };
	MDB_val value;

	if (view->store->pseudonyms == NULL)
		return 0;
	if (!privacy_pseudonym(view->store->pseudonyms, name, &row.pseudonym))
		return error_set(err, "libcrypto makes no pseudonym");
	if (view_find(view, TABLE_ALIAS, alias_value(&row), &value))
		return 0;
	value = (MDB_val){ 1 + (size_t)key->length, (void *)(uintptr_t)key };
	return view_put(view, TABLE_ALIAS, alias_value(&row), value, err);
}

int
alias_forget(struct view *view, const struct user *user, struct error *err)
{
	struct alias_key row = { .having = SERVICE_NONE };

	if (view->store->pseudonyms == NULL)
		return 0;
	if (!privacy_pseudonym(view->store->pseudonyms, user->name, &row.pseudonym))
		return error_set(err, "libcrypto makes no pseudonym");
	for (; row.having < SERVICE_END; row.having++)
		if (view_delete(view, TABLE_ALIAS, alias_value(&row), err) == -1)
			return -1;
	return 0;
}

/* The user whom a row of ours is of. */
static int
get_user(struct view *view, const MDB_val *value, struct user *user)
{
	const struct user_key *key = value->mv_data;

	if (value->mv_size < 2 || value->mv_size != 1 + (size_t)key->length ||
	    !user_get(view, key, user))
		return view_damaged(view, TABLE_ALIAS, "no such user");
	return 1;
}

int
alias_get(struct view *view, const struct user_key *pseudonym, struct user *user)
{
	struct alias_key row = { SERVICE_NONE, *pseudonym };
	MDB_val value;

	return view_find(view, TABLE_ALIAS, alias_value(&row), &value) &&
	    get_user(view, &value, user);
}

int
alias_seek(struct view *view, enum service having, const struct user_key *pseudonym,
    bool after, struct user_key *found, struct user *user)
{
	struct alias_key row = { (uint8_t)having, *pseudonym };
	MDB_val key = alias_value(&row);
	const struct alias_key *next;
	MDB_val value;

	if (!view_seek(view, TABLE_ALIAS, &key, after, &value))
		return 0;
	next = key.mv_data;
	if (next->having != having)
		return 0;
	if (key.mv_size != 2 + PSEUDONYM_LENGTH ||
	    next->pseudonym.length != PSEUDONYM_LENGTH)
		return view_damaged(view, TABLE_ALIAS, "a key's length");
	memcpy(found, &next->pseudonym, 1 + PSEUDONYM_LENGTH);
	return get_user(view, &value, user);
}
