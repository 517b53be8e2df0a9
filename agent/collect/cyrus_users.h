/* SPDX-License-Identifier: ISC */
/*
 * What "ctl_mboxlist -d" prints: a mailbox a line, by its internal name. 3.6 to 3.10 print a
 * JSON object, each of whose members is a line; versions before 3.6 print fields with tabs.
 */
#ifndef IMSC_CYRUS_USERS_H
#define IMSC_CYRUS_USERS_H

#include "agent/model.h"

/*
 * The user whose INBOX is on LINE; his name points into BUFFER. False if the line is of another
 * mailbox, of a deleted one, or of none.
 */
bool cyrus_users_parse(
    struct text *user, struct text line, char buffer[static USER_NAME_MAX]);

#endif
