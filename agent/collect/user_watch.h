/* SPDX-License-Identifier: ISC */
/*
 * What operators are told of single users: that one was disconnected, that he is back, that
 * he has too many sessions. All of one writing thread.
 */
#ifndef IMSC_USER_WATCH_H
#define IMSC_USER_WATCH_H

#include "agent/conf.h"
#include "agent/notice.h"
#include "agent/store/session.h"

struct user_watch;

/* CONF is read at every call and must outlive the watch. */
struct user_watch *user_watch_new(
    const struct conf *conf, struct notice_queue *notices);
void user_watch_free(struct user_watch *watch);

/* Remembers who was disconnected lately, from the audit. */
void user_watch_resume(struct user_watch *watch, struct view *view);

/* A session that was just added to VIEW: there may be too many of its user now. */
void user_watch_session(
    struct user_watch *watch, struct view *view, const struct session *session);
/* A login, with or without a session that is shown: its user may be back. */
void user_watch_login(
    struct user_watch *watch, struct view *view, const struct session *login);
/* Tells of the audit's new rows, whoever wrote them. */
void user_watch_audit(struct user_watch *watch, struct view *view);

/* Whether there is something to be written, and writing it. */
bool user_watch_is_changed(const struct user_watch *watch);
int user_watch_write(
    const struct user_watch *watch, struct view *view, struct error *err);
/* What was written is durable. */
void user_watch_written(struct user_watch *watch);

#endif
