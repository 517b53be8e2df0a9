/* SPDX-License-Identifier: ISC */
/*
 * What a table of the MIB is: const data that table.c walks over. The scalars are a table
 * of one row, whose index is 0.
 */
#ifndef IMSC_COLUMNS_H
#define IMSC_COLUMNS_H

#include "agent/health.h"
#include "agent/snmp/agentx.h"
#include "agent/snmp/index.h"
#include "agent/snmp/value.h"
#include "agent/store/user.h"

/* What one request is answered from: one picture of the store, at one time. */
struct scene {
	const struct agentx *agentx;
	const struct privacy *privacy; /* NULL: everything is told */
	struct view *view;
	int64_t now_us;
	int64_t master_start_us; /* sysUpTime counts from there */
};

struct agent_row {
	struct health health;
	uint32_t session_rows;
	uint64_t user_rows;
	uint64_t generation;
	int64_t created_us; /* when the store was made */
};

/* A service as an application of NETWORK-SERVICES-MIB. */
struct application_row {
	struct totals totals;
	struct health health;
};

struct service_row {
	bool listed;
	struct totals totals;
	uint32_t max_per_user;
};

struct notify_row {
	uint32_t min_seconds;
	struct notice_counts counts;
};

/* A decoded row. What it points to belongs to the scene's view. */
struct row {
	const struct scene *scene;
	struct index index;
	union {
		struct agent_row agent;
		struct application_row application;
		struct service_row service;
		struct session session;
		struct alarm alarm;
		struct notify_row notify;
		struct {
			struct user user;
			const struct access *access; /* to index.service */
		};
		struct audit audit;
		uint32_t inactive_users;
	};
};

/* One object. */
struct column {
	oid arc;
	u_char type; /* ASN_... */
	/* What ROW shows, without I/O. False: it has no such instance. */
	bool (*get)(const struct row *row, struct value *value);
	/* Where not every row has an instance: what seek() finds the next one by. */
	int having;
	/* Leads to a name: it has no instance unless names are told. */
	bool revealing;
	/* Writable, a TruthValue: begins what the value asks for. False: it cannot. */
	bool (*set)(const struct row *row, bool truth);
	bool
	    disconnects; /* true(1) does, where that is allowed; false(2) does nothing */
};

enum {
	TABLE_ARCS_MAX = 20
};

/* The members that say which OID a table's entry has. */
#define TABLE_ENTRY(...)         \
	.arcs = { __VA_ARGS__ }, \
	.length = sizeof((const oid[]){ __VA_ARGS__ }) / sizeof(oid)

struct table {
	size_t length;            /* of arcs */
	oid arcs[TABLE_ARCS_MAX]; /* of the entry, from iso(1) on */
	const enum index_part *index;
	const struct column *columns; /* by rising arc */
	size_t ncolumns;
	bool personal; /* a row is of one user or session: none are told of in sums */
	/* Fills ROW, whose scene and index are given, if there is such a row. */
	bool (*find)(struct row *row);
	/*
	 * Fills ROW with the first one HAVING that (0: any one) whose index is the given one,
	 * unless BEYOND, or comes after it.
	 */
	bool (*seek)(struct row *row, int having, bool beyond);
};

#endif
