/* SPDX-License-Identifier: ISC */
/* Inside web*.c only: the state of webmail's sessions, and what the rules have in common. */
#ifndef IMSC_WEB_STATE_H
#define IMSC_WEB_STATE_H

#include "agent/collect/web.h"
#include "agent/collect/web_index.h"
#include "agent/collect/webmail.h"
#include "agent/store/record.h"

struct web {
	const struct conf *conf;
	struct web_index *index;
	uint64_t search;              /* a number for each */
	char name[WEBMAIL_NAME_SIZE]; /* of the session that was asked for last */
};

/* How long a session lives that is not seen. */
int64_t web_life_us(const struct web *web);
/* Ends what is over of USER at AT_US, before his sessions are looked through. */
int web_end_stale(struct web *web, struct view *view, struct text user, int64_t at_us,
    struct error *err);

/* How well a session fits what is wanted; 0: not at all. */
typedef int web_rank(
    const struct web *web, const struct web_session *session, const void *wanted);
/*
 * The session of USER that fits best, and was seen last of those; NULL if none does. ROW is
 * what the store has of it.
 */
struct web_session *web_pick(struct web *web, struct view *view, struct text user,
    web_rank *rank, const void *wanted, struct session *row);

/* What the store lends does not survive a write: ROW's texts are in COPY from now on. */
void web_keep(struct session *row, uint8_t copy[RECORD_SIZE]);
/* It was seen; written if it was not for long. */
int web_see(struct web *web, struct view *view, struct web_session *session,
    int64_t at_us, struct error *err);
/* A session of its user begins, as BEGUN says, or none if there are too many: then NULL. */
int web_begin(struct web *web, struct view *view, struct session *begun, bool counts,
    struct web_session **session, struct error *err);
int web_end(struct web *web, struct view *view, struct web_session *session,
    const struct session *row, int64_t end_us, bool record, struct error *err);

/* Where no session is kept: an access of the user, if the last one is not just recorded. */
int web_note(struct web *web, struct view *view, struct text user,
    struct text auth_user, int64_t at_us, const struct address *address,
    struct error *err);

#endif
