/* SPDX-License-Identifier: ISC */
/* What sessions do, as far as it is written down. */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/activity.h"

enum {
	BUSY_SECONDS = 60, /* so old may be what the store has of a busy session */
	NOTICES = 4096 /* octets: what a server says to idle clients in some hours */
};

bool
activity_is_news(const struct session_told *told, const struct listed *row,
    int64_t asked_us, int64_t silence_us)
{
	if (row->count != 1)
		return false;
	if (session_told(row->mailbox, 0).mailbox != told->mailbox)
		return true;
	if (row->active_us == 0 || row->active_us == told->active_us)
		return false;
	return row->active_us - told->active_us >=
	    (int64_t)BUSY_SECONDS * CLOCK_SECOND_US ||
	    asked_us - row->active_us >= silence_us;
}

void
activity_take_row(struct session *session, const struct listed *row)
{
	if (row->count != 1)
		return;
	session->mailbox = row->mailbox;
	if (row->active_us != 0)
		session->active_us = row->active_us;
}

static bool
is_other(const struct octets *kept, const struct octets *now)
{
	return kept->known && (now->in < kept->in || now->out < kept->out);
}

bool
activity_take_connection(struct session *session,
    const struct tcp_connection *connection, bool heard, int64_t now_us,
    int64_t silence_us)
{
	const struct octets *now = &connection->octets;
	struct octets kept = session->octets;
	bool came = !kept.known || now->in > kept.in;

	if (!now->known || is_other(&kept, now))
		return false;
	if (!came &&
	    (now->out == kept.out ||
		(connection->silent_us > silence_us && now->out - kept.out < NOTICES)))
		return false;
	session->octets = *now;
	if (heard && came)
		session->active_us = now_us - connection->silent_us;
	return true;
}
