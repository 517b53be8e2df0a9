/* SPDX-License-Identifier: ISC */
/* What libconfig must not be given: it ends the process when an included file is a folder,
 * waits for ever on a named pipe, and takes minutes over a file of a megabyte. */
#ifndef IMSC_CONF_FILE_H
#define IMSC_CONF_FILE_H

#include "agent/error.h"

/* Of each file. */
#define CONF_FILE_KIB 64
/* Of files that include files; libconfig's own limit. */
#define CONF_FILE_DEPTH 10

/* The folder of PATH without its last slash, owned by the caller. */
char *conf_file_folder(const char *path);
/* FOLDER/NAME, owned by the caller. That is what libconfig 1.5 opens, whatever the NAME. */
char *conf_file_join(const char *folder, const char *name);

/*
 * Fails if PATH cannot be read, or is or includes, from FOLDER and however deep, anything
 * but a regular file of at most CONF_FILE_KIB. An included file that is not there is left
 * for libconfig to complain of.
 */
int conf_file_check(const char *path, const char *folder, struct error *err);

#endif
