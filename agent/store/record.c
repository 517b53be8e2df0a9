/* SPDX-License-Identifier: ISC */
/* The store's values: what is in each of them, in which order. */
#include "config.h"

#include <string.h>

#include "agent/store/codec.h"

enum {
	RECORD_VERSION = 1
};

/* A reader behind the version octet. */
static struct reader
open_record(const uint8_t *data, size_t length)
{
	struct reader r = { data, length, true };

	if (get_8(&r) != RECORD_VERSION)
		r.ok = false;
	return r;
}

size_t
record_put_session(uint8_t *buffer, const struct session *session)
{
	struct writer w = { buffer };

	put_8(&w, RECORD_VERSION);
	put_8(&w, (uint8_t)session->login_source);
	put_64(&w, (uint64_t)session->login_us);
	put_64(&w, (uint64_t)session->created_us);
	put_32(&w, session->process.pid);
	put_64(&w, session->process.seen_ticks);
	put_endpoint(&w, &session->local);
	put_endpoint(&w, &session->remote);
	put_text(&w, session->user);
	put_text(&w, session->mechanism);
	put_text(&w, session->store_id);
	put_text(&w, session->auth_user);
	put_octets(&w, session->connection.octets, sizeof session->connection.octets);
	put_8(&w, session->hibernated);
	put_64(&w, (uint64_t)session->seen_us);
	put_text(&w, session->mailbox);
	put_64(&w, (uint64_t)session->active_us);
	put_octet_counts(&w, &session->octets);
	return (size_t)(w.at - buffer);
}

/* Records of before it was known what sessions do have nothing of it. */
static void
get_activity(struct reader *r, struct session *session)
{
	session->mailbox = (struct text){ 0 };
	session->active_us = 0;
	session->octets = (struct octets){ 0 };
	if (r->left == 0)
		return;
	session->mailbox = get_text(r);
	session->active_us = (int64_t)get_64(r);
	get_octet_counts(r, &session->octets);
}

bool
record_get_session(const uint8_t *data, size_t length, struct session *session)
{
	struct reader r = open_record(data, length);

	session->login_source = (enum time_source)get_8(&r);
	session->login_us = (int64_t)get_64(&r);
	session->created_us = (int64_t)get_64(&r);
	session->process.pid = get_32(&r);
	session->process.seen_ticks = get_64(&r);
	get_endpoint(&r, &session->local);
	get_endpoint(&r, &session->remote);
	session->user = get_text(&r);
	session->mechanism = get_text(&r);
	session->store_id = get_text(&r);
	session->auth_user = get_text(&r);
	session->peer = (struct address){ 0 };
	memset(&session->connection, 0, sizeof session->connection);
	session->hibernated = false;
	/* Records of before Dovecot 2.4 was understood end here. */
	if (r.left > 0) {
		memcpy(session->connection.octets,
		    get_octets(&r, sizeof session->connection.octets),
		    sizeof session->connection.octets);
		session->hibernated = get_8(&r);
	}
	/* And those of before webmail was. */
	session->seen_us = r.left > 0 ? (int64_t)get_64(&r) : session->login_us;
	get_activity(&r, session);
	return r.ok && session->user.length > 0;
}

size_t
record_put_user(uint8_t *buffer, const struct user *user, const struct user_key *key)
{
	struct writer w = { buffer };

	put_8(&w, RECORD_VERSION);
	put_text(&w, user_key_is_name(key) ? (struct text){ 0 } : user->name);
	put_8(&w, (uint8_t)user->naccess);
	for (size_t i = 0; i < user->naccess; i++) {
		const struct access *access = &user->access[i];

		put_8(&w, (uint8_t)access->service);
		put_32(&w, access->sessions);
		put_64(&w, (uint64_t)access->login_us);
		put_64(&w, (uint64_t)access->logout_us);
		put_address(&w, &access->address);
	}
	return (size_t)(w.at - buffer);
}

bool
record_get_user(
    const uint8_t *data, size_t length, struct user *user, struct text key_name)
{
	struct reader r = open_record(data, length);
	struct text name = get_text(&r);

	user->name = name.length > 0 ? name : key_name;
	user->sessions = 0;
	user->naccess = get_8(&r);
	if (user->naccess > SERVICE_END)
		return false;
	for (size_t i = 0; i < user->naccess; i++) {
		struct access *access = &user->access[i];

		access->service = (enum service)get_8(&r);
		access->sessions = get_32(&r);
		access->login_us = (int64_t)get_64(&r);
		access->logout_us = (int64_t)get_64(&r);
		get_address(&r, &access->address);
		if (access->service <= SERVICE_ALL || access->service >= SERVICE_END)
			return false;
		user->sessions += access->sessions;
	}
	return r.ok;
}

size_t
record_put_totals(uint8_t *buffer, const struct totals *totals)
{
	struct writer w = { buffer };

	put_8(&w, RECORD_VERSION);
	put_32(&w, totals->sessions);
	put_32(&w, totals->users);
	put_32(&w, totals->peak_sessions);
	put_32(&w, totals->peak_users);
	put_64(&w, (uint64_t)totals->peak_us);
	put_64(&w, totals->logins);
	put_32(&w, totals->disconnects);
	put_64(&w, (uint64_t)totals->last_login_us);
	put_octet_counts(&w, &totals->octets);
	return (size_t)(w.at - buffer);
}

bool
record_get_totals(const uint8_t *data, size_t length, struct totals *totals)
{
	struct reader r = open_record(data, length);

	totals->sessions = get_32(&r);
	totals->users = get_32(&r);
	totals->peak_sessions = get_32(&r);
	totals->peak_users = get_32(&r);
	totals->peak_us = (int64_t)get_64(&r);
	totals->logins = get_64(&r);
	totals->disconnects = get_32(&r);
	totals->last_login_us = (int64_t)get_64(&r);
	totals->octets = (struct octets){ 0 };
	/* Older records end here. */
	if (r.left > 0)
		get_octet_counts(&r, &totals->octets);
	return r.ok;
}

size_t
record_put_audit(uint8_t *buffer, const struct audit *audit)
{
	struct writer w = { buffer };

	put_8(&w, RECORD_VERSION);
	put_64(&w, (uint64_t)audit->time_us);
	put_8(&w, (uint8_t)audit->origin);
	put_8(&w, (uint8_t)audit->result);
	put_32(&w, audit->asked);
	put_32(&w, audit->ended);
	put_text(&w, audit->user);
	put_text(&w, audit->requester);
	put_text(&w, audit->reason);
	put_64(&w, (uint64_t)audit->returned_us);
	put_8(&w, (uint8_t)audit->action);
	return (size_t)(w.at - buffer);
}

bool
record_get_audit(const uint8_t *data, size_t length, struct audit *audit)
{
	struct reader r = open_record(data, length);

	audit->time_us = (int64_t)get_64(&r);
	audit->origin = (enum audit_origin)get_8(&r);
	audit->result = (enum audit_result)get_8(&r);
	audit->asked = get_32(&r);
	audit->ended = get_32(&r);
	audit->user = get_text(&r);
	audit->requester = get_text(&r);
	audit->reason = get_text(&r);
	/* Records of schema 1 end here. */
	audit->returned_us = r.left > 0 ? (int64_t)get_64(&r) : 0;
	/* And those of before there were others here. */
	audit->action = r.left > 0 ? (enum audit_action)get_8(&r) : AUDIT_DISCONNECT;
	return r.ok;
}

size_t
record_put_alarm(uint8_t *buffer, const struct alarm *alarm)
{
	struct writer w = { buffer };

	put_8(&w, RECORD_VERSION);
	put_8(&w, (uint8_t)alarm->rule.object);
	put_8(&w, (uint8_t)alarm->rule.service);
	put_8(&w, (uint8_t)alarm->rule.direction);
	put_8(&w, alarm->rule.startup);
	put_32(&w, alarm->rule.rising);
	put_32(&w, alarm->rule.falling);
	put_text(&w, alarm->rule.name);
	put_8(&w, alarm->enabled);
	put_8(&w, (uint8_t)alarm->state);
	put_8(&w, (uint8_t)alarm->judged);
	put_64(&w, (uint64_t)alarm->since_us);
	put_8(&w, alarm->gate.told);
	put_64(&w, (uint64_t)alarm->gate.told_us[0]);
	put_64(&w, (uint64_t)alarm->gate.told_us[1]);
	return (size_t)(w.at - buffer);
}

bool
record_get_alarm(const uint8_t *data, size_t length, struct alarm *alarm)
{
	struct reader r = open_record(data, length);

	alarm->rule.object = (enum alarm_object)get_8(&r);
	alarm->rule.service = (enum service)get_8(&r);
	alarm->rule.direction = (enum alarm_direction)get_8(&r);
	alarm->rule.startup = get_8(&r);
	alarm->rule.rising = get_32(&r);
	alarm->rule.falling = get_32(&r);
	alarm->rule.name = get_text(&r);
	alarm->enabled = get_8(&r);
	alarm->state = (enum alarm_state)get_8(&r);
	alarm->judged = (enum alarm_state)get_8(&r);
	alarm->since_us = (int64_t)get_64(&r);
	alarm->gate.told = get_8(&r);
	alarm->gate.told_us[0] = (int64_t)get_64(&r);
	alarm->gate.told_us[1] = (int64_t)get_64(&r);
	alarm->value = 0;
	return r.ok && alarm->rule.service < SERVICE_END;
}
