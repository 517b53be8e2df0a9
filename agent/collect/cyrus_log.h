/* SPDX-License-Identifier: ISC */
/*
 * Lines of Cyrus's log that tell of logins and logouts: "login:", and with its auditlog
 * "auditlog: traffic", of 3.0 to 3.12; the same as pairs of key and value, of 3.13 and later; and
 * "session ended:" of imapd, of 3.10 and later. What serves what is asked of the process's program.
 */
#ifndef IMSC_CYRUS_LOG_H
#define IMSC_CYRUS_LOG_H

#include "agent/collect/log_line.h"
#include "agent/conf.h"
#include "agent/model.h"

/*
 * What ENTRY tells; a backend's read_log. Of a login, SESSION has its service, user, mechanism,
 * address, process and store_id; a logout has all of these but the user, mechanism and address,
 * and what was transferred; login_us is when it was. Anybody can put much of a line into his
 * name: only what stands where Cyrus puts it counts.
 */
enum log_line cyrus_log_parse(struct session *session, const struct log_entry *entry,
    const struct conf *conf, int64_t now_us);

#endif
