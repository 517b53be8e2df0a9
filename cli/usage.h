/* SPDX-License-Identifier: ISC */
/* What the command says of its use. */
#ifndef IMSC_USAGE_H
#define IMSC_USAGE_H

#include <stdio.h>

/* The synopsis, for whoever got it wrong. */
void usage_print(FILE *file);

/* What -h and -V print, on stdout. Both return the command's exit status. */
int usage_help(void);
int usage_version(void);

#endif
