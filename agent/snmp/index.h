/* SPDX-License-Identifier: ISC */
/*
 * The indexes of rows as arcs of an OID, both ways. Arcs come from outside: there may be too
 * few of them, too many, or any number in them; where the next row is must be right all the
 * same, since a walk goes on from there.
 */
#ifndef IMSC_INDEX_H
#define IMSC_INDEX_H

#include <stdint.h>

#include "agent/model.h"
#include "agent/snmp/netsnmp.h"
#include "agent/user_key.h"

/* What an index is made of; a list of them ends with INDEX_END. */
enum index_part {
	INDEX_END = 0,
	INDEX_SERVICE,     /* one arc */
	INDEX_NUMBER,      /* one arc */
	INDEX_APPLICATION, /* one arc, applIndex */
	INDEX_USER         /* the name's length, then an arc an octet */
};

/* The index of any row. What a table's index has no part for is 0. */
struct index {
	enum service service;
	uint32_t number;
	uint32_t application;
	struct user_key user; /* length 0 comes before every user */
};

/* How arcs and an index go together. */
enum index_fit {
	INDEX_IS,    /* the arcs are this index */
	INDEX_FROM,  /* what comes after the arcs is this index and beyond */
	INDEX_BEYOND /* what comes after the arcs is beyond this index */
};

/*
 * Fills INDEX from N arcs. INDEX_IS: GET looks for this row, and GETNEXT for the one beyond
 * it. Else there is no such row, and INDEX only says where the next one is.
 */
enum index_fit index_parse(
    struct index *index, const enum index_part *parts, const oid *arcs, size_t n);

/* Writes INDEX as arcs, at most INDEX_ARCS_MAX of them, and returns how many. */
enum {
	INDEX_ARCS_MAX = 1 + USER_KEY_MAX + 1
};
size_t index_write(oid *arcs, const enum index_part *parts, const struct index *index);

#endif
