/* SPDX-License-Identifier: ISC */
/*
 * IMSCONN-MIB as the library sees it: one handler for the whole module. A request's cells
 * all come from one picture of the store, which is given back before the answer leaves.
 */
#include "config.h"

#include "agent/clock.h"
#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/table.h"

static const oid root[] = { IMSC_OID_ROOT, 1 };       /* imscObjects */
static oid compliance[] = { IMSC_OID_ROOT, 2, 2, 3 }; /* imscBaseCompliance */

enum {
	ROOT_LENGTH = sizeof root / sizeof root[0]
};

/* A longer name would block every walk of its column. */
_Static_assert(ROOT_LENGTH + TABLE_ARCS_MAX + 1 + INDEX_ARCS_MAX <= MAX_OID_LEN,
    "IMSC_OID_ROOT is too long");

static const struct table *const all_tables[] = {
	&imsconn_agent,
	&imsconn_service,
	&imsconn_session,
	&imsconn_user,
	&imsconn_access,
};

static const struct tables tables = {
	.root = root,
	.length = ROOT_LENGTH,
	.tables = all_tables,
	.count = sizeof all_tables / sizeof all_tables[0],
};

static struct {
	struct scene scene;
	struct reading reading;
	bool failing; /* the store cannot be read: said once */
} imsconn_mib;

bool
scene_lists(const struct scene *scene, enum service service)
{
	unsigned listed = scene->agentx->listed;

	return service == SERVICE_ALL ? listed != 0 : listed & 1u << service;
}

/* Nobody must see a value twice as old as another, so there is one clock reading, too. */
static bool
open_scene(void)
{
	struct error err;

	if (view_renew(imsconn_mib.scene.view, &err) == -1) {
		if (!imsconn_mib.failing)
			log_error("cannot answer SNMP requests: %s", err.text);
		imsconn_mib.failing = true;
		return false;
	}
	if (imsconn_mib.failing)
		log_info("answering SNMP requests again");
	imsconn_mib.failing = false;
	imsconn_mib.scene.now_us = clock_now_us();
	reading_begin(&imsconn_mib.reading, &tables, &imsconn_mib.scene);
	return true;
}

static void
put_value(netsnmp_variable_list *variable, const struct cell *cell)
{
	snmp_set_var_typed_value(
	    variable, cell->column->type, cell->value.data, cell->value.length);
}

static void
answer_get(netsnmp_request_info *request)
{
	static const int exceptions[] = {
		[READING_NO_OBJECT] = SNMP_NOSUCHOBJECT,
		[READING_NO_INSTANCE] = SNMP_NOSUCHINSTANCE,
	};
	netsnmp_variable_list *variable = request->requestvb;
	enum reading_result result =
	    reading_get(&imsconn_mib.reading, variable->name, variable->name_length);

	if (result == READING_DONE)
		put_value(variable, &imsconn_mib.reading.cell);
	else
		netsnmp_request_set_error(request, exceptions[result]);
}

/* What has no answer here, the library looks for in what is registered after it. */
static void
answer_next(netsnmp_request_info *request)
{
	netsnmp_variable_list *variable = request->requestvb;
	const struct cell *cell = &imsconn_mib.reading.cell;

	if (!reading_next(&imsconn_mib.reading, variable->name, variable->name_length))
		return;
	snmp_set_var_objid(variable, cell->name, cell->length);
	put_value(variable, cell);
}

/* What is wrong with a SET, in the order of RFC 3416, 4.2.5. */
static int
check_set(const netsnmp_variable_list *variable)
{
	const struct column *column =
	    tables_find_column(&tables, variable->name, variable->name_length);

	if (column == NULL || column->set == NULL ||
	    !imsconn_mib.scene.agentx->allow_disconnect)
		return SNMP_ERR_NOTWRITABLE;
	if (variable->type != column->type)
		return SNMP_ERR_WRONGTYPE;
	if (*variable->val.integer != VALUE_TRUE &&
	    *variable->val.integer != VALUE_FALSE)
		return SNMP_ERR_WRONGVALUE;
	if (reading_get(&imsconn_mib.reading, variable->name, variable->name_length) !=
	    READING_DONE)
		return SNMP_ERR_NOCREATION;
	return SNMP_ERR_NOERROR;
}

static void
reserve1(netsnmp_request_info *request)
{
	int error = check_set(request->requestvb);

	if (error != SNMP_ERR_NOERROR)
		netsnmp_request_set_error(request, error);
}

static bool
asks_for_something(const netsnmp_request_info *request)
{
	return *request->requestvb->val.integer == VALUE_TRUE;
}

/* An error in the commit would get lost. */
static void
commit(netsnmp_request_info *request)
{
	const netsnmp_variable_list *variable = request->requestvb;
	const struct cell *cell = &imsconn_mib.reading.cell;

	if (!asks_for_something(request))
		return;
	/* A row that went away in the meantime has what was asked for. */
	if (reading_get(&imsconn_mib.reading, variable->name, variable->name_length) !=
	    READING_DONE)
		return;
	if (!cell->column->set(cell->row))
		netsnmp_request_set_error(request, SNMP_ERR_COMMITFAILED);
}

static void
answer_all(netsnmp_request_info *requests, void (*answer)(netsnmp_request_info *))
{
	if (!open_scene()) {
		netsnmp_request_set_error_all(requests, SNMP_ERR_GENERR);
		return;
	}
	for (netsnmp_request_info *r = requests; r != NULL; r = r->next)
		answer(r);
	view_release(imsconn_mib.scene.view);
}

/*
 * The room that is here now is still here at the commit: only this thread fills the queue,
 * and the master agent has one SET under way at a time.
 */
static void
reserve2(netsnmp_request_info *requests)
{
	size_t room = kick_queue_room(imsconn_mib.scene.agentx->kicks);

	for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
		if (!asks_for_something(r))
			continue;
		if (room == 0)
			netsnmp_request_set_error(r, SNMP_ERR_RESOURCEUNAVAILABLE);
		else
			room--;
	}
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	(void)handler;
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
	default: /* nothing was done yet, so there is nothing to undo or to free */
		break;
	}
	return SNMP_ERR_NOERROR;
}

void
imsconn_mib_connected(void)
{
	int64_t uptime_us =
	    (int64_t)netsnmp_get_agent_uptime() * (CLOCK_SECOND_US / 100);

	imsconn_mib.scene.master_start_us = clock_now_us() - uptime_us;
}

int
imsconn_mib_open(const struct agentx *agentx, struct error *err)
{
	netsnmp_handler_registration *registration;

	imsconn_mib.scene.agentx = agentx;
	if (view_open(&imsconn_mib.scene.view, agentx->store, err) == -1)
		return -1;
	view_release(imsconn_mib.scene.view);
	registration = netsnmp_create_handler_registration(
	    "imsconn", handle, root, ROOT_LENGTH, HANDLER_CAN_RWRITE);
	if (registration == NULL ||
	    netsnmp_register_handler(registration) != MIB_REGISTERED_OK) {
		imsconn_mib_close();
		return error_set(
		    err, "cannot register IMSCONN-MIB with Net-SNMP's library");
	}
	REGISTER_SYSOR_ENTRY(compliance, "The users of a mail store (IMSCONN-MIB)");
	return 0;
}

void
imsconn_mib_close(void)
{
	view_close(imsconn_mib.scene.view);
	imsconn_mib.scene.view = NULL;
}
