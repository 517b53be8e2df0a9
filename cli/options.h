/* SPDX-License-Identifier: ISC */
/* What the command line asks for. */
#ifndef IMSC_OPTIONS_H
#define IMSC_OPTIONS_H

#include <stdbool.h>

#include "agent/arena.h"
#include "agent/model.h"

struct options {
	bool connected;        /* -c */
	bool access;           /* -a */
	bool disconnect;       /* -k */
	bool block;            /* --block */
	bool unblock;          /* --unblock */
	bool blocked;          /* --blocked */
	int64_t block_seconds; /* --block=...; 0: until somebody unblocks */
	enum service service;  /* -s; SERVICE_NONE if not given */
	const char *config;    /* --config, or the default */
	const char *store;     /* --store; "" is the main one */
	const char **files;    /* -f; owned, their names are not */
	size_t nfiles;
	size_t files_capacity;
	bool named;        /* -u or -f was given */
	struct text *uids; /* what they name: sorted, each once */
	size_t count;
	size_t capacity;
	struct arena *arena; /* where the uids are */
};

/*
 * Reads the command line and the files that it names. False if the command is to end with
 * STATUS now: what was asked for is printed then, or what is wrong. The caller gives
 * OPTIONS back with options_fini() in either case.
 */
bool options_read(struct options *options, int argc, char **argv, int *status);
void options_fini(struct options *options);

/* Whether UID is one of the named users, or nobody was named and all are meant. */
bool options_have(const struct options *options, struct text uid);

#endif
