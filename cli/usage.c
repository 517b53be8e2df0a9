/* SPDX-License-Identifier: ISC */
/* What the command says of its use. */
#include "config.h"

#include <err.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/usage.h"

/* The SYNOPSIS of imsconnutil(8). */
static const char usage[] =
    "usage: imsconnutil -c|-a [-s service] [-u uid]... [-f filename]\n"
    "                   [--config file] [--store name]\n"
    "       imsconnutil -k {-u uid... | -f filename} [--config file] [--store name]\n"
    "       imsconnutil --block[=duration] [-k] {-u uid... | -f filename}\n"
    "                   [--config file] [--store name]\n"
    "       imsconnutil --blocked [-u uid]... [-f filename] [--config file] [--store "
    "name]\n"
    "       imsconnutil --unblock {-u uid... | -f filename} [--config file] [--store "
    "name]\n"
    "       imsconnutil -h | -V\n";

static const char help[] =
    "\n"
    "  -a             when each user was last there, by IMAP, HTTP and POP\n"
    "  -c             who is connected now\n"
    "  -k             end the connections of the named users\n"
    "  -f filename    only the uids in this file, one a line; - is standard input\n"
    "  -s service     with -c: only imap, only http, or only proxy\n"
    "  -u uid         only this uid; may be given again\n"
    "  --block[=duration]\n"
    "                 keep the named users from logging in, for so many s, m, h, d or "
    "w\n"
    "  --blocked      who is blocked, since when, until when, and by whom\n"
    "  --store name   of this store, one of those that the configuration names in "
    "stores\n"
    "  --unblock      let the named users log in again\n"
    "  --config file  read this configuration (default " CONF_DEFAULT_PATH ")\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n";

/* How the command ends that has printed this instead of work. */
static int
finish(void)
{
	if (fflush(stdout) == 0)
		return STATUS_DONE;
	warn("cannot write");
	return STATUS_OUTPUT;
}

void
usage_print(FILE *file)
{
	fputs(usage, file);
}

int
usage_help(void)
{
	fputs(usage, stdout);
	fputs(help, stdout);
	return finish();
}

int
usage_version(void)
{
	puts("imsconnutil " PACKAGE_VERSION);
	return finish();
}
