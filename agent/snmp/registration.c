/* SPDX-License-Identifier: ISC */
/*
 * Register-PDUs, RFC 2741, 6.2.3 and 7.1.4, sent without waiting. A part that is registered
 * already is registered with the next priority: the lowest number serves, the others wait.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/log.h"
#include "agent/snmp/link.h"
#include "agent/snmp/registration.h"

enum {
	PARTS_MAX = 4,
	PRIORITY_LAST = 255,
	AGAIN_SECONDS = 60 /* until what was refused for good is tried once more */
};

/* RFC 2741, 6.1: h.type and a bit of h.flags; 6.2.16: res.error. */
enum {
	AGENTX_REGISTER = 3,
	AGENTX_NON_DEFAULT_CONTEXT = 0x08,
	AGENTX_DUPLICATE_REGISTRATION = 263
};

struct part {
	const oid *root;
	size_t length;
	char text[MAX_OID_LEN * 11]; /* ROOT, for the log */
	int priority;                /* that it is being registered with */
	unsigned alarm;              /* to ask again; 0 if none */
};

static struct {
	netsnmp_session *session; /* NULL if there is none */
	const char *context;
	struct part parts[PARTS_MAX];
	size_t count;
} registration;

static void ask(struct part *part);

static void
ask_again(unsigned alarm, void *arg)
{
	struct part *part = arg;

	(void)alarm;
	part->alarm = 0;
	ask(part);
}

static void
take_error(struct part *part, long error)
{
	if (error == AGENTX_DUPLICATE_REGISTRATION && part->priority < PRIORITY_LAST) {
		part->priority++;
		ask(part);
		return;
	}
	log_error("the master agent refuses to let us answer for %s: error %ld",
	    part->text, error);
	part->priority = DEFAULT_MIB_PRIORITY;
	part->alarm = snmp_alarm_register(AGAIN_SECONDS, 0, ask_again, part);
}

static void
take_answer(struct part *part, long error)
{
	if (error != SNMP_ERR_NOERROR)
		take_error(part, error);
	else if (part->priority == DEFAULT_MIB_PRIORITY)
		log_debug("AgentX: answering for %s", part->text);
	else
		log_warning(
		    "another agent answers for %s already; standing by behind it",
		    part->text);
}

/* An answer that does not come leaves open who answers for the part: begin anew. */
static int
on_answer(
    int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *part)
{
	(void)reqid;
	if (session != registration.session)
		return 1;
	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE)
		take_answer(part, pdu->errstat);
	else
		link_drop(session);
	return 1;
}

static netsnmp_pdu *
make_request(const struct part *part)
{
	netsnmp_pdu *pdu = snmp_pdu_create(AGENTX_REGISTER);

	if (pdu == NULL)
		return NULL;
	pdu->time = 0; /* the master agent's own limit for answers */
	pdu->priority = (u_char)part->priority;
	pdu->sessid = registration.session->sessid;
	pdu->range_subid = 0;
	if (*registration.context != '\0') {
		pdu->flags |= AGENTX_NON_DEFAULT_CONTEXT;
		pdu->community = (u_char *)xstrdup(registration.context);
		pdu->community_len = strlen(registration.context);
	}
	snmp_add_null_var(pdu, part->root, part->length);
	return pdu;
}

static void
ask(struct part *part)
{
	netsnmp_pdu *pdu = make_request(part);

	if (pdu != NULL &&
	    snmp_async_send(registration.session, pdu, on_answer, part) != 0)
		return;
	snmp_free_pdu(pdu);
	link_drop(registration.session);
}

void
registration_open(const char *context)
{
	registration.context = context;
}

static void
print_root(struct part *part)
{
	size_t used = 0;

	for (size_t i = 0; i < part->length; i++)
		used += (size_t)snprintf(part->text + used, sizeof part->text - used,
		    ".%lu", (unsigned long)part->root[i]);
}

int
registration_add(const char *name, const oid *root, size_t length,
    Netsnmp_Node_Handler *handle, struct error *err)
{
	netsnmp_handler_registration *local = netsnmp_create_handler_registration(
	    name, handle, root, length, HANDLER_CAN_RWRITE);
	struct part *part = &registration.parts[registration.count++];

	assert(registration.count <= PARTS_MAX);
	part->root = root;
	part->length = length;
	print_root(part);
	if (local != NULL && *registration.context != '\0')
		local->contextName = xstrdup(registration.context);
	if (local == NULL || netsnmp_register_handler(local) != MIB_REGISTERED_OK)
		return error_set(
		    err, "cannot register %s with Net-SNMP's library", name);
	return 0;
}

/* The library registers what is not attached right after this, and after each loss. */
static void
keep_from_library(const struct part *part)
{
	netsnmp_subtree *tree =
	    netsnmp_subtree_find(part->root, part->length, NULL, registration.context);

	if (tree != NULL)
		tree->flags |= SUBTREE_ATTACHED;
}

void
registration_begin(netsnmp_session *session)
{
	registration.session = session;
	for (size_t i = 0; i < registration.count; i++) {
		struct part *part = &registration.parts[i];

		keep_from_library(part);
		part->priority = DEFAULT_MIB_PRIORITY;
		ask(part);
	}
}

void
registration_end(void)
{
	registration.session = NULL;
	for (size_t i = 0; i < registration.count; i++) {
		struct part *part = &registration.parts[i];

		if (part->alarm != 0)
			snmp_alarm_unregister(part->alarm);
		part->alarm = 0;
	}
}
