/* SPDX-License-Identifier: ISC */
/* What a request leaves a record with: who asks, and a store to write to. */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"

void
command_name_requester(char buffer[REQUESTER_SIZE])
{
	const struct passwd *passwd = getpwuid(getuid());
	const char *sudo = getenv("SUDO_USER");
	char terminal[64];
	char raw[REQUESTER_SIZE];
	bool has_terminal = ttyname_r(STDIN_FILENO, terminal, sizeof terminal) == 0 ||
	    ttyname_r(STDERR_FILENO, terminal, sizeof terminal) == 0;
	char number[24];

	snprintf(number, sizeof number, "uid %u", (unsigned)getuid());
	snprintf(raw, sizeof raw, "%s%s%.100s%s%s", passwd ? passwd->pw_name : number,
	    sudo ? ", sudo by " : "", sudo ? sudo : "", has_terminal ? ", on " : "",
	    has_terminal ? terminal : "");
	text_escape(buffer, REQUESTER_SIZE, text_from(raw));
}

/* LMDB takes an environment only once a process, so the one for reading goes first. */
int
command_open_for_writing(struct command *command, struct error *err)
{
	const struct conf *conf = command->conf;

	if (command->store == NULL) {
		*err = command->store_error;
		return -1;
	}
	store_close(command->store);
	command->store = NULL;
	return store_open(
	    &command->store, conf->store_path, STORE_WRITE, conf->store_map_gib, err);
}
