/* SPDX-License-Identifier: ISC */
/*
 * Sessions that a poll saw before anybody told of their login: it may be a master user's, and is no
 * access of the user until there was time to say so.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/collector_state.h"

enum {
	LOOK_AT_ONCE = 5000
};

/* Nobody tells of what was open when we came, or of what is passed on. */
bool
collector_may_be_told(const struct collector *collector, const struct session *session)
{
	return (collector->news != NULL || collector->log != NULL) &&
	    collector->previous_us != 0 && session->service != SERVICE_PROXY;
}

void
collector_unsaid_add(struct collector *collector, const struct session *session)
{
	struct unsaid_list *list = &collector->unsaid;

	list->all =
	    xgrow(list->all, &list->capacity, list->count + 1, sizeof *list->all);
	list->all[list->count++] =
	    (struct unsaid){ { session->service, session->number },
		    session->created_us };
}

/* The user's own, as far as anybody knows. */
static int
record(struct collector *collector, const struct unsaid *unsaid, struct error *err)
{
	struct view *view = collector_writer(collector);
	struct session session;

	if (view == NULL)
		return -1;
	if (!session_get(view, unsaid->key, &session) ||
	    session.created_us != unsaid->created_us ||
	    session.login_source == TIME_RECORDED)
		return 0;
	user_watch_login(collector->notices.users, view, &session);
	if (!collector_records(collector, &session))
		return 0;
	return user_record_login(view, session.service, session.user, session.login_us,
	    &session.remote.address, err);
}

void
collector_unsaid_look(struct collector *collector)
{
	struct unsaid_list *list = &collector->unsaid;
	int64_t until_us = clock_now_us() - RECONCILE_GRACE_US;
	struct error err = { 0 };
	size_t done = 0;

	while (done < list->count && done < LOOK_AT_ONCE &&
	    list->all[done].created_us <= until_us) {
		if (record(collector, &list->all[done], &err) == -1) {
			collector_write_failed(collector, &err);
			break;
		}
		done++;
	}
	list->count -= done;
	if (done > 0 && list->count > 0)
		memmove(list->all, list->all + done, list->count * sizeof *list->all);
}
