/* SPDX-License-Identifier: ISC */
/*
 * A server of Dovecot's dict protocol that takes the records of logins. A client is
 * answered only after dict_server_answer() said that what it committed is durable, so that
 * an answered record is never lost.
 */
#ifndef IMSC_DICT_SERVER_H
#define IMSC_DICT_SERVER_H

#include <event2/event.h>

#include "agent/error.h"
#include "agent/model.h"

struct dict_server;

/* One login; its texts are borrowed. 0: taken; -1: refused, and why. */
typedef int dict_login(void *arg, const struct session *login, struct error *err);

/*
 * A listening socket at PATH with mode 0660, of GROUP unless that is "". Takes the place of
 * a socket that nobody listens to, never of one that is in use. -1 on failure.
 */
int dict_listen(const char *path, const char *group, struct error *err);

/*
 * Serves LISTEN_FD, which it owns from now on. Beyond MAX_CONNECTIONS the one that was
 * silent for longest is closed.
 */
struct dict_server *dict_server_new(struct event_base *base, int listen_fd,
    size_t max_connections, dict_login *login, void *arg);
void dict_server_free(struct dict_server *server);

/* Whether anyone waits for an answer. */
bool dict_server_waiting(const struct dict_server *server);
/* Answers everyone who waits: all is durable, or, if FAILED is not NULL, nothing is. */
void dict_server_answer(struct dict_server *server, const struct error *failed);

#endif
