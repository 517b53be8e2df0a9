/* SPDX-License-Identifier: ISC */
/*
 * A server of Dovecot's dict protocol that takes the records of logins, in a thread of its
 * own, so that it reads while others write. A client is answered only after its batch is
 * durable, so that an answered record is never lost; who waits when it stops gets no answer.
 * Beyond the most connections the one that was silent for longest is closed.
 */
#ifndef IMSC_DICT_SERVER_H
#define IMSC_DICT_SERVER_H

#include "agent/collect/backend.h"

extern const struct backend_feed dict_feed;

#endif
