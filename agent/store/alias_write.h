/* SPDX-License-Identifier: ISC */
/* Inside the store only: the rows of pseudonyms, and how they follow the users. */
#ifndef IMSC_STORE_ALIAS_WRITE_H
#define IMSC_STORE_ALIAS_WRITE_H

#include "agent/store/view.h"
#include "agent/user_key.h"

/* Every user is under SERVICE_NONE, and those who have been there under a service and ALL. */
struct alias_key {
	uint8_t having;
	struct user_key pseudonym;
};

static inline MDB_val
alias_value(const struct alias_key *key)
{
	return (MDB_val){ 2 + (size_t)key->pseudonym.length, (void *)(uintptr_t)key };
}

/*
 * The user is found by pseudonym from now on, among those HAVING that. This and the next do
 * nothing unless pseudonyms are kept.
 */
int alias_add(struct view *view, enum service having, const struct user_key *key,
    struct text name, struct error *err);

/* Takes all of a user's rows away. To be called while USER's name can still be read. */
int alias_forget(struct view *view, const struct user *user, struct error *err);

#endif
