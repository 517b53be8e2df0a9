/* SPDX-License-Identifier: ISC */
/*
 * Lines as Cyrus 3.13 and later write them: KEY=VALUE, a blank between two of them, and a value in
 * quotes where it has other octets than a word may have. Pure.
 */
#ifndef IMSC_CYRUS_LOGFMT_H
#define IMSC_CYRUS_LOGFMT_H

#include "agent/text.h"

/*
 * Takes the next pair off LINE. VALUE is without its quotes and escapes, in ROOM if it had some,
 * which is moved on by no more than was taken off LINE. What Cyrus writes for no value at all is
 * empty. False at the end, or where the line is not as Cyrus writes it: LINE tells which.
 */
bool cyrus_logfmt_take(
    struct text *line, struct text *key, struct text *value, char **room);

#endif
