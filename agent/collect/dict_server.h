/* SPDX-License-Identifier: ISC */
/*
 * A server of Dovecot's dict protocol that takes the records of logins, in a thread of its
 * own, so that it reads while others write. Logins come out in batches; a client is
 * answered only after dict_server_answer() said that its batch is durable, so that an
 * answered record is never lost.
 */
#ifndef IMSC_DICT_SERVER_H
#define IMSC_DICT_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/error.h"
#include "agent/model.h"

struct dict_server;

/* The site's own dict, which gets the records, too; PATH "" is none. */
struct dict_site {
	const char *path;
	const char *precision; /* of its times: s, ms, us or ns */
};

/*
 * Starts to serve LISTEN_FD, which it owns from now on. Beyond MAX_CONNECTIONS the one that
 * was silent for longest is closed. NULL if there can be no thread.
 */
struct dict_server *dict_server_start(int listen_fd, size_t max_connections,
    const struct dict_site *site, struct error *err);
/* Stops the thread; whoever waits for an answer gets none. SERVER may be NULL. */
void dict_server_stop(struct dict_server *server);

/* Readable when there is a batch to take. */
int dict_server_fd(const struct dict_server *server);

/*
 * The logins of the next batch, in the order in which they came, and their COUNT; NULL if
 * there is none yet. They are lent until dict_server_answer(), which must follow.
 */
const struct session *dict_server_take(struct dict_server *server, size_t *count);

/* The batch that was taken is durable; or, if FAILED, nothing of it is. */
void dict_server_answer(struct dict_server *server, bool failed);

#endif
