/* SPDX-License-Identifier: ISC */
/*
 * How sessions are told to end. The mail server ends them itself if it can; but those that
 * hibernate only if nothing else does, since Dovecot 2.4.1's anvil spins for ever when their
 * process ends later. Else, a process of one session gets a signal, so that it can say
 * good-bye to its client. Of a process that has several, or may get another one at any moment,
 * the sessions end by their connections; it gets a signal only if that is not possible and
 * all that it serves is to end.
 */
#include "config.h"

#include "agent/collect/kick_connection.h"
#include "agent/collect/kick_end.h"
#include "agent/store/lock.h"

/* What is looked at while it is decided. */
struct deciding {
	const struct kick_requests *requests;
	const struct listing *listing;
	const struct kick_tools *tools;
	bool shared[SERVICE_END]; /* some of its processes have several sessions */
};

static void
find_shared(struct deciding *deciding)
{
	const struct listing *listing = deciding->listing;
	size_t i = 0;

	while (i < listing->count) {
		const struct listed *first = &listing->rows[i];
		uint32_t sessions = 0;

		for (; i < listing->count && listing->rows[i].pid == first->pid; i++)
			sessions += listing->rows[i].count;
		if (sessions > 1 && !deciding->shared[first->service] &&
		    !backend_hibernates(deciding->tools->backend, first->pid))
			deciding->shared[first->service] = true;
	}
}

/* Whether all sessions of the user are to end. */
static bool
is_asked(const struct kick_requests *requests, struct text user)
{
	for (size_t i = kick_requests_find(requests, user);
	     i < requests->count && text_equal(requests->all[i].kick->user, user); i++)
		if (!kick_request_is_single(&requests->all[i]))
			return true;
	return false;
}

/* Whether all that the process serves is to end. */
static bool
serves_only_asked(const struct deciding *deciding, const struct kick_process *target)
{
	const struct kick_request *request = target->request;
	size_t count;
	const struct listed *rows =
	    listing_of_process(deciding->listing, target->pid, &count);

	if (kick_request_is_single(request) && count == 1 && rows[0].count == 1 &&
	    (kick_request_is_web(request) || kick_request_is_at(request, &rows[0])))
		return true;
	for (size_t i = 0; i < count; i++)
		if (!is_asked(deciding->requests, rows[i].user))
			return false;
	return true;
}

static bool
may_serve_others(const struct deciding *deciding, const struct kick_process *target,
    uint32_t everybody)
{
	return everybody > 1 || deciding->shared[target->service] ||
	    backend_hibernates(deciding->tools->backend, target->pid);
}

/* Whether the row is of a session that is to end. ALONE: its process serves nothing else. */
static bool
is_wanted(const struct kick_request *request, const struct listed *row, bool alone)
{
	return text_equal(row->user, request->kick->user) &&
	    (!kick_request_is_single(request) || kick_request_is_web(request) ||
		row->pid >= PROCESS_STAND_IN ||
		(alone && kick_request_is_at(request, row)) ||
		(connection_id_is_known(&request->connection) &&
		    connection_id_equal(&row->connection, &request->connection)));
}

/* Has the mail server end them. False if that is not possible without ending others. */
static bool
end_by_server(const struct deciding *deciding, struct kick_process *target)
{
	const struct backend *backend = deciding->tools->backend;
	size_t count;
	const struct listed *rows =
	    listing_of_process(deciding->listing, target->pid, &count);
	struct error err;
	bool possible = false;

	if (backend->end == NULL ||
	    (kick_request_is_single(target->request) && target->count > 1))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(
			target->request, &rows[i], count == 1 && rows[i].count == 1))
			continue;
		switch (backend->end(deciding->tools->state, &rows[i], &err)) {
		case 0:
			target->told += rows[i].count;
			possible = true;
			break;
		case -1:
			kick_add_reason(target->request->kick, "%s", err.text);
			possible = true;
			break;
		default:
			break;
		}
	}
	return possible;
}

/*
 * A proxy ends what it passes on of a user together: all of it where the process is not told, else what
 * is in one process. Whether that would be more than the one session that is asked for.
 */
static bool
would_end_more(const struct deciding *deciding, const struct kick_process *target)
{
	const struct listing *listing = deciding->listing;
	uint32_t together = 0;

	if (target->service != SERVICE_PROXY ||
	    !kick_request_is_single(target->request))
		return false;
	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *row = &listing->rows[i];

		if (row->service == SERVICE_PROXY &&
		    (target->pid >= PROCESS_STAND_IN || row->pid == target->pid) &&
		    text_equal(row->user, target->request->kick->user))
			together += row->count;
	}
	return together > 1;
}

static void
decide(const struct deciding *deciding, struct kick_process *target)
{
	struct kick_request *request = target->request;
	uint32_t everybody;

	kick_process_count(target, deciding->listing, &everybody);
	target->means = MEANS_NOTHING;
	if (target->count == 0)
		return;
	if (kick_request_is_web(request))
		request->kick->asked++;
	else if (kick_request_is_single(request))
		request->kick->asked = 1;
	else
		request->kick->asked += target->count;
	if (would_end_more(deciding, target)) {
		kick_add_reason(request->kick,
		    "other logins of the user that are passed on would end with it");
	} else if (!backend_hibernates(deciding->tools->backend, target->pid) &&
	    end_by_server(deciding, target)) {
		target->means = MEANS_SERVER;
	} else if (target->pid >= PROCESS_STAND_IN) {
		kick_add_reason(request->kick,
		    "the mail server does not tell which process passes a login on");
	} else if (!may_serve_others(deciding, target, everybody) &&
	    serves_only_asked(deciding, target)) {
		target->means = MEANS_SIGNAL;
		kick_process_end(target);
	} else {
		target->means = MEANS_CONNECTIONS;
		return;
	}
	request->found = true;
}

/* Where the one session is found, the other places that it may be in need no look. */
static bool
is_needless(const struct kick_process *target)
{
	return target->means == MEANS_CONNECTIONS && target->request->found &&
	    kick_request_is_single(target->request) &&
	    !kick_request_is_web(target->request);
}

static bool
lacks(const struct kick_process *target)
{
	if (target->means != MEANS_CONNECTIONS)
		return false;
	if (kick_request_is_web(target->request))
		return target->told == 0;
	if (kick_request_is_single(target->request))
		return target->request->told == 0;
	return target->told < target->count;
}

/* The store, if it is kept true; else NULL, and WHY it is not. */
static struct view *
open_view(const struct kick_tools *tools, struct error *why)
{
	struct view *view = NULL;

	if (tools->store == NULL || !store_lock_is_taken(tools->conf->store_path)) {
		error_set(why, "imsconnd is not running");
		return NULL;
	}
	if (view_open(&view, tools->store, why) == -1)
		return NULL;
	if (store_get_mark(view, STORE_MARK_COMPARED) != 0)
		return view;
	error_set(why, "imsconnd has only just been started");
	view_close(view);
	return NULL;
}

static void
end_connections(
    const struct deciding *deciding, struct kick_process *targets, size_t count)
{
	struct kick_connections *connections = kick_connections_new();
	struct error why;
	struct view *view = open_view(deciding->tools, &why);

	kick_connections_read(connections, deciding->requests, view,
	    deciding->listing->asked_us, view == NULL ? why.text : NULL);
	kick_connections_end(connections, targets, count, deciding->listing);
	for (size_t i = 0; i < count; i++)
		targets[i].request->told += targets[i].told;
	for (size_t i = 0; i < count; i++) {
		if (!lacks(&targets[i]))
			continue;
		if (targets[i].told == 0 && end_by_server(deciding, &targets[i])) {
			targets[i].means = MEANS_SERVER;
			targets[i].request->told += targets[i].told;
			continue;
		}
		if (!serves_only_asked(deciding, &targets[i])) {
			kick_connections_explain(connections, &targets[i]);
			continue;
		}
		kick_process_end(&targets[i]);
		targets[i].request->told += targets[i].told;
	}
	view_close(view);
	kick_connections_free(connections);
}

void
kick_end_again(
    struct kick_process *targets, size_t count, const struct listing *listing)
{
	for (size_t i = 0; i < count; i++) {
		struct kick_process *target = &targets[i];
		size_t rows;
		const struct listed *row =
		    listing_of_process(listing, target->pid, &rows);

		if (target->means == MEANS_SERVER && target->left > 0 &&
		    target->service == SERVICE_PROXY && rows == 1 && row->count == 1 &&
		    target->pid < PROCESS_STAND_IN)
			kick_process_end(target);
	}
}

void
kick_end(const struct kick_requests *requests, struct kick_process *targets,
    size_t count, const struct listing *listing, const struct kick_tools *tools)
{
	struct deciding deciding = {
		.requests = requests, .listing = listing, .tools = tools
	};
	bool connections = false;

	find_shared(&deciding);
	for (size_t i = 0; i < count; i++)
		decide(&deciding, &targets[i]);
	for (size_t i = 0; i < count; i++) {
		if (is_needless(&targets[i]))
			targets[i].means = MEANS_NOTHING;
		connections |= targets[i].means == MEANS_CONNECTIONS;
	}
	if (connections)
		end_connections(&deciding, targets, count);
}
