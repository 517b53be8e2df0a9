/* SPDX-License-Identifier: ISC */
/*
 * The users by pseudonym: another order of the same users, kept while SNMP shows pseudonyms,
 * so that what comes next there is one seek, too. Nothing of it is left otherwise.
 */
#ifndef IMSC_STORE_ALIAS_H
#define IMSC_STORE_ALIAS_H

#include "agent/privacy.h"
#include "agent/store/store.h"

/*
 * Says how users are shown, before anything is written in this store. With another mode or
 * key than the last time, what was kept is thrown away, and made anew if it is wanted: some
 * seconds for a million users. Returns 1 if so, 0 if all was as it has to be. PRIVACY is
 * borrowed as long as the store is open.
 */
int alias_open(struct store *store, const struct privacy *privacy, struct error *err);

/* As user_get() and user_seek(), with pseudonyms for keys. */
int alias_get(struct view *view, const struct user_key *pseudonym, struct user *user);
int alias_seek(struct view *view, enum service having, const struct user_key *pseudonym,
    bool after, struct user_key *found, struct user *user);

#endif
