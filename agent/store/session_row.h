/* SPDX-License-Identifier: ISC */
/* Inside the store only: the keys of sessions, and the table of their processes. */
#ifndef IMSC_STORE_SESSION_ROW_H
#define IMSC_STORE_SESSION_ROW_H

#include <endian.h>

#include "agent/store/session.h"
#include "agent/store/view.h"

struct row_key {
	uint8_t service;
	uint32_t number; /* big-endian */
} __attribute__((packed));

#define KEY(key) ((MDB_val){ sizeof(key), &(key) })

static inline struct row_key
make_row_key(struct session_key key)
{
	return (struct row_key){ (uint8_t)key.service, htobe32(key.number) };
}

/* Writes, or takes away, what TABLE_PROCESS has of a session; nothing of one without a process. */
int session_set_process(
    struct view *view, const struct session *session, bool is, struct error *err);

#endif
