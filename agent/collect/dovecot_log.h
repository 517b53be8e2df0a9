/* SPDX-License-Identifier: ISC */
/*
 * Lines of Dovecot's log that tell of logins and logouts: "Login:" of 2.3, "Logged in:" of
 * 2.4, and the last line of a mail process, also of one that hibernates. Pure.
 */
#ifndef IMSC_DOVECOT_LOG_H
#define IMSC_DOVECOT_LOG_H

#include "agent/collect/log_line.h"
#include "agent/model.h"

/*
 * What LINE, without its end, tells. SESSION, whose texts point into LINE, is of a login as
 * dict_login_parse() makes it; of a logout it has service, user, store_id and process, and
 * login_us is when it was. AT_US is when the line was written; 0 if only its beginning says so.
 * Anybody can put much of a line into his name: only what stands where Dovecot puts it
 * counts. A login whose name Dovecot has cut or made printable is none.
 */
enum log_line dovecot_log_parse(
    struct session *session, struct text line, int64_t at_us, int64_t now_us);

#endif
