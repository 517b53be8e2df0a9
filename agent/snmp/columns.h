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

struct service_row {
	bool listed;
	struct totals totals;
	uint32_t max_per_user;
};

/* A decoded row. What it points to belongs to the scene's view. */
struct row {
	const struct scene *scene;
	struct index index;
	union {
		struct agent_row agent;
		struct service_row service;
		struct session session;
		struct {
			struct user user;
			const struct access *access; /* to index.service */
		};
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
	/* Writable, a TruthValue: begins what true(1) asks for. False: it cannot. */
	bool (*set)(const struct row *row);
};

enum {
	TABLE_ARCS_MAX = 3
};

struct table {
	size_t length;            /* of arcs */
	oid arcs[TABLE_ARCS_MAX]; /* of the entry, below imscObjects */
	const enum index_part *index;
	const struct column *columns; /* by rising arc */
	size_t ncolumns;
	/* Fills ROW, whose scene and index are given, if there is such a row. */
	bool (*find)(struct row *row);
	/*
	 * Fills ROW with the first one HAVING that (0: any one) whose index is the given one,
	 * unless BEYOND, or comes after it.
	 */
	bool (*seek)(struct row *row, int having, bool beyond);
};

#endif
