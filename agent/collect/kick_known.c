/* SPDX-License-Identifier: ISC */
/* Which connections are whose. A port passes from one client to another, so later logins count. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/kick_known.h"

static int
compare_addresses(const struct address *a, const struct address *b)
{
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->length);
}

static bool
same_session(struct session_key a, struct session_key b)
{
	return a.service == b.service && a.number == b.number;
}

static int
compare_known(const void *first, const void *second)
{
	const struct kick_known *a = first;
	const struct kick_known *b = second;
	int order = compare_addresses(&a->remote.address, &b->remote.address);

	if (order != 0)
		return order;
	if (a->request != b->request)
		return a->request < b->request ? -1 : 1;
	return (a->remote.port > b->remote.port) - (a->remote.port < b->remote.port);
}

static struct session_key
key_of(const struct session *session)
{
	return (struct session_key){ session->service, session->number };
}

/* Keeps a session of a request's user, once for each request. */
static void
take(struct kick_known_list *list, const struct kick_requests *requests,
    const struct session *session, int64_t compared_us)
{
	for (size_t i = kick_requests_find(requests, session->user);
	     i < requests->count &&
	     text_equal(requests->all[i].kick->user, session->user);
	     i++) {
		struct kick_request *request = &requests->all[i];

		list->all = xgrow(
		    list->all, &list->capacity, list->count + 1, sizeof *list->all);
		list->all[list->count++] = (struct kick_known){
			.request = request,
			.session = key_of(session),
			.witness = kick_request_is_single(request) &&
			    !same_session(request->kick->session, key_of(session)),
			.old = session->login_us < compared_us,
			.pid = session->process.pid,
			.local = session->local,
			.remote = session->remote,
			.login_us = session->login_us,
		};
	}
}

/* What a session says of the connection of another one. */
static void
doubt(struct kick_known *known, const struct session *session)
{
	bool same_user = text_equal(known->request->kick->user, session->user);

	if (same_session(known->session, key_of(session)))
		return;
	if (session->login_source == TIME_RECORDED) {
		if (session->remote.port == known->remote.port &&
		    session->login_us >= known->login_us &&
		    (session->local.port == known->local.port ||
			session->local.port == 0 || known->local.port == 0))
			known->state = KNOWN_UNSURE;
	} else if (session->created_us > known->login_us &&
	    (!same_user || kick_request_is_single(known->request))) {
		/* One that nobody told of: it may have got any port since. */
		known->state = KNOWN_UNSURE;
	}
}

static void
doubt_all(struct kick_known_list *list, const struct session *session)
{
	const struct address *remote = &session->remote.address;
	size_t low = 0;
	size_t high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_addresses(&list->all[middle].remote.address, remote) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (
	    low < list->count && address_equal(&list->all[low].remote.address, remote))
		doubt(&list->all[low++], session);
}

/* What webmail's sessions have of a connection is of one that may be long over. */
int
kick_known_next(struct view *view, struct session *session)
{
	while (session_seek(view, SESSION_ANY, key_of(session), true, session))
		if (!session_is_web(session))
			return 1;
	return 0;
}

void
kick_known_read(struct kick_known_list *list, const struct kick_requests *requests,
    struct view *view, int64_t until_us)
{
	int64_t compared_us = store_get_mark(view, STORE_MARK_COMPARED);
	struct session session = { 0 };

	list->count = 0;
	while (kick_known_next(view, &session))
		if (session.login_source == TIME_RECORDED &&
		    session.login_us <= until_us && session.remote.port != 0)
			take(list, requests, &session, compared_us);
	if (list->count == 0)
		return;
	qsort(list->all, list->count, sizeof *list->all, compare_known);
	session = (struct session){ 0 };
	while (kick_known_next(view, &session))
		doubt_all(list, &session);
}

void
kick_known_free(struct kick_known_list *list)
{
	free(list->all);
	*list = (struct kick_known_list){ 0 };
}

uint32_t
kick_known_arrived(struct view *view, struct text user, uint32_t pid, int64_t since_us,
    int64_t until_us)
{
	struct session_ref ref = { .pid = pid };
	struct session session;
	uint32_t arrived = 0;

	while (session_seek_process(view, &ref) && ref.pid == pid)
		if (session_get(view, ref.session, &session) &&
		    session.login_source == TIME_RECORDED &&
		    session.login_us > since_us && session.login_us <= until_us &&
		    text_equal(session.user, user))
			arrived++;
	return arrived;
}
