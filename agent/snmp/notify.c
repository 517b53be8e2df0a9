/* SPDX-License-Identifier: ISC */
/* Notify-PDUs (RFC 2741, 6.2.10) and their answers. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/link.h"
#include "agent/snmp/notify.h"
#include "agent/snmp/personal.h"

/*
 * Sent and not answered. Of some hundred that nobody reads the socket is full, and then both
 * sides wait for each other for ever.
 */
enum {
	WINDOW = 64
};

/* Octets of a context's name (RFC 3411). */
enum {
	CONTEXT_MAX = 32
};

/* As the library has them: h.type and h.flags, RFC 2741, 6.1. */
enum {
	AGENTX_NOTIFY = 12,
	AGENTX_PING = 13,
	AGENTX_NON_DEFAULT_CONTEXT = 0x08,
	AGENTX_NETWORK_BYTE_ORDER = 0x10
};

struct sent {
	TAILQ_ENTRY(sent) next;
	struct notice *notice;
	uintptr_t id;
	bool under_way; /* on the session there is now */
};

static struct {
	struct notice_queue *queue;
	const char *context;
	netsnmp_session *session; /* NULL while there is none */
	netsnmp_callback next_callback;
	bool hangs;   /* the master did not answer; until it says something */
	bool pinged;  /* while it hangs it is asked to */
	bool hung_up; /* it was the master who ended the session */
	TAILQ_HEAD(, sent) sent;
	size_t count;
	uintptr_t last_id;
} notify = { .sent = TAILQ_HEAD_INITIALIZER(notify.sent) };

struct field {
	const struct table *table;
	oid arc;
};

enum {
	FIELDS_MAX = 8
};

/* The objects of each notification, in the MIB's order. */
static const struct field fields[NOTICE_END][FIELDS_MAX] = {
	[NOTICE_ALARM_RAISED] = { { &imsconn_alarm, 2 }, { &imsconn_alarm, 3 },
	    { &imsconn_alarm, 4 }, { &imsconn_alarm, 11 }, { &imsconn_alarm, 7 },
	    { &imsconn_alarm, 5 }, { &imsconn_alarm, 6 }, { &imsconn_alarm, 9 } },
	[NOTICE_ALARM_CLEARED] = { { &imsconn_alarm, 2 }, { &imsconn_alarm, 3 },
	    { &imsconn_alarm, 4 }, { &imsconn_alarm, 11 }, { &imsconn_alarm, 7 },
	    { &imsconn_alarm, 5 }, { &imsconn_alarm, 6 }, { &imsconn_alarm, 9 } },
	[NOTICE_COLLECTOR_FAILED] = { { &imsconn_agent, 2 }, { &imsconn_agent, 3 },
	    { &imsconn_agent, 8 }, { &imsconn_agent, 4 } },
	[NOTICE_COLLECTOR_RECOVERED] = { { &imsconn_agent, 2 }, { &imsconn_agent, 3 },
	    { &imsconn_agent, 4 } },
	[NOTICE_USER_DISCONNECTED] = { { &imsconn_audit, 3 }, { &imsconn_audit, 4 },
	    { &imsconn_audit, 5 }, { &imsconn_audit, 6 }, { &imsconn_audit, 8 },
	    { &imsconn_audit, 7 }, { &imsconn_audit, 9 } },
	[NOTICE_USER_RETURNED] = { { &imsconn_audit, 3 }, { &imsconn_audit, 2 },
	    { &imsconn_user, 3 } },
	[NOTICE_USER_SESSIONS_HIGH] = { { &imsconn_user, 2 }, { &imsconn_user, 3 } },
};

/* The row of TABLE as the notice has it. */
static bool
make_row(struct row *row, const struct table *table, const struct notice *notice)
{
	if (table == &imsconn_alarm) {
		row->index.number = notice->alarm.number;
		row->alarm = notice->alarm;
	} else if (table == &imsconn_agent) {
		row->agent.health = notice->health;
	} else if (table == &imsconn_audit) {
		row->index.number = notice->audit.number;
		row->audit = notice->audit;
	} else {
		row->user = notice->user;
		return scene_make_key(row->scene, notice->user.name, &row->index.user);
	}
	return true;
}

/* Of a person nothing is told where no row of one is. */
static bool
is_told(const struct notice *notice)
{
	const struct scene *scene = imsconn_mib_scene();
	const struct field *field = fields[notice->kind];

	for (size_t i = 0; i < FIELDS_MAX && field[i].table != NULL; i++)
		if (!scene_tells_table(scene, field[i].table))
			return false;
	return true;
}

static void
add_field(netsnmp_pdu *pdu, const struct field *field, const struct notice *notice,
    const struct scene *scene)
{
	struct row row = { .scene = scene };
	struct cell cell;

	if (make_row(&row, field->table, notice) &&
	    table_show(&cell, field->table, field->arc, &row))
		snmp_pdu_add_variable(pdu, cell.name, cell.length, cell.column->type,
		    cell.value.data, cell.value.length);
}

/* sysUpTime.0 when it happened, and snmpTrapOID.0 (RFC 3416, 4.2.6). */
static void
add_head(netsnmp_pdu *pdu, const struct notice *notice, const struct scene *scene)
{
	static const oid up_time[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	oid trap[] = { IMSC_OID_ROOT, 0, (oid)notice->kind };
	int64_t after_start_us = notice->time_us - scene->master_start_us;
	u_long ticks =
	    after_start_us > 0 ? (u_long)(after_start_us / VALUE_TICK_US) : 0;

	snmp_pdu_add_variable(
	    pdu, up_time, OID_LENGTH(up_time), ASN_TIMETICKS, &ticks, sizeof ticks);
	snmp_pdu_add_variable(
	    pdu, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, trap, sizeof trap);
}

/*
 * What is not of the default context says so in the PDU, which the master agent makes the
 * context of an SNMPv3 notification, and as its last object, for the versions that have no
 * contexts: vacmContextName (RFC 3415).
 */
static void
add_context(netsnmp_pdu *pdu)
{
	static const oid column[] = { 1, 3, 6, 1, 6, 3, 16, 1, 1, 1, 1 };
	size_t length = strlen(notify.context);
	oid name[OID_LENGTH(column) + 1 + CONTEXT_MAX];
	size_t arcs = OID_LENGTH(column);

	if (length == 0 || length > CONTEXT_MAX)
		return;
	pdu->flags |= AGENTX_NON_DEFAULT_CONTEXT;
	pdu->community = (u_char *)xstrdup(notify.context);
	pdu->community_len = length;
	memcpy(name, column, sizeof column);
	name[arcs++] = length;
	for (size_t i = 0; i < length; i++)
		name[arcs++] = (unsigned char)notify.context[i];
	snmp_pdu_add_variable(pdu, name, arcs, ASN_OCTET_STR, notify.context, length);
}

static netsnmp_pdu *
make_pdu(const netsnmp_session *session, int type)
{
	netsnmp_pdu *pdu = snmp_pdu_create(type);

	if (pdu == NULL)
		return NULL;
	pdu->version = session->version;
	pdu->sessid = session->sessid;
	pdu->flags |= session->flags & AGENTX_NETWORK_BYTE_ORDER;
	return pdu;
}

static netsnmp_pdu *
make_notification(const netsnmp_session *session, const struct notice *notice)
{
	struct scene scene = *imsconn_mib_scene();
	netsnmp_pdu *pdu = make_pdu(session, AGENTX_NOTIFY);

	if (pdu == NULL)
		return NULL;
	scene.now_us = notice->time_us;
	add_head(pdu, notice, &scene);
	for (size_t i = 0; i < FIELDS_MAX; i++)
		if (fields[notice->kind][i].table != NULL)
			add_field(pdu, &fields[notice->kind][i], notice, &scene);
	add_context(pdu);
	return pdu;
}

static void
forget(struct sent *sent)
{
	TAILQ_REMOVE(&notify.sent, sent, next);
	notify.count--;
	notice_free(sent->notice);
	free(sent);
}

static struct sent *
find_sent(uintptr_t id)
{
	struct sent *sent;

	TAILQ_FOREACH(sent, &notify.sent, next)
	if (sent->id == id)
		break;
	return sent;
}

static int
on_answer(
    int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct sent *sent = find_sent((uintptr_t)magic);

	(void)session;
	(void)reqid;
	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
		notify.hangs = false;
		if (pdu->errstat != SNMP_ERR_NOERROR)
			log_error("the master agent refused a notification: error %ld",
			    pdu->errstat);
	} else if (operation == NETSNMP_CALLBACK_OP_TIMED_OUT) {
		if (!notify.hangs)
			log_warning("the master agent does not answer; "
				    "notifications wait");
		notify.hangs = true;
	} else {
		return 1; /* it is sent again on the next session */
	}
	if (sent != NULL)
		forget(sent);
	return 1;
}

static bool
send_one(struct sent *sent)
{
	netsnmp_pdu *pdu = make_notification(notify.session, sent->notice);

	if (pdu == NULL)
		return false;
	sent->id = ++notify.last_id;
	sent->under_way = true;
	if (snmp_async_send(notify.session, pdu, on_answer, (void *)sent->id) != 0)
		return true;
	snmp_free_pdu(pdu);
	sent->under_way = false;
	return false;
}

static int
on_pinged(
    int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	(void)session;
	(void)reqid;
	(void)pdu;
	(void)magic;
	notify.pinged = false;
	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE)
		notify.hangs = false;
	return 1;
}

/*
 * Nothing else may ever be heard from a master that goes on: answers that come too late, and
 * those to the library's own pings, pass us by.
 */
static void
ping(void)
{
	netsnmp_pdu *pdu = make_pdu(notify.session, AGENTX_PING);

	if (pdu == NULL)
		return;
	notify.pinged = snmp_async_send(notify.session, pdu, on_pinged, NULL) != 0;
	if (!notify.pinged)
		snmp_free_pdu(pdu);
}

static bool
may_send(void)
{
	return notify.session != NULL && !notify.hangs;
}

void
notify_send(void)
{
	struct notice *notice;
	struct sent *sent;

	if (notify.session != NULL && notify.hangs && !notify.pinged)
		ping();
	TAILQ_FOREACH(sent, &notify.sent, next)
	if (may_send() && !sent->under_way && !send_one(sent))
		return;
	while (may_send() && notify.count < WINDOW &&
	    (notice = notice_queue_take(notify.queue)) != NULL) {
		if (!is_told(notice)) {
			notice_free(notice);
			continue;
		}
		sent = xcalloc(1, sizeof *sent);
		sent->notice = notice;
		TAILQ_INSERT_TAIL(&notify.sent, sent, next);
		notify.count++;
		if (!send_one(sent))
			return;
	}
}

int
notify_fd(void)
{
	return may_send() && notify.count < WINDOW ? notice_queue_fd(notify.queue) : -1;
}

/* Whatever the master says, it is alive. */
static int
on_message(
    int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE)
		notify.hangs = false;
	else if (operation == NETSNMP_CALLBACK_OP_DISCONNECT)
		notify.hung_up = true;
	return notify.next_callback(operation, session, reqid, pdu, magic);
}

void
notify_connected(netsnmp_session *session)
{
	notify.session = session;
	notify.hangs = false;
	notify.pinged = false;
	notify.hung_up = false;
	notify.next_callback = session->callback;
	session->callback = on_message;
}

void
notify_lost(void)
{
	struct sent *sent = TAILQ_FIRST(&notify.sent);
	struct sent *next;

	notify.session = NULL;
	for (; sent != NULL; sent = next) {
		next = TAILQ_NEXT(sent, next);
		if (sent->under_way && (!notify.hung_up || link_is_dropped()))
			forget(sent);
		else
			sent->under_way = false;
	}
}

void
notify_open(struct notice_queue *queue, const char *context)
{
	notify.queue = queue;
	notify.context = context;
}

void
notify_close(void)
{
	while (!TAILQ_EMPTY(&notify.sent))
		forget(TAILQ_FIRST(&notify.sent));
}
