/* SPDX-License-Identifier: ISC */
/*
 * The AgentX session's callback, before the library's own: a GetNext-PDU is turned into its
 * Response-PDU in place. RFC 2741, 7.2.3.2 and 7.2.5.
 */
#include "config.h"

#include <string.h>

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/link.h"
#include "agent/snmp/shortcut.h"

/* RFC 2741, 6.1: h.type, which the library has as a PDU's command, and a bit of h.flags. */
enum {
	AGENTX_GETNEXT = 6,
	AGENTX_RESPONSE = 18,
	AGENTX_NON_DEFAULT_CONTEXT = 0x08
};

static struct {
	netsnmp_callback library;
	const char *context;
	size_t context_length;
} shortcut;

/* The library has a PDU's context as its community. */
static bool
is_in_context(const netsnmp_pdu *pdu)
{
	return pdu->community_len == shortcut.context_length &&
	    (pdu->community_len == 0 ||
		memcmp(pdu->community, shortcut.context, pdu->community_len) == 0);
}

/* In the context that is served, and ranges as the library reads them. */
static bool
is_plain_getnext(const netsnmp_pdu *pdu)
{
	const netsnmp_variable_list *v = pdu->variables;

	if (pdu->command != AGENTX_GETNEXT || !is_in_context(pdu) || v == NULL)
		return false;
	for (; v != NULL; v = v->next_variable)
		if (v->type != ASN_PRIV_INCL_RANGE && v->type != ASN_PRIV_EXCL_RANGE)
			return false;
	return true;
}

/* A range's end is its value; the null OID 0.0 is none. */
static bool
is_in_range(const netsnmp_variable_list *range, const struct cell *cell)
{
	const oid *end = range->val.objid;
	size_t length = range->val_len / sizeof *end;

	if (length == 0 || (length == 2 && end[0] == 0 && end[1] == 0))
		return true;
	return snmp_oid_compare(cell->name, cell->length, end, length) < 0;
}

static bool
find(struct reading *reading, const netsnmp_variable_list *range)
{
	if (range->type == ASN_PRIV_INCL_RANGE &&
	    reading_get(reading, range->name, range->name_length) == READING_DONE)
		return true;
	return reading_next(reading, range->name, range->name_length) &&
	    is_in_range(range, &reading->cell);
}

/* Turns a range into what is found in it; its name stays where there is nothing. */
static void
answer(struct reading *reading, netsnmp_variable_list *variable)
{
	const struct cell *cell = &reading->cell;

	if (!find(reading, variable)) {
		snmp_set_var_typed_value(variable, SNMP_ENDOFMIBVIEW, NULL, 0);
		return;
	}
	snmp_set_var_objid(variable, cell->name, cell->length);
	snmp_set_var_typed_value(
	    variable, cell->column->type, cell->value.data, cell->value.length);
}

/* The answer to PDU, with PDU's variables. */
static netsnmp_pdu *
make_response(netsnmp_session *session, netsnmp_pdu *pdu)
{
	netsnmp_pdu *response = snmp_pdu_create(AGENTX_RESPONSE);

	if (response == NULL)
		return NULL;
	response->version = session->version;
	response->flags = pdu->flags & ~(u_long)AGENTX_NON_DEFAULT_CONTEXT;
	response->sessid = pdu->sessid;
	response->transid = pdu->transid;
	response->reqid = pdu->reqid;
	response->msgid = pdu->msgid;
	response->errstat = SNMP_ERR_NOERROR;
	response->errindex = 0;
	response->variables = pdu->variables;
	pdu->variables = NULL;
	return response;
}

/* MAGIC is set while the library itself waits for an answer. */
static int
on_message(
    int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct reading *reading = NULL;
	netsnmp_pdu *response;

	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && magic == NULL &&
	    is_plain_getnext(pdu))
		reading = imsconn_mib_begin();
	if (reading == NULL)
		return shortcut.library(operation, session, reqid, pdu, magic);
	for (netsnmp_variable_list *v = pdu->variables; v != NULL; v = v->next_variable)
		answer(reading, v);
	imsconn_mib_end();
	response = make_response(session, pdu);
	if (response == NULL || !snmp_send(session, response)) {
		snmp_free_pdu(response);
		link_drop(session);
	}
	return 1;
}

void
shortcut_open(netsnmp_session *session, const char *context)
{
	shortcut.context = context;
	shortcut.context_length = strlen(context);
	shortcut.library = session->callback;
	session->callback = on_message;
}
