/* SPDX-License-Identifier: ISC */
/*
 * What is worth a write of all that sessions do: what a manager would miss, and not every command.
 * Pure.
 */
#ifndef IMSC_ACTIVITY_H
#define IMSC_ACTIVITY_H

#include "agent/collect/listing.h"
#include "agent/collect/tcp.h"
#include "agent/store/session.h"

/*
 * Whether ROW, of a listing asked for at ASKED_US, tells what the store is to have instead of
 * TOLD: another mailbox; or activity a minute younger than that, or any other one whose session
 * has been silent for SILENCE_US since. So a busy session is written once a minute, and one that
 * falls silent is exact.
 */
bool activity_is_news(const struct session_told *told, const struct listed *row,
    int64_t asked_us, int64_t silence_us);
/* What ROW tells of what SESSION does. */
void activity_take_row(struct session *session, const struct listed *row);

/*
 * Takes what SESSION's connection has transferred, and with HEARD when its client was last heard,
 * at NOW_US. False if that is not worth a write: nothing came, and what went out since its client
 * was last heard, more than SILENCE_US ago, are at most a few notices of the server's.
 * What has transferred less than before is another connection.
 */
bool activity_take_connection(struct session *session,
    const struct tcp_connection *connection, bool heard, int64_t now_us,
    int64_t silence_us);

#endif
