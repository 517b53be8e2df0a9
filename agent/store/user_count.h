/* SPDX-License-Identifier: ISC */
/* Inside the store only: what a session's coming and going does to its user's record. */
#ifndef IMSC_STORE_USER_COUNT_H
#define IMSC_STORE_USER_COUNT_H

#include "agent/store/store.h"

/* A user's open sessions after the change: of the session's service, and of all. */
struct user_count {
	uint32_t service;
	uint32_t all;
};

int user_begin_session(struct view *view, const struct session *session,
    bool record_access, struct user_count *count, struct error *err);
int user_end_session(struct view *view, const struct session *session, int64_t end_us,
    bool record_access, struct user_count *count, struct error *err);

/* Counts those who are away in a store that did not count them until now. */
int user_count_away(struct view *view, struct error *err);

#endif
