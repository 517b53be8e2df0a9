/* SPDX-License-Identifier: ISC */
/* A login as Dovecot's last_login plugin tells it: what one dict key and its value say. */
#ifndef IMSC_DICT_LOGIN_H
#define IMSC_DICT_LOGIN_H

#include "agent/error.h"
#include "agent/model.h"

/*
 * How much of a key, from its beginning, is what a site would have without us: it may stand
 * before ours, as in shared/last-login/USER|ims1|... 0 if nothing does.
 */
size_t dict_login_site_key(struct text key);

/*
 * Reads the key and the value (seconds, or finer, since the epoch) into SESSION, whose texts
 * point into KEY; its number is 0. The key is
 *     shared/ims2|service|session|pid|rip|rport|lip|lport|mech|real_rip|master_user|user
 * or the older shared/ims1|..., which has no real_rip. A record without a process (0) tells of
 * an access, and of no session that could be followed. NOW_US stands in for a time that
 * cannot be. Where the key has no remote port, the session's id is asked.
 */
int dict_login_parse(struct session *session, struct text key, struct text value,
    int64_t now_us, struct error *err);

#endif
