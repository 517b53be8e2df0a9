/* SPDX-License-Identifier: ISC */
/* One process that is to end. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/collect/kick_process.h"
#include "agent/collect/process.h"

void
kick_add_reason(struct kick *kick, const char *format, ...)
{
	size_t used = strlen(kick->reason);
	va_list args;

	if (used > 0 && used + 3 < sizeof kick->reason) {
		strcpy(kick->reason + used, "; ");
		used += 2;
	}
	va_start(args, format);
	vsnprintf(kick->reason + used, sizeof kick->reason - used, format, args);
	va_end(args);
}

void
kick_process_hold(
    struct kick_process *target, struct kick *kick, const struct listed *row)
{
	*target = (struct kick_process){
		.kick = kick, .service = row->service, .pid = row->pid
	};
	target->pidfd = process_open(row->pid);
	if (target->pidfd == -1 && errno != ESRCH)
		kick_add_reason(
		    kick, "cannot hold process %u: %s", row->pid, strerror(errno));
}

void
kick_process_release(struct kick_process *target)
{
	if (target->pidfd != -1)
		close(target->pidfd);
}

/* How many sessions the target's process serves: the user's, and others'. */
static uint32_t
count_sessions(
    const struct listing *listing, const struct kick_process *target, uint32_t *others)
{
	size_t count;
	const struct listed *rows = listing_of_process(listing, target->pid, &count);
	uint32_t own = 0;

	*others = 0;
	for (size_t i = 0; i < count; i++) {
		if (text_equal(rows[i].user, target->kick->user))
			own += rows[i].count;
		else
			*others += rows[i].count;
	}
	return own;
}

/* Whether it is the mail server's: a server that lies must not make us end others. */
static bool
check_program(const struct kick_process *target)
{
	char name[PROCESS_NAME_SIZE];
	const char *service = service_name(target->service);

	process_name(target->pid, name);
	if (strncmp(name, service, strlen(service)) == 0)
		return true;
	kick_add_reason(
	    target->kick, "process %u is \"%s\", not %s", target->pid, name, service);
	return false;
}

void
kick_process_end(struct kick_process *target, const struct listing *listing)
{
	struct kick *kick = target->kick;
	uint32_t others;

	target->count = target->left = count_sessions(listing, target, &others);
	kick->asked += target->count;
	if (target->count == 0)
		return;
	if (target->pidfd == -1) {
		kick_add_reason(
		    kick, "process %u cannot be seen from here", target->pid);
		return;
	}
	if (others > 0) {
		kick_add_reason(kick,
		    "process %u also serves sessions of other users, which would "
		    "end with it",
		    target->pid);
		return;
	}
	if (kick->session.number != 0 && target->count > 1) {
		kick_add_reason(kick,
		    "process %u also serves other sessions of the user, which "
		    "would end with it",
		    target->pid);
		return;
	}
	if (!check_program(target))
		return;
	if (process_signal(target->pidfd, SIGTERM) == -1 && errno != ESRCH)
		kick_add_reason(kick, "cannot signal process %u: %s%s", target->pid,
		    strerror(errno),
		    errno == EPERM ? "; be root or have CAP_KILL" : "");
}

bool
kick_process_is_gone(struct kick_process *target, const struct listing *listing)
{
	uint32_t others;
	uint32_t left = count_sessions(listing, target, &others);

	if (left < target->left)
		target->left = left;
	return target->left == 0;
}
