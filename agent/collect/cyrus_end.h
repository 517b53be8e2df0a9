/* SPDX-License-Identifier: ISC */
/* Ending a session of Cyrus, and none that its process serves by then. */
#ifndef IMSC_CYRUS_END_H
#define IMSC_CYRUS_END_H

#include "agent/collect/listing.h"
#include "agent/conf.h"
#include "agent/error.h"

/*
 * Tells ROW's session to end, if its process still serves it. 0 if it was told or is over, -1 if that
 * is not permitted.
 */
int cyrus_end_row(const struct conf *conf, struct tcp_sockets *sockets,
    const struct listed *row, struct error *err);

#endif
