/* SPDX-License-Identifier: ISC */
/*
 * One handler for the whole of each module, so that a request comes in one piece: all its
 * cells are read from one picture of the store, which is given back before the answer leaves.
 */
#include "config.h"

#include "agent/log.h"
#include "agent/snmp/answer.h"
#include "agent/snmp/handler.h"
#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/registration.h"

static const oid objects[] = { IMSC_OID_ROOT, 1 };
static oid compliance[] = { IMSC_OID_ROOT, 2, 2, 1 }; /* imscFullCompliance */
static const oid network_services[] = { NETWORK_SERVICES_ROOT };
/* assocRFC2788Compliance */
static oid network_services_compliance[] = { NETWORK_SERVICES_ROOT, 3, 2, 6 };

static struct {
	const struct agentx *agentx;
} handler;

/* What is wrong with a SET, in the order of RFC 3416, 4.2.5. */
static int
check_set(const netsnmp_variable_list *variable, struct reading *reading)
{
	const struct column *column =
	    tables_find_column(reading->tables, variable->name, variable->name_length);

	if (column == NULL || column->set == NULL ||
	    (column->disconnects && !handler.agentx->allow_disconnect))
		return SNMP_ERR_NOTWRITABLE;
	if (variable->type != column->type)
		return SNMP_ERR_WRONGTYPE;
	if (*variable->val.integer != VALUE_TRUE &&
	    *variable->val.integer != VALUE_FALSE)
		return SNMP_ERR_WRONGVALUE;
	if (reading_get(reading, variable->name, variable->name_length) != READING_DONE)
		return SNMP_ERR_NOCREATION;
	return SNMP_ERR_NOERROR;
}

static void
reserve1(netsnmp_request_info *request, struct reading *reading)
{
	int error = check_set(request->requestvb, reading);

	if (error != SNMP_ERR_NOERROR)
		netsnmp_request_set_error(request, error);
}

/* Of a SET that was found right. */
static bool
is_truth(const netsnmp_request_info *request)
{
	return *request->requestvb->val.integer == VALUE_TRUE;
}

static bool
asks_to_disconnect(const netsnmp_request_info *request)
{
	const netsnmp_variable_list *variable = request->requestvb;

	return is_truth(request) &&
	    tables_find_column(
		imsconn_mib_tables(), variable->name, variable->name_length)
		->disconnects;
}

/*
 * The room there is now is still there at the commit, whose errors would get lost: only
 * this thread fills the queue, and the master agent has one SET under way at a time.
 */
static void
reserve2(netsnmp_request_info *requests)
{
	size_t room = kick_queue_room(handler.agentx->kicks);

	for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
		if (!asks_to_disconnect(r))
			continue;
		if (room == 0)
			netsnmp_request_set_error(r, SNMP_ERR_RESOURCEUNAVAILABLE);
		else
			room--;
	}
}

/* A row that is gone in the meantime has what was asked for. */
static void
commit(netsnmp_request_info *request, struct reading *reading)
{
	const netsnmp_variable_list *variable = request->requestvb;

	if (reading_get(reading, variable->name, variable->name_length) != READING_DONE)
		return;
	if (!reading->cell.column->set(reading->cell.row, is_truth(request))) {
		log_error("there was no room for a disconnect that was promised");
		netsnmp_request_set_error(request, SNMP_ERR_COMMITFAILED);
	}
}

static void
answer_all(netsnmp_request_info *requests, answer_function *answer)
{
	struct reading *reading = imsconn_mib_begin();

	if (reading == NULL) {
		netsnmp_request_set_error_all(requests, SNMP_ERR_GENERR);
		return;
	}
	answer_each(requests, reading, answer);
	imsconn_mib_end();
}

static int
handle(netsnmp_mib_handler *mib_handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	(void)mib_handler;
	(void)registration;
	switch (info->mode) {
	case MODE_GET:
		answer_all(requests, answer_get);
		break;
	case MODE_GETNEXT:
		answer_all(requests, answer_next);
		break;
	case MODE_SET_RESERVE1:
		answer_all(requests, reserve1);
		break;
	case MODE_SET_RESERVE2:
		reserve2(requests);
		break;
	case MODE_SET_COMMIT:
		answer_all(requests, commit);
		break;
	default: /* nothing is done before the commit, so there is nothing to undo */
		break;
	}
	return SNMP_ERR_NOERROR;
}

int
handler_open(const struct agentx *agentx, struct error *err)
{
	handler.agentx = agentx;
	registration_open(agentx->context);
	if (registration_add("IMSCONN-MIB", objects, sizeof objects / sizeof objects[0],
		handle, err) == -1)
		return -1;
	REGISTER_SYSOR_ENTRY(compliance, "The users of a mail store (IMSCONN-MIB)");
	if (!agentx->network_services)
		return 0;
	if (registration_add("NETWORK-SERVICES-MIB", network_services,
		sizeof network_services / sizeof network_services[0], handle,
		err) == -1)
		return -1;
	REGISTER_SYSOR_ENTRY(network_services_compliance,
	    "The services of a mail store and their sessions (NETWORK-SERVICES-MIB)");
	return 0;
}
