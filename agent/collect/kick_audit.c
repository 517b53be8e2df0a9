/* SPDX-License-Identifier: ISC */
/* What is kept of a request to end sessions: a row in the store and a line in syslog. */
#include "config.h"

#include <stdio.h>

#include "agent/collect/kick.h"
#include "agent/log.h"
#include "agent/store/audit.h"

static const char *const origins[] = {
	[AUDIT_SNMP] = "snmp",
	[AUDIT_CLI] = "cli",
	[AUDIT_POLICY] = "policy",
};

static const char *const results[] = {
	[AUDIT_PENDING] = "pending",
	[AUDIT_DONE] = "done",
	[AUDIT_PARTIAL] = "partial",
	[AUDIT_FAILED] = "failed",
	[AUDIT_NOTHING] = "nothing to do",
};

int
kick_audit(struct view *view, const struct kick *kick, enum audit_origin origin,
    struct text requester, uint32_t keep, struct error *err)
{
	struct audit audit = {
		.time_us = kick->asked_us,
		.user = kick->user,
		.action = AUDIT_DISCONNECT,
		.origin = origin,
		.requester = requester,
		.asked = kick->asked,
		.ended = kick->ended,
		.result = kick->result,
		.reason = text_from(kick->reason),
	};

	for (enum service s = SERVICE_ALL; s < SERVICE_END; s++)
		if (kick->ended_of[s] > 0)
			store_count_disconnects(view, s, kick->ended_of[s]);
	return audit_add(view, &audit, keep, err);
}

void
kick_log(const struct kick *kick, enum audit_origin origin, struct text requester)
{
	char user[4 * USER_NAME_MAX + 1];
	char by[512];

	text_escape(user, sizeof user, kick->user);
	text_escape(by, sizeof by, requester);
	log_audit(
	    "disconnect user=\"%s\" origin=%s requester=\"%s\" sessions=%u ended=%u "
	    "result=\"%s\" reason=\"%s\"",
	    user, origins[origin], by, kick->asked, kick->ended, results[kick->result],
	    kick->reason);
}
