/* SPDX-License-Identifier: ISC */
/* What is kept of a request to end sessions: a row in the store and a line in syslog. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/clock.h"
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

void
kick_fini(struct kick *kick)
{
	free(kick->gone);
	kick->gone = NULL;
	kick->gone_count = kick->gone_capacity = 0;
}

/* Which one of several sessions is over, a listing would not tell. */
static int
end_gone(struct view *view, const struct kick *kick, const struct conf *conf,
    struct error *err)
{
	struct session session;

	for (size_t i = 0; i < kick->gone_count; i++)
		if (session_get(view, kick->gone[i], &session) &&
		    text_equal(session.user, kick->user) &&
		    session_end(view, kick->gone[i], clock_now_us(),
			conf_records(conf, session.auth_user), err) == -1)
			return -1;
	return 0;
}

int
kick_audit(struct view *view, const struct kick *kick, enum audit_origin origin,
    struct text requester, const struct conf *conf, struct error *err)
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
	if (end_gone(view, kick, conf, err) == -1)
		return -1;
	return audit_add(view, &audit, (uint32_t)conf->audit_rows, err);
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
