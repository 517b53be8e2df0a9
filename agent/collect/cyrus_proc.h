/* SPDX-License-Identifier: ISC */
/*
 * Cyrus's proc files (3.0 to 3.12): each process that has a client writes one line to a file that is
 * named after its pid, atomically, when it connects, logs in, and before and after each
 * command, and takes it away at the end. A crash leaves it.
 */
#ifndef IMSC_CYRUS_PROC_H
#define IMSC_CYRUS_PROC_H

#include "agent/conf.h"
#include "agent/error.h"
#include "agent/model.h"

enum {
	CYRUS_LINE_MAX = 4096 /* a longer one makes no sense */
};

/* What a line says. The texts point into it; clients can have written the last two. */
struct cyrus_proc {
	struct text service;   /* as cyrus.conf names it; HTTP: without its namespace */
	struct address remote; /* length 0: a Unix socket */
	struct text user;      /* empty: nobody yet */
	struct text mailbox;   /* empty: none is selected */
	struct text command;   /* empty: between two of them */
};

/* False if it is no such line. It need not have its newline. */
bool cyrus_proc_parse(struct cyrus_proc *proc, struct text line);

/* A file's NAME as a pid; 0 if it is another file. */
uint32_t cyrus_proc_pid(const char *name);

/* One of them, as it was read. */
struct cyrus_file {
	char line[CYRUS_LINE_MAX];
	struct cyrus_proc proc; /* of LINE */
	int64_t written_us;
	uint64_t inode;
};

enum cyrus_reading {
	CYRUS_READ,
	CYRUS_GONE,  /* there is none; or it is no plain file */
	CYRUS_ODD,   /* it has no such line */
	CYRUS_DENIED /* we may not read it */
};

/* That what is at PATH, the folder or a file of it, cannot be read. */
int cyrus_proc_fail(const char *path, int failure, struct error *err);

enum cyrus_reading cyrus_file_read(int folder, uint32_t pid, struct cyrus_file *file);

/*
 * What the service of this NAME serves: as CONF has it, or else as the program of PID says, or, if
 * that is gone, as its name begins. SERVICE_NONE: nothing that is ours.
 */
enum service cyrus_proc_named(const struct conf *conf, struct text name, uint32_t pid);

/* Whether what was written at WRITTEN_US can be of the process that has PID now. */
bool cyrus_proc_is_of(uint32_t pid, int64_t written_us);

/*
 * What PROC, written at WRITTEN_US by PID, serves. SERVICE_NONE: nothing that is ours, nobody is
 * logged in, or the file was left behind by a process that is gone.
 */
enum service cyrus_proc_service(const struct conf *conf, const struct cyrus_proc *proc,
    uint32_t pid, int64_t written_us);

/*
 * The client that PID serves now, by its socket: no other one of this host has this name. Unknown
 * if we may not look.
 */
struct connection_id cyrus_proc_connection(uint32_t pid);

#endif
