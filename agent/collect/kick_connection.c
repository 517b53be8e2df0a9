/* SPDX-License-Identifier: ISC */
/* Ending sessions by their TCP connections. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/collect/connection.h"
#include "agent/collect/kick_connection.h"
#include "agent/collect/tcp_session.h"

struct kick_connections {
	struct view *view; /* NULL: the store is not kept true */
	struct kick_known_list known;
	const char *unknown; /* why the store knows none; or NULL */
	struct tcp *tcp;     /* NULL: not needed yet, or */
	struct error failed; /* why not; or what the kernel refused */
};

struct kick_connections *
kick_connections_new(void)
{
	return xcalloc(1, sizeof(struct kick_connections));
}

void
kick_connections_free(struct kick_connections *connections)
{
	tcp_close(connections->tcp);
	kick_known_free(&connections->known);
	free(connections);
}

void
kick_connections_read(struct kick_connections *connections,
    const struct kick_requests *requests, struct view *view, int64_t until_us,
    const char *why)
{
	connections->view = view;
	connections->unknown = why;
	if (view != NULL)
		kick_known_read(&connections->known, requests, view, until_us);
}

/* If not, FAILED says why. */
static bool
get_tcp(struct kick_connections *connections)
{
	if (connections->tcp == NULL)
		connections->tcp = tcp_open(&connections->failed);
	return connections->tcp != NULL;
}

static enum known_state
destroy(struct kick_connections *connections, const struct tcp_connection *found)
{
	if (tcp_destroy(connections->tcp, found, &connections->failed) == -1)
		return KNOWN_REFUSED;
	return KNOWN_ENDED;
}

/* Whether the kernel has the one connection that a session can have. */
static enum known_state
find(struct kick_connections *connections, struct kick_known *known)
{
	if (!get_tcp(connections))
		return KNOWN_REFUSED;
	switch (tcp_find_session(connections->tcp, known->session.service,
	    &known->local, &known->remote, &known->found, &connections->failed)) {
	case -1:
		return KNOWN_REFUSED;
	case 0:
		return KNOWN_NOT_HERE;
	case 1:
		return KNOWN_FOUND;
	default:
		return KNOWN_SEVERAL;
	}
}

/* The sessions that are listed from an address: USER's, or everybody's. */
static size_t
count_listed(const struct listing *listing, const struct text *user,
    const struct address *remote)
{
	size_t count = 0;

	for (size_t i = 0; i < listing->count; i++)
		if (address_equal(&listing->rows[i].remote, remote) &&
		    (user == NULL || text_equal(listing->rows[i].user, *user)))
			count += listing->rows[i].count;
	return count;
}

/* The sessions from an address whose connections are known and open. */
static size_t
count_open(struct kick_connections *connections, const struct address *remote)
{
	struct session session = { 0 };
	size_t count = 0;

	while (kick_known_next(connections->view, &session))
		if (address_equal(&session.remote.address, remote))
			count += tcp_session_is_open(&connections->tcp, &session);
	return count;
}

/*
 * Whether a port that somebody was told to have may be another one's, whose login nobody told of.
 * More of a user's connections are open than he has sessions then; or, if that was before we
 * were started, there is a session from there without an open connection that is known.
 */
static bool
is_doubtful(struct kick_connections *connections, const struct kick_known *group,
    size_t found, bool old, const struct listing *listing)
{
	const struct address *remote = &group->remote.address;

	if (found == 0)
		return false;
	return found > count_listed(listing, &group->request->kick->user, remote) ||
	    (old &&
		count_listed(listing, NULL, remote) > count_open(connections, remote));
}

/* The connections of one user from one address. */
static void
find_group(struct kick_connections *connections, struct kick_known *group, size_t count,
    const struct listing *listing)
{
	size_t found = 0;
	bool old = false;

	for (size_t i = 0; i < count; i++) {
		if (group[i].state == KNOWN_TOLD)
			group[i].state = find(connections, &group[i]);
		if (group[i].state != KNOWN_FOUND)
			continue;
		found++;
		old |= group[i].old;
	}
	if (is_doubtful(connections, group, found, old, listing))
		for (size_t i = 0; i < count; i++)
			if (group[i].state == KNOWN_FOUND)
				group[i].state = KNOWN_UNSURE;
}

static void
find_all(struct kick_connections *connections, const struct listing *listing)
{
	struct kick_known_list *known = &connections->known;
	size_t i = 0;

	while (i < known->count) {
		struct kick_known *group = &known->all[i];
		size_t count = 0;

		while (i + count < known->count &&
		    group[count].request == group->request &&
		    address_equal(&group[count].remote.address, &group->remote.address))
			count++;
		find_group(connections, group, count, listing);
		i += count;
	}
}

/* Whether the listing has a session of the user from there in the process. */
static bool
is_listed(const struct kick_process *target, const struct address *remote,
    const struct listing *listing)
{
	size_t count;
	const struct listed *rows = listing_of_process(listing, target->pid, &count);

	for (size_t i = 0; i < count; i++)
		if (text_equal(rows[i].user, target->request->kick->user) &&
		    address_equal(&rows[i].remote, remote))
			return true;
	return false;
}

/*
 * The target that the session is in: the process that the store knows, or, if that has none left
 * for it, another one that is listed with its user and address.
 */
static struct kick_process *
find_target(const struct kick_known *known, struct kick_process *targets, size_t count,
    const struct listing *listing)
{
	struct kick_process *found = NULL;

	for (size_t i = 0; i < count; i++) {
		struct kick_process *target = &targets[i];
		bool same = target->pid == known->pid;

		if (target->request != known->request || target->count == 0)
			continue;
		if (same && target->means != MEANS_CONNECTIONS)
			return NULL;
		if (target->means == MEANS_CONNECTIONS &&
		    target->told < target->count && (found == NULL || same) &&
		    is_listed(target, &known->remote.address, listing))
			found = target;
	}
	return found;
}

/* Whether the process serves nobody but the user from there. */
static bool
is_only(const struct listed *rows, size_t count, const struct listed *row)
{
	for (size_t i = 0; i < count; i++)
		if (!text_equal(rows[i].user, row->user) &&
		    (rows[i].remote.length == 0 ||
			address_equal(&rows[i].remote, &row->remote)))
			return false;
	return true;
}

/* As many connections as the row has sessions are the row's. */
static void
end_row(struct kick_connections *connections, struct kick_process *target,
    const struct listed *row)
{
	size_t max = (size_t)row->count + 1;
	struct tcp_connection *found = xcalloc(max, sizeof *found);
	size_t count = connection_list(row->pid, &row->remote, found, max);

	for (size_t i = 0; i < count && count == row->count && get_tcp(connections);
	     i++)
		if (destroy(connections, &found[i]) == KNOWN_ENDED)
			target->told++;
	free(found);
}

/* Looks into the process itself, for sessions that nobody told of. */
static void
end_untold(struct kick_connections *connections, struct kick_process *target,
    const struct listing *listing)
{
	const struct kick_request *request = target->request;
	size_t count;
	const struct listed *rows = listing_of_process(listing, target->pid, &count);

	for (size_t i = 0; i < count; i++) {
		if (!text_equal(rows[i].user, request->kick->user))
			continue;
		if (kick_request_is_single(request) &&
		    (rows[i].count != 1 || target->pid != request->pid ||
			!address_equal(&rows[i].remote, &request->remote)))
			continue;
		if (is_only(rows, count, &rows[i]))
			end_row(connections, target, &rows[i]);
	}
}

/* Ends it if it is to end, unless that was done for another request. */
static void
end_known(struct kick_connections *connections, struct kick_known *known,
    struct kick_process *target)
{
	struct kick *kick = known->request->kick;

	if (known->state != KNOWN_FOUND || known->witness || target == NULL)
		return;
	known->state = destroy(connections, &known->found);
	if (known->state != KNOWN_ENDED)
		return;
	target->told++;
	kick->gone = xgrow(
	    kick->gone, &kick->gone_capacity, kick->gone_count + 1, sizeof *kick->gone);
	kick->gone[kick->gone_count++] = known->session;
}

void
kick_connections_end(struct kick_connections *connections, struct kick_process *targets,
    size_t count, const struct listing *listing)
{
	find_all(connections, listing);
	for (size_t i = 0; i < connections->known.count; i++) {
		struct kick_known *known = &connections->known.all[i];

		end_known(
		    connections, known, find_target(known, targets, count, listing));
	}
	for (size_t i = 0; i < count; i++)
		if (targets[i].means == MEANS_CONNECTIONS && targets[i].told == 0 &&
		    kick_process_is_service(&targets[i]))
			end_untold(connections, &targets[i], listing);
}

/* The request's first connection that could not be ended. */
static const struct kick_known *
find_trouble(
    const struct kick_connections *connections, const struct kick_request *request)
{
	for (size_t i = 0; i < connections->known.count; i++)
		if (connections->known.all[i].request == request &&
		    !connections->known.all[i].witness &&
		    connections->known.all[i].state > KNOWN_ENDED)
			return &connections->known.all[i];
	return NULL;
}

void
kick_connections_explain(
    const struct kick_connections *connections, const struct kick_process *target)
{
	const struct kick_known *trouble = find_trouble(connections, target->request);
	struct kick *kick = target->request->kick;
	char from[ENDPOINT_TEXT_SIZE];

	if (target->request->explained)
		return;
	target->request->explained = true;
	kick_add_reason(kick, "process %u also serves other sessions", target->pid);
	if (trouble != NULL)
		endpoint_format(from, &trouble->remote);
	else if (connections->failed.text[0] != '\0')
		kick_add_reason(kick, "cannot end one connection of it: %s",
		    connections->failed.text);
	else
		kick_add_reason(kick, "the client's port is not known: %s",
		    connections->unknown != NULL ?
			connections->unknown :
			"the mail server did not tell imsconnd of the login");
	switch (trouble != NULL ? trouble->state : KNOWN_TOLD) {
	case KNOWN_UNSURE:
		kick_add_reason(kick,
		    "the connection from %s may be another session's by now", from);
		break;
	case KNOWN_NOT_HERE:
		kick_add_reason(kick,
		    "there is no TCP connection from %s here: it is over, came through "
		    "a proxy%s",
		    from,
		    trouble->local.port != 0 ?
			", or is in another network namespace" :
			", is in another network namespace, or goes to a port that "
			"the mail server did not tell");
		break;
	case KNOWN_SEVERAL:
		kick_add_reason(kick, "there are several connections from %s", from);
		break;
	case KNOWN_REFUSED:
		kick_add_reason(kick, "cannot end the connection from %s alone: %s",
		    from, connections->failed.text);
		break;
	default:
		break;
	}
}
