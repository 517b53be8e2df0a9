/* SPDX-License-Identifier: ISC */
/* What the parts of the command share, and what it exits with. */
#ifndef IMSC_COMMAND_H
#define IMSC_COMMAND_H

#include "agent/conf.h"
#include "agent/store/store.h"
#include "cli/options.h"
#include "cli/report.h"

/* Scripts rely on these. Of several, the highest counts. */
enum exit_status {
	STATUS_DONE = 0,
	STATUS_NOTHING = 1,      /* nothing matched */
	STATUS_INCOMPLETE = 2,   /* some sessions could not be ended */
	STATUS_USAGE = 64,       /* wrong command line */
	STATUS_NO_INPUT = 66,    /* a file of uids cannot be read */
	STATUS_UNAVAILABLE = 69, /* neither mail server nor store */
	STATUS_OUTPUT = 74,      /* what was found cannot be written */
	STATUS_OLD = 75,         /* only older data could be shown */
	STATUS_DENIED = 77,
	STATUS_CONFIG = 78
};

enum {
	REQUESTER_SIZE = 256
};

struct command {
	const struct options *options;
	const struct conf *conf;
	struct report *report;
	struct store *store;      /* for reading; NULL if it cannot be opened */
	struct error store_error; /* then why */
	bool matched;             /* a row was shown that was asked for */
};

/* The exit status for something that could not be reached. */
enum exit_status command_status(const struct error *err);

/* Who asks: "root, sudo by ann, on /dev/pts/3", as far as it is known. */
void command_name_requester(char buffer[REQUESTER_SIZE]);
/* Opens COMMAND's store for writing, in place of the one for reading. */
int command_open_for_writing(struct command *command, struct error *err);

enum exit_status show_access(struct command *command);
enum exit_status show_sessions(struct command *command);
enum exit_status disconnect_users(struct command *command);
/* AUDIT_BLOCK or AUDIT_UNBLOCK. */
enum exit_status block_users(struct command *command, enum audit_action action);
enum exit_status show_blocked(struct command *command);

#endif
