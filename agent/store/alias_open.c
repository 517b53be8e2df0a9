/* SPDX-License-Identifier: ISC */
/*
 * The pseudonyms as a whole: thrown away and made anew when the mode or the key has changed.
 * Rows are sorted in memory first and appended: in the order of names every one would touch
 * another page.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/store/alias.h"
#include "agent/store/alias_write.h"
#include "agent/store/record.h"

/* What the pseudonyms in the store were made with: privacy_key_mark(), or one of these. */
#define MARK_ALIASES "pseudonyms"

enum {
	ALIASES_NONE = 0,
	ALIASES_UNDER_WAY = -1,
	ROWS_AT_ONCE = 50000
};

/* A user; his key is in the picture of the store that he was read from. */
struct entry {
	char pseudonym[PSEUDONYM_LENGTH];
	MDB_val key;
	unsigned having; /* bits 1 << service */
};

struct entries {
	struct entry *first;
	struct entry *last; /* behind the last one */
};

static unsigned
find_having(const struct user *user)
{
	unsigned having = 1u << SERVICE_NONE;

	for (size_t i = 0; i < user->naccess; i++)
		if (access_last_us(&user->access[i]) != 0)
			having |= 1u << SERVICE_ALL | 1u << user->access[i].service;
	return having;
}

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	return memcmp(x->pseudonym, y->pseudonym, PSEUDONYM_LENGTH);
}

/* What a row of the users becomes. False if it is none. */
static bool
make_entry(
    struct entry *entry, MDB_val key, MDB_val value, const struct privacy *privacy)
{
	struct text name = { (const char *)key.mv_data + 1, key.mv_size - 1 };
	struct user_key pseudonym;
	struct user user;

	if (!record_get_user(value.mv_data, value.mv_size, &user, name) ||
	    !privacy_pseudonym(privacy, user.name, &pseudonym))
		return false;
	memcpy(entry->pseudonym, pseudonym.name, PSEUDONYM_LENGTH);
	entry->key = key;
	entry->having = find_having(&user);
	return true;
}

/* Every user of VIEW, by pseudonym; the caller frees them. */
static struct entries
collect(struct view *view, const struct privacy *privacy)
{
	size_t count = (size_t)store_count_users(view);
	struct entries all = { xcalloc(count, sizeof *all.first), NULL };
	MDB_val key = { 0 };
	MDB_val value;

	all.last = all.first;
	while (all.last < all.first + count &&
	    view_seek(view, TABLE_USER, &key, key.mv_size > 0, &value)) {
		if (make_entry(all.last, key, value, privacy))
			all.last++;
		else
			view_damaged(view, TABLE_USER, "no user");
	}
	qsort(all.first, (size_t)(all.last - all.first), sizeof *all.first, compare);
	return all;
}

/* Commits what went well, and gives the rest up. */
static int
end(struct view *view, int rc, struct error *err)
{
	if (rc == 0)
		return store_commit(view, err);
	store_abort(view);
	return -1;
}

static int
append(struct view *view, enum service having, const struct entry *entry,
    struct error *err)
{
	struct alias_key row = { (uint8_t)having, { .length = PSEUDONYM_LENGTH } };

	memcpy(row.pseudonym.name, entry->pseudonym, PSEUDONYM_LENGTH);
	return view_append(view, TABLE_ALIAS, alias_value(&row), entry->key, err);
}

/* Writes a share of the rows HAVING that, and moves ON behind them. */
static int
append_some(struct store *store, enum service having, struct entry **on,
    const struct entry *last, struct error *err)
{
	struct view *view;
	size_t rows = 0;
	int rc = 0;

	if (store_begin(&view, store, err) == -1)
		return -1;
	for (; rc == 0 && *on < last && rows < ROWS_AT_ONCE; ++*on) {
		if (!((*on)->having & 1u << having))
			continue;
		rc = append(view, having, *on, err);
		rows++;
	}
	return end(view, rc, err);
}

static int
append_all(struct store *store, const struct entries *all, struct error *err)
{
	for (enum service having = SERVICE_NONE; having < SERVICE_END; having++)
		for (struct entry *on = all->first; on < all->last;)
			if (append_some(store, having, &on, all->last, err) == -1)
				return -1;
	return 0;
}

static int
fill(struct store *store, const struct privacy *privacy, struct error *err)
{
	struct entries all;
	struct view *view;
	int rc;

	if (view_open(&view, store, err) == -1)
		return -1;
	all = collect(view, privacy);
	rc = append_all(store, &all, err);
	free(all.first);
	view_close(view);
	return rc;
}

static int
set_mark(struct store *store, int64_t mark, bool clear, struct error *err)
{
	struct view *view;
	int rc = 0;

	if (store_begin(&view, store, err) == -1)
		return -1;
	if (clear)
		rc = view_clear(view, TABLE_ALIAS, err);
	if (rc == 0)
		rc = store_set_mark(view, MARK_ALIASES, mark, err);
	return end(view, rc, err);
}

static int
get_mark(struct store *store, int64_t *mark, struct error *err)
{
	struct view *view;

	if (view_open(&view, store, err) == -1)
		return -1;
	*mark = store_get_mark(view, MARK_ALIASES);
	view_close(view);
	return 0;
}

int
alias_open(struct store *store, const struct privacy *privacy, struct error *err)
{
	bool wanted = privacy->mode == PRIVACY_PSEUDONYMOUS;
	int64_t mark = wanted ? privacy_key_mark(privacy) : ALIASES_NONE;
	int64_t found;

	store->pseudonyms = wanted ? privacy : NULL;
	if (get_mark(store, &found, err) == -1)
		return -1;
	if (found == mark)
		return 0;
	if (set_mark(store, ALIASES_UNDER_WAY, true, err) == -1 ||
	    (wanted && fill(store, privacy, err) == -1) ||
	    set_mark(store, mark, false, err) == -1)
		return -1;
	return 1;
}
