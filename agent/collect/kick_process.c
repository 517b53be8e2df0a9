/* SPDX-License-Identifier: ISC */
/* One process that is to end. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent/collect/kick_process.h"
#include "agent/collect/process.h"

void
kick_process_hold(
    struct kick_process *target, struct kick_request *request, const struct listed *row)
{
	*target = (struct kick_process){
		.request = request, .service = row->service, .pid = row->pid
	};
	target->pidfd = process_open(row->pid);
	target->not_held = target->pidfd == -1 ? errno : 0;
}

void
kick_process_release(struct kick_process *target)
{
	if (target->pidfd != -1)
		close(target->pidfd);
}

static bool
is_later(const struct listed *row, const struct kick_process *target, int64_t until_us)
{
	return row->began_us > until_us ||
	    (connection_id_is_known(&target->connection) &&
		connection_id_is_known(&row->connection) &&
		!connection_id_equal(&row->connection, &target->connection));
}

/*
 * The sessions of the target's user in its process now, and of everybody, without those that say
 * that they began after UNTIL_US, or that are by another connection than its one session.
 */
static uint32_t
count_sessions(const struct listing *listing, const struct kick_process *target,
    int64_t until_us, uint32_t *everybody)
{
	size_t count;
	const struct listed *rows = listing_of_process(listing, target->pid, &count);
	uint32_t own = 0;

	*everybody = 0;
	for (size_t i = 0; i < count; i++) {
		if (is_later(&rows[i], target, until_us))
			continue;
		if (text_equal(rows[i].user, target->request->kick->user))
			own += rows[i].count;
		*everybody += rows[i].count;
	}
	return own;
}

void
kick_process_count(
    struct kick_process *target, const struct listing *listing, uint32_t *everybody)
{
	size_t count;
	const struct listed *rows = listing_of_process(listing, target->pid, &count);

	target->count = count_sessions(listing, target, INT64_MAX, everybody);
	target->left = target->count;
	if (count == 1 && rows[0].count == 1)
		target->connection = rows[0].connection;
}

bool
kick_process_is_service(const struct kick_process *target)
{
	static const char login[] = "-login"; /* they pass on what they do not serve */
	const char *service = service_name(target->service);
	char name[PROCESS_NAME_SIZE];
	size_t length;

	process_name(target->pid, name);
	length = strlen(name);
	if (target->service == SERVICE_PROXY)
		return length >= sizeof login &&
		    strcmp(name + length - (sizeof login - 1), login) == 0;
	return strncmp(name, service, strlen(service)) == 0;
}

void
kick_process_end(struct kick_process *target)
{
	struct kick *kick = target->request->kick;
	char name[PROCESS_NAME_SIZE];

	if (target->pidfd == -1) {
		if (target->not_held == ESRCH)
			kick_add_reason(
			    kick, "process %u cannot be seen from here", target->pid);
		else
			kick_add_reason(kick, "cannot hold process %u: %s", target->pid,
			    strerror(target->not_held));
		return;
	}
	if (!kick_process_is_service(target)) {
		kick_add_reason(kick, "process %u is \"%s\", not %s", target->pid,
		    process_name(target->pid, name), service_name(target->service));
		return;
	}
	if (process_signal(target->pidfd, SIGTERM) == 0 || errno == ESRCH)
		target->told = target->count;
	else
		kick_add_reason(kick, "cannot signal process %u: %s%s", target->pid,
		    strerror(errno),
		    errno == EPERM ? "; be root or have CAP_KILL" : "");
}

void
kick_process_look(struct kick_process *target, const struct listing *listing,
    int64_t counted_us, uint32_t arrived)
{
	uint32_t everybody;
	uint32_t left = count_sessions(listing, target, counted_us, &everybody);

	left -= arrived < left ? arrived : left;
	if (left < target->left)
		target->left = left;
}

uint32_t
kick_process_ended(const struct kick_process *target)
{
	return target->means != MEANS_NOTHING ? target->count - target->left : 0;
}

void
kick_process_credit(const struct kick_process *target)
{
	struct kick_request *request = target->request;
	struct kick *kick = request->kick;
	uint32_t ended = kick_process_ended(target);
	uint32_t moved = request->moved < ended ? request->moved : ended;

	request->moved -= moved;
	ended -= moved;
	/* Other sessions of the user may have ended beside the one. */
	if (kick_request_is_single(request) && ended > 1)
		ended = 1;
	if (ended > kick->asked - kick->ended)
		ended = kick->asked - kick->ended;
	kick->ended += ended;
	kick->ended_of[target->service] += ended;
}
