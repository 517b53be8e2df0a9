/* SPDX-License-Identifier: ISC */
/*
 * What is of webmail: the one place that decides it, for logins, for rows of a listing, for the
 * daemon and for the command. Pure.
 */
#ifndef IMSC_WEBMAIL_H
#define IMSC_WEBMAIL_H

#include "agent/conf.h"

/* Whether webmail runs at ADDRESS. */
bool webmail_is_host(const struct conf *conf, const struct address *address);

/* Whether a login is of a connection that webmail made. */
bool webmail_made(const struct conf *conf, const struct session *login);

/* Webmail's own id of its session, where the connection's name tells it; else empty. */
struct text webmail_id(const struct conf *conf, const struct session *login);

/*
 * How well a connection from ADDRESS fits a session of its user who was seen at REMOTE. One
 * with webmail's own address may be of any session, but of those that are known to be of
 * another host.
 */
enum webmail_fit {
	WEBMAIL_NO_FIT = 0,
	WEBMAIL_MAY_FIT,
	WEBMAIL_SAME_ADDRESS
};
enum webmail_fit webmail_fits(const struct conf *conf, const struct address *address,
    const struct address *remote);

/*
 * Whether a listing may have connections of webmail to SERVICE that do not look so: with the browser's
 * address, or known by the names of their sessions, which no listing has. Over HTTP it tells neither.
 */
bool webmail_may_hide(const struct conf *conf, enum service service);

enum {
	WEBMAIL_ID_MAX = 255, /* octets of webmail's own id */
	WEBMAIL_NAME_SIZE = 33
};

/*
 * The name by which a user's session with webmail's ID is known: a hash in hexadecimal digits,
 * since the id may be all that a browser has to show to be taken for the user.
 */
struct text webmail_name(
    char name[WEBMAIL_NAME_SIZE], struct text user, struct text id);

#endif
