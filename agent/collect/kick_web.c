/* SPDX-License-Identifier: ISC */
/* Ending sessions of webmail: one walk through them for all kicks. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/kick_web.h"
#include "agent/store/ended.h"

static int
compare(const void *a, const void *b)
{
	return text_compare(
	    (*(struct kick *const *)a)->user, (*(struct kick *const *)b)->user);
}

static int
compare_user(const void *user, const void *kick)
{
	return text_compare(
	    *(const struct text *)user, (*(struct kick *const *)kick)->user);
}

static bool
is_about(const struct kick *kick, const struct session *session)
{
	return kick->session.number == 0 ||
	    (kick->session.service == SERVICE_HTTP &&
		kick->session.number == session->number);
}

/* The kick that is about a session; NULL if none is. */
static struct kick *
find(struct kick *const *by_user, size_t count, const struct session *session)
{
	struct kick *const *found =
	    bsearch(&session->user, by_user, count, sizeof *by_user, compare_user);

	if (found == NULL)
		return NULL;
	while (found > by_user && text_equal(found[-1]->user, session->user))
		found--;
	for (; found < by_user + count && text_equal((*found)->user, session->user);
	     found++)
		if (is_about(*found, session))
			return *found;
	return NULL;
}

static void
count_end(struct kick *kick)
{
	kick->asked++;
	kick->ended++;
	kick->ended_of[SERVICE_HTTP]++;
	if (kick->result == AUDIT_NOTHING)
		kick->result = AUDIT_DONE;
	else if (kick->result == AUDIT_FAILED)
		kick->result = AUDIT_PARTIAL;
}

/* What webmail itself did not tell of it cannot be told of. */
static int
end_session(struct view *view, const struct conf *conf, const struct session *session,
    struct error *err)
{
	struct session_key key = { session->service, session->number };
	bool record = conf_records(conf, session->auth_user);
	int64_t now_us = clock_now_us();
	char name[ENDED_NAME_MAX];
	struct text id = { name, session->store_id.length };

	if (id.length > sizeof name)
		id.length = sizeof name;
	if (id.length > 0) {
		memcpy(name, session->store_id.data, id.length);
		if (ended_put(view, id, now_us, err) == -1)
			return -1;
	}
	return session_end(view, key, now_us, record, err);
}

int
kick_web(struct view *view, const struct conf *conf, struct kick *kicks, size_t count,
    struct error *err)
{
	struct session_key key = { SERVICE_HTTP, 0 };
	struct kick **by_user = xcalloc(count, sizeof *by_user);
	struct session session;
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		by_user[i] = &kicks[i];
	qsort(by_user, count, sizeof *by_user, compare);
	while (rc == 0 && session_seek(view, SESSION_ANY, key, true, &session) &&
	    session.service == SERVICE_HTTP) {
		struct kick *kick = NULL;

		key.number = session.number;
		if (session_is_web(&session))
			kick = find(by_user, count, &session);
		if (kick == NULL)
			continue;
		rc = end_session(view, conf, &session, err);
		count_end(kick);
	}
	free(by_user);
	return rc;
}
