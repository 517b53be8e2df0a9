/* SPDX-License-Identifier: ISC */
/*
 * imsconn.so, which snmpd's dlmod loads: the tables read from the store by snmpd itself. It is
 * registered in front of what imsconnd registers by AgentX, and hands on to it what it does not
 * answer: every SET, and every request while it has nothing to read.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/log.h"
#include "agent/snmp/answer.h"
#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/module_store.h"

enum {
	STORES_MAX = 32,
	PRIORITY = 100 /* the lowest number serves; imsconnd has 127 and up */
};

#define TOKEN "imsconnBoard"
#define DEFAULT_BOARD IMSC_RUNDIR "/imsconn/module/board"
#define HELD "imsconn" /* what a request of the library's holds */

static oid objects[] = { IMSC_OID_ROOT, 1 };
static oid network_services[] = { NETWORK_SERVICES_ROOT };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct {
	struct module_store *stores[STORES_MAX];
	size_t count;
	size_t used;    /* of them */
	unsigned loads; /* by as many lines of the configuration */
} module;

/* dlmod's names. */
void __attribute__((visibility("default"))) init_imsconn(void);
void __attribute__((visibility("default"))) deinit_imsconn(void);

/*
 * ---- a request's picture: the library comes back for each repetition of a GETBULK, and all see
 * the same. It is told when it is done with the request, and whoever comes in between, since the
 * request waits for another agent, takes over.
 */

static struct {
	struct module_store *store; /* NULL: nothing is held */
	const netsnmp_agent_request_info *request;
	uintptr_t number; /* of the hold */
} hold;

static void
let_go(void)
{
	if (hold.store != NULL)
		module_store_end(hold.store);
	hold.store = NULL;
}

static void
on_request_done(void *number)
{
	if (hold.number == (uintptr_t)number)
		let_go();
}

/* False if the library does not take it. */
static bool
hold_for(struct module_store *store, netsnmp_agent_request_info *request)
{
	uintptr_t number = hold.number + 1;
	netsnmp_data_list *data =
	    netsnmp_create_data_list(HELD, (void *)number, on_request_done);

	if (data == NULL)
		return false;
	netsnmp_agent_remove_list_data(request, HELD);
	netsnmp_agent_add_list_data(request, data);
	hold.store = store;
	hold.request = request;
	hold.number = number;
	return true;
}

static struct reading *
begin(struct module_store *store, netsnmp_agent_request_info *request)
{
	struct reading *reading;

	if (hold.store == store && hold.request == request)
		return &store->reading;
	let_go();
	reading = module_store_begin(store);
	if (reading == NULL || hold_for(store, request))
		return reading;
	module_store_end(store);
	return NULL;
}

/* ---- requests */

/*
 * Who has the same PART as we, behind us: imsconnd, mostly. NULL if there is nobody: the library
 * itself has the whole tree, which is no answer.
 */
static netsnmp_handler_registration *
find_behind(
    const netsnmp_handler_registration *part, const netsnmp_request_info *requests)
{
	const netsnmp_subtree *behind =
	    requests->subtree != NULL ? requests->subtree->children : NULL;

	if (behind == NULL || behind->reginfo == NULL ||
	    behind->reginfo->rootoid_len < part->rootoid_len)
		return NULL;
	return behind->reginfo;
}

static void
refuse(int mode, netsnmp_request_info *requests)
{
	switch (mode) {
	case MODE_GET:
		netsnmp_request_set_error_all(requests, SNMP_NOSUCHOBJECT);
		break;
	case MODE_SET_RESERVE1:
	case MODE_SET_RESERVE2:
		netsnmp_request_set_error_all(requests, SNMP_ERR_RESOURCEUNAVAILABLE);
		break;
	case MODE_SET_ACTION:
		netsnmp_request_set_error_all(requests, SNMP_ERR_COMMITFAILED);
		break;
	default: /* what has no next answer here, has it elsewhere; what was not done, stays so */
		break;
	}
}

static int
hand_on(const netsnmp_handler_registration *part, netsnmp_agent_request_info *info,
    netsnmp_request_info *requests)
{
	netsnmp_handler_registration *behind = find_behind(part, requests);

	if (behind != NULL)
		return netsnmp_call_handlers(behind, info, requests);
	refuse(info->mode, requests);
	return SNMP_ERR_NOERROR;
}

/* Another agent may have NETWORK-SERVICES-MIB, where imsconnd is told to leave it alone. */
static bool
is_ours(const struct module_store *store, const netsnmp_handler_registration *part)
{
	return part->rootoid_len != LENGTH(network_services) ||
	    store->agentx.network_services;
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *part,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	struct module_store *store = part->my_reg_void;
	struct reading *reading = NULL;

	(void)handler;
	if ((info->mode == MODE_GET || info->mode == MODE_GETNEXT) &&
	    module_store_is_used(store))
		reading = begin(store, info);
	if (reading == NULL || !is_ours(store, part))
		return hand_on(part, info, requests);
	answer_each(
	    requests, reading, info->mode == MODE_GET ? answer_get : answer_next);
	return SNMP_ERR_NOERROR;
}

/* ---- stores, as snmpd's configuration names them */

static void
add_part(struct module_store *store, const char *name, const oid *root, size_t length)
{
	netsnmp_handler_registration *part = netsnmp_create_handler_registration(
	    name, handle, root, length, HANDLER_CAN_RWRITE);

	if (part == NULL)
		return;
	part->my_reg_void = store;
	part->priority = PRIORITY;
	if (store->context[0] != '\0' &&
	    (part->contextName = strdup(store->context)) == NULL) {
		netsnmp_handler_registration_free(part);
		return;
	}
	if (netsnmp_register_handler(part) != MIB_REGISTERED_OK)
		log_error("cannot register %s", name);
}

/*
 * The one of CONTEXT, in use or not, made if there is none; NULL without memory. What is registered
 * stays so, and hands on everything while it is not in use: the library would lose a request
 * that waits for another agent, and snmpd its life, if it were taken away.
 */
static struct module_store *
get_store(const char *context)
{
	struct module_store *store;

	for (size_t i = 0; i < module.count; i++)
		if (strcmp(module.stores[i]->context, context) == 0)
			return module.stores[i];
	store = malloc(sizeof *store);
	if (store == NULL)
		return NULL;
	module_store_init(store, context);
	module.stores[module.count++] = store;
	add_part(store, "imsconn", objects, LENGTH(objects));
	add_part(store, "imsconn-services", network_services, LENGTH(network_services));
	return store;
}

/* What is wrong with a line; no two may share what each must have for itself. */
static const char *
add_board(const char *board, const char *context)
{
	struct module_store *store;

	if (board[0] != '/' || strlen(board) >= sizeof store->board_path)
		return "the board's file is no absolute path of at most 1023 octets";
	if (strlen(context) >= sizeof store->context)
		return "the context has more than 32 octets";
	for (size_t i = 0; i < module.count; i++)
		if (strcmp(module.stores[i]->board_path, board) == 0)
			return "the board is there already";
	if (module.count == STORES_MAX)
		return "there are too many contexts";
	store = get_store(context);
	if (store == NULL)
		return "there is no memory";
	if (module_store_is_used(store))
		return "the context is there already";
	module_store_use(store, board);
	module.used++;
	return NULL;
}

/* TOKEN FILE [CONTEXT] */
static void
parse_board(const char *token, char *line)
{
	char board[SNMP_MAXBUF_MEDIUM];
	char context[SNMP_MAXBUF_MEDIUM] = "";
	const char *fault;

	(void)token;
	line = copy_nword(line, board, sizeof board);
	if (line != NULL)
		copy_nword(line, context, sizeof context);
	fault = add_board(board, context);
	if (fault != NULL)
		config_perror(fault);
}

static int
on_configured(int major, int minor, void *server_arg, void *client_arg)
{
	(void)major;
	(void)minor;
	(void)server_arg;
	(void)client_arg;
	if (module.used == 0)
		add_board(DEFAULT_BOARD, "");
	return SNMPERR_SUCCESS;
}

void
init_imsconn(void)
{
	if (module.loads++ > 0) {
		log_warning("it is loaded twice, which changes nothing");
		return;
	}
	snmpd_register_config_handler(TOKEN, parse_board, NULL, "file [context]");
	snmp_register_callback(
	    SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG, on_configured, NULL);
	log_info("imsconn " PACKAGE_VERSION " is loaded");
}

void
deinit_imsconn(void)
{
	if (--module.loads > 0)
		return;
	snmpd_unregister_config_handler(TOKEN);
	snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG,
	    on_configured, NULL, 0);
	let_go();
	for (size_t i = 0; i < module.count; i++)
		module_store_close(module.stores[i]);
	module.used = 0;
}
