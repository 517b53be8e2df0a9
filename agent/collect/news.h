/* SPDX-License-Identifier: ISC */
/*
 * What a mail server tells of its sessions by itself, as it happens: a backend's feed hears it, the
 * collector applies it in the order in which it came.
 */
#ifndef IMSC_NEWS_H
#define IMSC_NEWS_H

#include "agent/model.h"

enum news_kind {
	NEWS_LOGIN = 0, /* the session began */
	NEWS_MORE,  /* what else is known of one that began; nothing if it is over */
	NEWS_LOGOUT /* it is over */
};

struct news {
	enum news_kind kind;
	struct session session;
	int64_t ended_us; /* NEWS_LOGOUT: when */
	char *octets;     /* what the session's texts point into */
};

#endif
