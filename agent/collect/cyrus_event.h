/* SPDX-License-Identifier: ISC */
/*
 * An event of Cyrus (RFC 5423) as one of its processes sends it in a datagram: fields that end in NUL,
 * and in one of them JSON. Pure.
 */
#ifndef IMSC_CYRUS_EVENT_H
#define IMSC_CYRUS_EVENT_H

#include <jansson.h>

#include "agent/error.h"
#include "agent/model.h"

enum {
	CYRUS_EVENT_MAX = 8192 /* what Cyrus sends at most */
};

enum cyrus_event_kind {
	CYRUS_EVENT_OTHER = 0,
	CYRUS_EVENT_LOGIN,
	CYRUS_EVENT_LOGOUT
};

struct cyrus_event {
	enum cyrus_event_kind kind;
	struct text service; /* as cyrus.conf names it */
	/* User, ends, process, store_id and, of a login, when; texts point into JSON. */
	struct session session;
	json_t *json;
};

/* That came at NOW_US. The caller calls cyrus_event_fini() in either case. */
int cyrus_event_parse(struct cyrus_event *event, const char *octets, size_t length,
    int64_t now_us, struct error *err);
void cyrus_event_fini(struct cyrus_event *event);

#endif
