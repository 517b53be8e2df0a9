/* SPDX-License-Identifier: ISC */
/* Which processes have sessions that are to end. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/kick_hold.h"

void
kick_targets_free(struct kick_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		kick_process_release(&targets->all[i]);
	free(targets->all);
}

/* The rows come by rising pid: most are behind the last one that was found, or of all. */
static bool
holds(struct kick_targets *targets, const struct kick_request *request, uint32_t pid)
{
	if (pid > targets->highest)
		return false;
	for (size_t i = 0; i < targets->count; i++) {
		size_t at = (targets->hint + i) % targets->count;

		if (targets->all[at].pid == pid &&
		    targets->all[at].request == request) {
			targets->hint = at;
			return true;
		}
	}
	return false;
}

static void
hold(struct kick_targets *targets, struct kick_request *request,
    const struct listed *row)
{
	targets->all = xgrow(
	    targets->all, &targets->capacity, targets->count + 1, sizeof *targets->all);
	kick_process_hold(&targets->all[targets->count++], request, row);
	if (row->pid > targets->highest)
		targets->highest = row->pid;
}

static bool
is_listed(const struct kick_request *request, const struct listing *listing)
{
	size_t count;
	const struct listed *rows = listing_of_process(listing, request->pid, &count);

	for (size_t i = 0; i < count; i++)
		if (text_equal(rows[i].user, request->kick->user) &&
		    kick_request_is_at(request, &rows[i]))
			return true;
	return false;
}

static bool
is_beneath(const struct kick *kick, const struct listed *row)
{
	for (size_t i = 0; i < kick->beneath_count; i++)
		if (kick->beneath[i] == row->pid)
			return true;
	return false;
}

/*
 * Whether a row of the request's user may be about what is to end. One session may have gone to
 * another process since the store knew of it.
 */
static bool
concerns(const struct kick_request *request, const struct listed *row,
    const struct listing *listing, const struct backend *backend)
{
	if (!kick_request_is_single(request))
		return true;
	if (kick_request_is_web(request))
		return is_beneath(request->kick, row);
	if (request->pid == 0 || row->service != request->kick->session.service)
		return false;
	return kick_request_is_at(request, row) ||
	    (backend->hibernates != NULL && row->pid != request->pid &&
		address_equal(&row->remote, &request->remote) &&
		(!is_listed(request, listing) ||
		    backend_hibernates(backend, request->pid) ||
		    backend_hibernates(backend, row->pid)));
}

bool
kick_hold(struct kick_targets *targets, const struct kick_requests *requests,
    const struct listing *listing, const struct backend *backend)
{
	size_t before = targets->count;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *row = &listing->rows[i];

		for (size_t k = kick_requests_find(requests, row->user);
		     k < requests->count &&
		     text_equal(requests->all[k].kick->user, row->user);
		     k++) {
			struct kick_request *request = &requests->all[k];

			if (!holds(targets, request, row->pid) &&
			    concerns(request, row, listing, backend))
				hold(targets, request, row);
		}
	}
	return targets->count > before;
}

/* Sessions of the row were asked for already, in the process that they left. */
static void
hold_again(struct kick_targets *targets, struct kick_request *request,
    const struct listed *row)
{
	uint32_t *asked = &request->kick->asked;

	hold(targets, request, row);
	request->moved += row->count;
	*asked -= row->count < *asked ? row->count : *asked;
}

bool
kick_hold_moved(struct kick_targets *targets, const struct kick_requests *requests,
    const struct listing *listing, const struct backend *backend)
{
	size_t before = targets->count;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *row = &listing->rows[i];
		size_t k = kick_requests_find(requests, row->user);
		struct kick_request *request = &requests->all[k];

		if (k < requests->count && text_equal(request->kick->user, row->user) &&
		    !kick_request_is_single(request) && request->told > 0 &&
		    !holds(targets, request, row->pid) &&
		    backend_hibernates(backend, row->pid))
			hold_again(targets, request, row);
	}
	return targets->count > before;
}
