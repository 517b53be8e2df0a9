/* SPDX-License-Identifier: ISC */
/*
 * Where the tables of IMSCONN-MIB are, and where the null subagent has its likes: under the
 * next arc, so that both can be registered with one master agent.
 */
#ifndef IMSC_BENCH_SHAPE_H
#define IMSC_BENCH_SHAPE_H

#include "tests/bench/sample.h"

enum {
	SHAPE_SESSION = 3, /* the arc below the module's objects */
	SHAPE_USER = 4,
	SHAPE_INDEX_USER = 1 + SAMPLE_NAME_LENGTH,
	SHAPE_INDEX_SESSION = 2
};

/* IMSCONN-MIB's root, imscObjects; the null subagent's is one higher at the last but one. */
#define SHAPE_ROOT IMSC_OID_ROOT, 1

#endif
