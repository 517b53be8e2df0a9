/* SPDX-License-Identifier: ISC */
/* The kicks of a run: whose they are, and what comes of them. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/kick_request.h"

static int
compare_requests(const void *a, const void *b)
{
	return text_compare(((const struct kick_request *)a)->kick->user,
	    ((const struct kick_request *)b)->kick->user);
}

struct kick_requests
kick_requests_new(struct kick *kicks, size_t count)
{
	struct kick_requests requests = { xcalloc(count, sizeof *requests.all), count };

	for (size_t i = 0; i < count; i++) {
		kicks[i].asked_us = clock_now_us();
		requests.all[i].kick = &kicks[i];
	}
	qsort(requests.all, count, sizeof *requests.all, compare_requests);
	return requests;
}

size_t
kick_requests_find(const struct kick_requests *requests, struct text user)
{
	size_t low = 0;
	size_t high = requests->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_compare(requests->all[middle].kick->user, user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
kick_request_is_single(const struct kick_request *request)
{
	return request->kick->session.number != 0;
}

bool
kick_request_is_web(const struct kick_request *request)
{
	return request->web;
}

bool
kick_request_is_at(const struct kick_request *request, const struct listed *row)
{
	return row->pid == request->pid &&
	    (!connection_id_is_known(&row->connection) ||
		!connection_id_is_known(&request->connection) ||
		connection_id_equal(&row->connection, &request->connection));
}

void
kick_request_judge(const struct kick_request *request, int seconds)
{
	struct kick *kick = request->kick;

	if (request->ended < request->told)
		kick_fini(kick); /* the mail server does not know of it yet */
	if (kick->asked == 0) {
		kick->result = kick->reason[0] == '\0' ? AUDIT_NOTHING : AUDIT_FAILED;
		return;
	}
	if (kick->ended >= kick->asked) {
		kick->result = AUDIT_DONE;
		kick->reason[0] = '\0';
		return;
	}
	kick->result = kick->ended ? AUDIT_PARTIAL : AUDIT_FAILED;
	if (kick->reason[0] == '\0')
		kick_add_reason(kick,
		    "%u of %u sessions are still there after %d seconds",
		    kick->asked - kick->ended, kick->asked, seconds);
}

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
