/* SPDX-License-Identifier: ISC */
/* applTable and assocTable: which rows there are, in what order, and what is known. */
#include "config.h"

#include <stdlib.h>

#include "agent/clock.h"
#include "agent/snmp/imsconn_mib.h"
#include "tests/store_unit.h"

#define NOW_US INT64_C(1795178096000000)
#define HOUR_US (INT64_C(3600) * CLOCK_SECOND_US)

static struct agentx agentx;
static struct health_board board;

static int
open_module(void **state)
{
	if (begin(state) == -1)
		return -1;
	health_init(&board);
	memset(&agentx, 0, sizeof agentx);
	agentx.store = store;
	agentx.health = &board;
	agentx.network_services = true;
	agentx.listed = 1u << SERVICE_IMAP | 1u << SERVICE_POP3 | 1u << SERVICE_HTTP;
	return imsconn_mib_open(&agentx, &err);
}

static int
close_module(void **state)
{
	imsconn_mib_close();
	health_fini(&board);
	return end(state);
}

/*
 * The instances of applName, or of assocRemoteApplication, in the order of a walk, as
 * "2 3 4 " or "2.1 3.2 ".
 */
static const char *
walk(oid table)
{
	static char seen[512];
	const oid column[] = { NETWORK_SERVICES_ROOT, table, 1, 2 };
	const size_t length = sizeof column / sizeof column[0];
	struct reading *reading = imsconn_mib_begin();
	oid name[MAX_OID_LEN];
	size_t n = length;
	size_t used = 0;

	assert_non_null(reading);
	memcpy(name, column, sizeof column);
	seen[0] = '\0';
	while (reading_next(reading, name, n) &&
	    memcmp(reading->cell.name, column, sizeof column) == 0) {
		n = reading->cell.length;
		memcpy(name, reading->cell.name, n * sizeof *name);
		for (size_t i = length; i < n; i++)
			used += (size_t)snprintf(seen + used, sizeof seen - used,
			    "%lu%c", (unsigned long)name[i], i + 1 < n ? '.' : ' ');
	}
	imsconn_mib_end();
	return seen;
}

enum {
	NOTHING = -1
};

/* A number in a row of applTable, or NOTHING. */
static long
application(oid column, oid index)
{
	const oid name[] = { NETWORK_SERVICES_ROOT, 1, 1, column, index };
	struct reading *reading = imsconn_mib_begin();
	long number = NOTHING;

	assert_non_null(reading);
	if (reading_get(reading, name, sizeof name / sizeof name[0]) == READING_DONE)
		memcpy(&number, reading->cell.value.data, sizeof number);
	imsconn_mib_end();
	return number;
}

enum {
	STARTED = 5,
	STATUS = 6,
	CHANGED = 7,
	INBOUND = 8,
	OUTBOUND = 9,
	ACCUMULATED = 10,
	LAST_INBOUND = 12,
	REJECTED = 14
};

static void
only_listed_services_have_rows(void **state)
{
	(void)state;
	add(SERVICE_HTTP, "ann", NOW_US);
	add(SERVICE_IMAP, "ann", NOW_US);
	add(SERVICE_POP3, "ann", NOW_US);
	add(SERVICE_IMAP, "bob", NOW_US);
	assert_string_equal(walk(1), "2 3 4 ");
	assert_string_equal(walk(2), "2.2 2.4 3.3 4.1 ");
	agentx.listed = 1u << SERVICE_IMAP | 1u << SERVICE_HTTP;
	assert_string_equal(walk(1), "2 4 ");
	assert_string_equal(walk(2), "2.2 2.4 4.1 ");
	assert_int_equal(application(INBOUND, 3), NOTHING);
	agentx.listed = 1u << SERVICE_POP3;
	assert_string_equal(walk(2), "3.3 ");
	agentx.listed = 0;
	assert_string_equal(walk(1), "");
	assert_string_equal(walk(2), "");
}

static void
sessions_of_other_services_have_none(void **state)
{
	(void)state;
	add(SERVICE_SUBMISSION, "ann", NOW_US);
	add(SERVICE_OTHER, "ann", NOW_US);
	agentx.listed = ~(1u << SERVICE_PROXY);
	assert_string_equal(walk(1), "2 3 4 ");
	assert_string_equal(walk(2), "");
}

static void
a_proxy_is_an_application_of_no_certain_protocol(void **state)
{
	const oid name[] = { NETWORK_SERVICES_ROOT, 2, 1, 3, SERVICE_PROXY, 1 };
	const oid zero_dot_zero[] = { 0, 0 };
	struct reading *reading;

	(void)state;
	add(SERVICE_PROXY, "ann", NOW_US);
	assert_string_equal(walk(1), "2 3 4 ");
	agentx.listed |= 1u << SERVICE_PROXY;
	assert_string_equal(walk(1), "2 3 4 9 ");
	assert_string_equal(walk(2), "9.1 ");
	assert_int_equal(application(INBOUND, SERVICE_PROXY), 1);
	reading = imsconn_mib_begin();
	assert_int_equal(
	    reading_get(reading, name, sizeof name / sizeof name[0]), READING_DONE);
	assert_int_equal(reading->cell.value.length, sizeof zero_dot_zero);
	assert_memory_equal(
	    reading->cell.value.data, zero_dot_zero, sizeof zero_dot_zero);
	imsconn_mib_end();
}

/* The instances of imscServiceName, and the sessions of all services. */
static void
a_proxys_row_is_there_while_it_is_listed(void **state)
{
	const oid column[] = { IMSC_OID_ROOT, 1, 2, 1, 1, 2 };
	const size_t length = sizeof column / sizeof column[0];
	const oid sum[] = { IMSC_OID_ROOT, 1, 2, 1, 1, 4, SERVICE_ALL };
	oid name[MAX_OID_LEN];

	(void)state;
	add(SERVICE_PROXY, "ann", NOW_US);
	add(SERVICE_IMAP, "ann", NOW_US);
	for (int listed = 0; listed < 2; listed++) {
		struct reading *reading;
		size_t n = length + 1;
		bool found;

		agentx.listed |= listed ? 1u << SERVICE_PROXY : 0;
		reading = imsconn_mib_begin();
		memcpy(name, column, sizeof column);
		name[length] = SERVICE_HTTP;
		found = reading_next(reading, name, n) &&
		    memcmp(reading->cell.name, column, sizeof column) == 0;
		assert_int_equal(found, listed);
		if (listed)
			assert_int_equal(reading->cell.name[length], SERVICE_PROXY);
		name[length] = SERVICE_PROXY;
		assert_int_equal(reading_get(reading, name, n) == READING_DONE, listed);
		assert_int_equal(reading_get(reading, sum, sizeof sum / sizeof sum[0]),
		    READING_DONE);
		assert_int_equal(*(const uint32_t *)reading->cell.value.data, 2);
		imsconn_mib_end();
	}
}

static void
the_base_is_added_to_the_services_number(void **state)
{
	(void)state;
	add(SERVICE_IMAP, "ann", NOW_US);
	add(SERVICE_HTTP, "ann", NOW_US);
	agentx.index_base = 2000000000;
	assert_string_equal(walk(1), "2000000002 2000000003 2000000004 ");
	assert_string_equal(walk(2), "2000000002.1 2000000004.2 ");
	assert_int_equal(application(INBOUND, 2000000002), 1);
	assert_int_equal(application(INBOUND, 2), NOTHING);
	assert_int_equal(application(INBOUND, 2000000001), NOTHING);
}

static void
the_highest_number_is_followed_by_the_lowest(void **state)
{
	struct view *writer;

	(void)state;
	must(store_begin(&writer, store, &err));
	must(store_set_mark(writer, "next session", SESSION_NUMBER_MAX, &err));
	must(store_commit(writer, &err));
	add(SERVICE_IMAP, "ann", NOW_US);
	add(SERVICE_IMAP, "ann", NOW_US);
	add(SERVICE_POP3, "bob", NOW_US);
	assert_string_equal(walk(2), "2.1 2.2147483647 3.2 ");
}

static void
next_is_found_from_half_an_index_and_from_impossible_ones(void **state)
{
	static const struct {
		oid arcs[3];
		size_t n;
		oid application;
		oid number;
	} cases[] = {
		{ { 0 }, 0, 2, 1 },
		{ { 2 }, 1, 2, 1 },
		{ { 2, 0 }, 2, 2, 1 },
		{ { 2, 1 }, 2, 4, 2 },
		{ { 2, 1, 0 }, 3, 4, 2 },
		{ { 2, UINT32_MAX }, 2, 4, 2 },
		{ { 3, 9 }, 2, 4, 2 },
		{ { 4, 1, 9 }, 3, 4, 2 },
	};

	(void)state;
	add(SERVICE_IMAP, "ann", NOW_US);
	add(SERVICE_HTTP, "ann", NOW_US);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		oid name[MAX_OID_LEN] = { NETWORK_SERVICES_ROOT, 2, 1, 2 };
		struct reading *reading = imsconn_mib_begin();
		const struct cell *cell = &reading->cell;

		memcpy(name + 10, cases[i].arcs, cases[i].n * sizeof(oid));
		assert_true(reading_next(reading, name, 10 + cases[i].n));
		assert_int_equal(cell->name[9], 2);
		assert_int_equal(cell->name[10], cases[i].application);
		assert_int_equal(cell->name[11], cases[i].number);
		imsconn_mib_end();
	}
}

static void
what_is_not_known_has_no_instance(void **state)
{
	(void)state;
	assert_int_equal(application(STARTED, 2), NOTHING);
	assert_int_equal(application(STATUS, 2), NOTHING);
	assert_int_equal(application(CHANGED, 2), NOTHING);
	assert_int_equal(application(OUTBOUND, 2), NOTHING);
	assert_int_equal(application(REJECTED, 2), NOTHING);
	assert_int_equal(application(LAST_INBOUND, 2), NOTHING);
	assert_int_equal(application(INBOUND, 2), 0);
	assert_int_equal(application(ACCUMULATED, 2), 0);
}

static void
stamps_count_from_the_start_of_the_master_agent(void **state)
{
	int64_t now_us = clock_now_us();
	struct health health = { .server = SERVER_UP,
		.server_started_us = now_us - HOUR_US,
		.server_changed_us = now_us - HOUR_US / 2 };
	long started;

	(void)state;
	health_put(&board, &health);
	add(SERVICE_IMAP, "ann", now_us - 10 * CLOCK_SECOND_US);
	imsconn_mib_set_uptime(2 * HOUR_US);
	assert_int_equal(application(STATUS, 2), SERVER_UP);
	started = application(STARTED, 2);
	assert_in_range(started, 360000 - 100, 360000 + 100);
	assert_in_range(application(CHANGED, 2), started + 179999, started + 180001);
	assert_in_range(
	    application(LAST_INBOUND, 2), started + 358999, started + 359001);
	/* The master agent is younger than all of this. */
	imsconn_mib_set_uptime(CLOCK_SECOND_US);
	assert_int_equal(application(STARTED, 2), 0);
	assert_int_equal(application(CHANGED, 2), 0);
	assert_int_equal(application(LAST_INBOUND, 2), 0);
}

/* sysUpTime has 32 bits, of a hundredth of a second each. */
static void
stamps_from_before_sysUpTime_wrapped_are_0(void **state)
{
	const int64_t wrap_us = (INT64_C(1) << 32) * VALUE_TICK_US;
	int64_t now_us = clock_now_us();
	struct health health = { .server = SERVER_UP,
		.server_started_us = now_us - 3 * HOUR_US,
		.server_changed_us = now_us - HOUR_US };

	(void)state;
	health_put(&board, &health);
	imsconn_mib_set_uptime(2 * wrap_us + 2 * HOUR_US);
	assert_int_equal(application(STARTED, 2), 0);
	assert_in_range(application(CHANGED, 2), 360000 - 100, 360000 + 100);
}

#define MODULE_CASE(name) \
	cmocka_unit_test_setup_teardown(name, open_module, close_module)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULE_CASE(only_listed_services_have_rows),
		MODULE_CASE(sessions_of_other_services_have_none),
		MODULE_CASE(a_proxy_is_an_application_of_no_certain_protocol),
		MODULE_CASE(a_proxys_row_is_there_while_it_is_listed),
		MODULE_CASE(the_base_is_added_to_the_services_number),
		MODULE_CASE(the_highest_number_is_followed_by_the_lowest),
		MODULE_CASE(next_is_found_from_half_an_index_and_from_impossible_ones),
		MODULE_CASE(what_is_not_known_has_no_instance),
		MODULE_CASE(stamps_count_from_the_start_of_the_master_agent),
		MODULE_CASE(stamps_from_before_sysUpTime_wrapped_are_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
