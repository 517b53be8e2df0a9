/* SPDX-License-Identifier: ISC */
/*
 * Sessions of webmail that were ended on request, by the names that the store has them by, for a
 * day. Webmail was told by then; but requests that began before may still come.
 */
#ifndef IMSC_STORE_ENDED_H
#define IMSC_STORE_ENDED_H

#include "agent/store/store.h"

/* NAME is a session's store_id, of 1 to ENDED_NAME_MAX octets. */
enum {
	ENDED_NAME_MAX = 255
};

int ended_put(struct view *view, struct text name, int64_t at_us, struct error *err);

/* Whether it was ended less than a day before NOW_US. */
bool ended_has(struct view *view, struct text name, int64_t now_us);

/* Whether some were ended a day before NOW_US or earlier; and forgetting these. */
bool ended_is_due(struct view *view, int64_t now_us);
int ended_forget(struct view *view, int64_t now_us, struct error *err);

#endif
