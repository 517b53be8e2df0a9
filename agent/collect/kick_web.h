/* SPDX-License-Identifier: ISC */
/*
 * Ending sessions of webmail: they are rows of the store, and no process's. Webmail is told
 * when it asks next.
 */
#ifndef IMSC_KICK_WEB_H
#define IMSC_KICK_WEB_H

#include "agent/collect/kick.h"

/*
 * Takes what COUNT kicks are about of webmail's sessions out of VIEW, after all else has its
 * outcome, and counts it among what they ended. If VIEW is not committed, they did not end.
 */
int kick_web(struct view *view, const struct conf *conf, struct kick *kicks,
    size_t count, struct error *err);

#endif
