/* SPDX-License-Identifier: ISC */
/* The phases of a SET as the library calls them, and what GET says after them. */
#include "config.h"

#include "agent/snmp/handler.h"
#include "agent/snmp/imsconn_mib.h"
#include "tests/store_unit.h"

enum {
	REQUESTS_MAX = 3
};

static struct agentx agentx;
static struct health_board board;
static netsnmp_handler_registration *registration;

static netsnmp_request_info requests[REQUESTS_MAX];
static netsnmp_variable_list *variables[REQUESTS_MAX];
static size_t nrequests;

static const oid session_cell[] = { IMSC_OID_ROOT, 1, 3, 1, 1, 21, SERVICE_IMAP };
static const oid user_cell[] = { IMSC_OID_ROOT, 1, 4, 1, 1, 9, 3, 'a', 'n', 'n' };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The library as a subagent that never looks for a master agent. */
static int
set_up(void **state)
{
	static const oid root[] = { IMSC_OID_ROOT, 1 };
	struct error set_up_err;
	netsnmp_subtree *tree;

	(void)state;
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_enable_subagent();
	agentx.context = "";
	if (init_agent("test") != 0 || handler_open(&agentx, &set_up_err) == -1)
		return -1;
	tree = netsnmp_subtree_find(root, LENGTH(root), NULL, "");
	registration = tree != NULL ? tree->reginfo : NULL;
	return registration != NULL ? 0 : -1;
}

static int
open_module(void **state)
{
	if (begin(state) == -1)
		return -1;
	health_init(&board);
	agentx.store = store;
	agentx.health = &board;
	agentx.kicks = kick_queue_new();
	agentx.allow_disconnect = true;
	agentx.listed = 1u << SERVICE_IMAP;
	add(SERVICE_IMAP, "ann", 1000000);
	nrequests = 0;
	return imsconn_mib_open(&agentx, &err);
}

static int
close_module(void **state)
{
	for (size_t i = 0; i < nrequests; i++)
		snmp_free_varbind(variables[i]);
	imsconn_mib_close();
	kick_queue_free(agentx.kicks);
	health_fini(&board);
	return end(state);
}

static void
ask(const oid *name, size_t length, long value)
{
	netsnmp_request_info *request = &requests[nrequests];

	variables[nrequests] = NULL;
	snmp_varlist_add_variable(
	    &variables[nrequests], name, length, ASN_INTEGER, &value, sizeof value);
	*request = (netsnmp_request_info){ .requestvb = variables[nrequests] };
	if (nrequests > 0)
		requests[nrequests - 1].next = request;
	nrequests++;
}

static void
ask_session(uint32_t number, long value)
{
	oid name[LENGTH(session_cell) + 1];

	memcpy(name, session_cell, sizeof session_cell);
	name[LENGTH(session_cell)] = number;
	ask(name, LENGTH(name), value);
}

static void
ask_user(long value)
{
	ask(user_cell, LENGTH(user_cell), value);
}

static void
call(int mode)
{
	netsnmp_agent_request_info info = { .mode = mode };

	for (size_t i = 0; i < nrequests; i++) {
		requests[i].agent_req_info = &info;
		requests[i].status = 0;
	}
	netsnmp_call_handlers(registration, &info, requests);
}

static size_t
queued(void)
{
	return KICK_QUEUE_MAX - kick_queue_room(agentx.kicks);
}

static void
fill_queue(size_t leave)
{
	for (uint32_t i = 0; kick_queue_room(agentx.kicks) > leave; i++)
		kick_queue_push(agentx.kicks, text_from("bob"),
		    (struct session_key){ SERVICE_IMAP, 1000 + i });
}

/* From the last session on; the library asks whoever is registered behind the range. */
static void
the_next_cell_is_not_sought_beyond_the_range(void **state)
{
	const oid last[] = { IMSC_OID_ROOT, 1, 3, 1, 1, 22, SERVICE_IMAP, 1 };
	oid users[] = { IMSC_OID_ROOT, 1, 4 };

	(void)state;
	ask(last, LENGTH(last), 0);
	ask(last, LENGTH(last), 0);
	requests[0].range_end = users;
	requests[0].range_end_len = LENGTH(users);
	call(MODE_GETNEXT);
	assert_memory_equal(variables[0]->name, last, sizeof last);
	assert_memory_equal(variables[1]->name, users, sizeof users);
}

static void
nothing_is_done_before_the_commit(void **state)
{
	static const int before[] = { MODE_SET_RESERVE1, MODE_SET_RESERVE2,
		MODE_SET_ACTION };

	(void)state;
	ask_session(1, VALUE_TRUE);
	ask_user(VALUE_TRUE);
	for (size_t i = 0; i < LENGTH(before); i++) {
		call(before[i]);
		assert_int_equal(requests[0].status, SNMP_ERR_NOERROR);
		assert_int_equal(requests[1].status, SNMP_ERR_NOERROR);
		assert_int_equal(queued(), 0);
	}
	call(MODE_SET_COMMIT);
	assert_int_equal(requests[0].status, SNMP_ERR_NOERROR);
	assert_int_equal(queued(), 2);
	assert_true(kick_queue_has_user(agentx.kicks, text_from("ann")));
}

static void
undoing_and_freeing_do_nothing(void **state)
{
	(void)state;
	ask_user(VALUE_TRUE);
	call(MODE_SET_RESERVE1);
	call(MODE_SET_FREE);
	assert_int_equal(queued(), 0);
	call(MODE_SET_RESERVE1);
	call(MODE_SET_RESERVE2);
	call(MODE_SET_ACTION);
	call(MODE_SET_UNDO);
	assert_int_equal(queued(), 0);
}

static void
a_row_reads_true_while_its_end_is_under_way(void **state)
{
	(void)state;
	ask_session(1, 0);
	ask_user(0);
	call(MODE_GET);
	assert_int_equal(*variables[0]->val.integer, VALUE_FALSE);
	assert_int_equal(*variables[1]->val.integer, VALUE_FALSE);
	kick_queue_push(
	    agentx.kicks, text_from("ann"), (struct session_key){ SERVICE_IMAP, 1 });
	call(MODE_GET);
	assert_int_equal(*variables[0]->val.integer, VALUE_TRUE);
	kick_queue_push(agentx.kicks, text_from("ann"), (struct session_key){ 0 });
	call(MODE_GET);
	assert_int_equal(*variables[1]->val.integer, VALUE_TRUE);
}

static void
no_room_is_told_before_the_commit(void **state)
{
	(void)state;
	fill_queue(1);
	ask_session(1, VALUE_TRUE);
	ask_user(VALUE_TRUE);
	call(MODE_SET_RESERVE1);
	assert_int_equal(requests[1].status, SNMP_ERR_NOERROR);
	call(MODE_SET_RESERVE2);
	assert_int_equal(requests[0].status, SNMP_ERR_NOERROR);
	assert_int_equal(requests[1].status, SNMP_ERR_RESOURCEUNAVAILABLE);
}

static void
false_needs_no_room_and_does_nothing(void **state)
{
	(void)state;
	fill_queue(0);
	ask_user(VALUE_FALSE);
	call(MODE_SET_RESERVE1);
	call(MODE_SET_RESERVE2);
	call(MODE_SET_COMMIT);
	assert_int_equal(requests[0].status, SNMP_ERR_NOERROR);
	assert_false(kick_queue_has_user(agentx.kicks, text_from("ann")));
}

static void
a_row_that_goes_before_the_commit_is_no_error(void **state)
{
	struct session session = make(SERVICE_IMAP, "ann", 1000000);

	(void)state;
	session.number = 1;
	ask_session(1, VALUE_TRUE);
	call(MODE_SET_RESERVE1);
	call(MODE_SET_RESERVE2);
	assert_int_equal(requests[0].status, SNMP_ERR_NOERROR);
	finish(&session, 2000000);
	call(MODE_SET_COMMIT);
	assert_int_equal(requests[0].status, SNMP_ERR_NOERROR);
	assert_int_equal(queued(), 0);
}

static void
reserve_says(int status)
{
	call(MODE_SET_RESERVE1);
	assert_int_equal(requests[0].status, status);
}

static void
what_the_configuration_forbids_is_not_writable(void **state)
{
	(void)state;
	ask_user(VALUE_TRUE);
	reserve_says(SNMP_ERR_NOERROR);
	agentx.allow_disconnect = false;
	reserve_says(SNMP_ERR_NOTWRITABLE);
}

static void
a_session_that_is_not_listed_is_not_there(void **state)
{
	(void)state;
	ask_session(1, VALUE_TRUE);
	reserve_says(SNMP_ERR_NOERROR);
	agentx.listed = 1u << SERVICE_POP3;
	reserve_says(SNMP_ERR_NOCREATION);
	call(MODE_GET);
	assert_int_equal(variables[0]->type, SNMP_NOSUCHINSTANCE);
}

#define MODULE_CASE(name) \
	cmocka_unit_test_setup_teardown(name, open_module, close_module)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULE_CASE(the_next_cell_is_not_sought_beyond_the_range),
		MODULE_CASE(nothing_is_done_before_the_commit),
		MODULE_CASE(undoing_and_freeing_do_nothing),
		MODULE_CASE(a_row_reads_true_while_its_end_is_under_way),
		MODULE_CASE(no_room_is_told_before_the_commit),
		MODULE_CASE(false_needs_no_room_and_does_nothing),
		MODULE_CASE(a_row_that_goes_before_the_commit_is_no_error),
		MODULE_CASE(what_the_configuration_forbids_is_not_writable),
		MODULE_CASE(a_session_that_is_not_listed_is_not_there),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
