/* SPDX-License-Identifier: ISC */
/*
 * Tables of connections as doveadm prints them with "-f tab": a line with the names of the
 * columns, then a row for each, with tabs in between. Versions differ in names and order.
 */
#ifndef IMSC_DOVECOT_TABLE_H
#define IMSC_DOVECOT_TABLE_H

#include "agent/collect/child.h"
#include "agent/collect/listing.h"
#include "agent/error.h"

/* What is read of a row. */
enum doveadm_column {
	DOVEADM_USER,
	DOVEADM_SERVICE,
	DOVEADM_PID,
	DOVEADM_ADDRESS, /* the client's */
	DOVEADM_SERVER,  /* what a proxy passes it on to; "" if it does not */
	DOVEADM_SERVER_PORT,
	DOVEADM_COLUMNS
};

/* A table as it is read. All zero but REQUIRED at first. */
struct dovecot_table {
	unsigned required; /* bit 1 << column: not to be had without */
	bool known;        /* the header was read */
	size_t columns;
	size_t at[DOVEADM_COLUMNS]; /* from 1; 0: there is none */
	size_t begun;               /* octets there are of a row that is not whole */
	char row[CHILD_LINE_MAX];
};

/*
 * Reads TEXT, whole lines, into LISTING, which gets no more than MAX_SESSIONS; the first line
 * of all is the header. A header that can tell of servers adds SERVICE_PROXY to the services of the
 * listing. A table that has no pids may be empty, without a header. False if it makes no sense.
 */
bool dovecot_table_read(struct dovecot_table *table, struct text text,
    struct listing *listing, size_t max_sessions, struct error *err);

/* Whether it was a table, and its last row is whole. */
bool dovecot_table_end(const struct dovecot_table *table, struct error *err);

#endif
