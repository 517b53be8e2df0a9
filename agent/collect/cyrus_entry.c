/* SPDX-License-Identifier: ISC */
/*
 * What is heard of one process of Cyrus: its file, whose states may be skipped if they are short, and
 * events, which may come before the file tells or after. A connection ends with its file's deletion.
 */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/cyrus_table.h"
#include "agent/collect/reconcile.h"

enum {
	/* An event's time is cut to ms, and a file's comes from a clock that is behind. */
	EVENT_SLACK_US = 2 * CLOCK_MS_US
};

static bool
is_in(const struct cyrus_entry *entry)
{
	return entry->session.service != SERVICE_NONE;
}

static bool
is_of(const struct cyrus_entry *entry, enum service service, struct text user)
{
	return is_in(entry) &&
	    session_compare_user(&entry->session, service, user) == 0;
}

static struct text
keep_text(char **kept, struct text text)
{
	char *copy = text.length > 0 ? xmemdup0(text.data, text.length) : NULL;

	free(*kept);
	*kept = copy;
	return (struct text){ copy, text.length };
}

static void
forget(struct cyrus_entry *entry)
{
	entry->session.service = SERVICE_NONE;
	entry->connection = (struct connection_id){ 0 };
	entry->confirmed = false;
	entry->owed = 0;
}

/* What its client does, which is no news: the listing tells it. */
static void
note_activity(struct cyrus_entry *entry, const struct cyrus_file *file)
{
	struct session *session = &entry->session;

	session->active_us = file->written_us;
	if (!text_equal(session->mailbox, file->proc.mailbox))
		session->mailbox = keep_text(&entry->mailbox, file->proc.mailbox);
}

/* The collector has seen the process end, and whatever it had is over. */
static void
look_at_end(struct cyrus_entry *entry)
{
	if (entry->ended_us != 0 && is_in(entry) &&
	    entry->session.login_us <= entry->ended_us)
		forget(entry);
	entry->ended_us = 0;
}

static void
end(struct cyrus_entry *entry, int64_t ended_us, cyrus_tell *tell, void *arg)
{
	const struct session *session = &entry->session;

	if (!is_in(entry))
		return;
	tell(arg,
	    &(struct news){ .kind = NEWS_LOGOUT,
		.session = *session,
		.ended_us =
		    ended_us > session->login_us ? ended_us : session->login_us });
	forget(entry);
}

/* The texts become the entry's own. */
static void
begin(struct cyrus_entry *entry, const struct session *login)
{
	entry->session = *login;
	entry->session.user = keep_text(&entry->user, login->user);
	entry->session.store_id = keep_text(&entry->store_id, login->store_id);
	entry->session.mailbox = keep_text(&entry->mailbox, login->mailbox);
	entry->session.process.pid = entry->pid;
}

/* A connection that was deleted meanwhile had the user's session, and this is another one's. */
static bool
is_another(const struct cyrus_entry *entry, const struct cyrus_seen *seen)
{
	return entry->confirmed && entry->deletions > entry->owed &&
	    (entry->written_us != seen->file->written_us ||
		entry->inode != seen->file->inode);
}

bool
cyrus_entry_begins(const struct cyrus_entry *entry, const struct cyrus_seen *seen)
{
	return seen->file != NULL && seen->service != SERVICE_NONE &&
	    (!is_of(entry, seen->service, seen->file->proc.user) ||
		is_another(entry, seen));
}

static void
begin_seen(struct cyrus_entry *entry, const struct cyrus_seen *seen, cyrus_tell *tell,
    void *arg)
{
	struct session session = {
		.service = seen->service,
		.user = seen->file->proc.user,
		.login_us = seen->file->written_us,
		.login_source = seen->source,
		.created_us = seen->now_us,
		.local = seen->local,
		.remote = seen->remote,
	};

	begin(entry, &session);
	if (!seen->old)
		tell(arg, &(struct news){ .session = entry->session });
}

/* What was written before an event told of the login says nothing of it. */
static bool
may_be_older(const struct cyrus_entry *entry, const struct cyrus_file *file)
{
	return !entry->confirmed &&
	    file->written_us < entry->session.login_us + EVENT_SLACK_US;
}

static void
note_file(struct cyrus_entry *entry, const struct cyrus_file *file)
{
	unsigned heard = entry->deletions;

	entry->owed -= heard < entry->owed ? heard : entry->owed;
	entry->deletions = 0;
	entry->has_file = file != NULL;
	if (file == NULL)
		return;
	entry->written_us = file->written_us;
	entry->inode = file->inode;
}

void
cyrus_entry_see(struct cyrus_entry *entry, const struct cyrus_seen *seen,
    cyrus_tell *tell, void *arg)
{
	bool begins;

	look_at_end(entry);
	begins = cyrus_entry_begins(entry, seen);
	note_file(entry, seen->file);
	if (seen->file == NULL) {
		end(entry, seen->now_us, tell, arg);
	} else if (begins) {
		end(entry, seen->file->written_us, tell, arg);
		begin_seen(entry, seen, tell, arg);
		entry->connection = seen->connection;
		entry->confirmed = true;
	} else if (seen->service != SERVICE_NONE) {
		entry->confirmed = entry->confirmed || entry->owed == 0;
		if (entry->confirmed && !connection_id_is_known(&entry->connection))
			entry->connection = seen->connection;
	} else if (is_in(entry) && !may_be_older(entry, seen->file)) {
		end(entry, seen->file->written_us, tell, arg);
	}
	if (seen->file != NULL && is_in(entry))
		note_activity(entry, seen->file);
}

/* The file told of it first. */
static bool
is_same(const struct cyrus_entry *entry, const struct session *login)
{
	return is_of(entry, login->service, login->user) &&
	    reconcile_begins(login, &entry->session, true);
}

static void
tell_more(
    struct cyrus_entry *entry, const struct session *login, cyrus_tell *tell, void *arg)
{
	struct session *session = &entry->session;

	if (session->store_id.length == 0 && login->store_id.length > 0)
		session->store_id = keep_text(&entry->store_id, login->store_id);
	if (session->local.port == 0) {
		session->local = login->local;
		session->remote = login->remote;
	}
	tell(arg, &(struct news){ .kind = NEWS_MORE, .session = *session });
}

void
cyrus_entry_login(
    struct cyrus_entry *entry, const struct session *login, cyrus_tell *tell, void *arg)
{
	unsigned owed;

	look_at_end(entry);
	owed = entry->owed;
	if (is_same(entry, login)) {
		tell_more(entry, login, tell, arg);
		return;
	}
	if (is_in(entry))
		owed++;
	end(entry, login->login_us, tell, arg);
	begin(entry, login);
	entry->owed = owed;
	tell(arg, &(struct news){ .session = entry->session });
}

void
cyrus_entry_list(const struct cyrus_entry *entry, struct listing *listing)
{
	const struct session *session = &entry->session;
	bool recorded = session->login_source == TIME_RECORDED;

	if (!is_in(entry) ||
	    (entry->ended_us != 0 && session->login_us <= entry->ended_us))
		return;
	listing_add(listing,
	    &(struct listed){ .service = session->service,
		.pid = entry->pid,
		.count = 1,
		.user = session->user,
		.remote = session->remote.address,
		.connection = entry->connection,
		.began_us = recorded ? session->login_us : 0,
		.began_source = session->login_source,
		.mailbox = session->mailbox,
		.active_us = session->active_us });
}
