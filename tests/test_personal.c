/* SPDX-License-Identifier: ISC */
/* What of persons a walk tells in each mode, and what a column never tells. */
#include "config.h"

#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/personal.h"
#include "agent/store/alias.h"
#include "tests/store_unit.h"

/* Columns of imscSessionEntry that lead to a name. */
enum {
	REMOTE_PORT = 11,
	PROCESS = 19,
	STORE_ID = 20
};

static const oid root[] = { IMSC_OID_ROOT, 1 };
static const oid session_table[] = { IMSC_OID_ROOT, 1, 3 };
static const oid user_table[] = { IMSC_OID_ROOT, 1, 4 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct privacy privacy;
static struct agentx agentx;
static struct health_board board;

/* A store with two users' sessions, told of in MODE. */
static void
open_module(enum privacy_mode mode)
{
	struct session s = make(SERVICE_IMAP, "ann.smith", 1000000);
	struct health health = { .status = COLLECTOR_STALE };
	struct view *writer;

	privacy = (struct privacy){
		.mode = mode, .key_length = 16, .key = "0123456789abcdef"
	};
	must(alias_open(store, &privacy, &err));
	s.store_id = text_from("SoMeSeSsIoN");
	s.mechanism = text_from("PLAIN");
	address_parse(&s.remote.address, text_from("198.51.100.77"));
	s.remote.port = 0x4d4d;
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	s.user = text_from("bob");
	address_parse(&s.remote.address, text_from("2001:db8:1:4d4d::4d4d"));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	health_init(&board);
	strcpy(health.last_error, "no sense at \"ann.smith\" and so on");
	health_put(&board, &health);
	agentx.store = store;
	agentx.health = &board;
	agentx.kicks = kick_queue_new();
	agentx.notices = notice_queue_new(1);
	agentx.switches = alarm_switches_new();
	agentx.listed = 1u << SERVICE_IMAP;
	agentx.privacy = &privacy;
	must(imsconn_mib_open(&agentx, &err));
}

static int
close_module(void **state)
{
	imsconn_mib_close();
	kick_queue_free(agentx.kicks);
	notice_queue_free(agentx.notices);
	alarm_switches_free(agentx.switches);
	health_fini(&board);
	return end(state);
}

static bool
is_below(const struct cell *cell, const oid *name, size_t length)
{
	return cell->length > length &&
	    memcmp(cell->name, name, length * sizeof *name) == 0;
}

/* Whether the cell's value or, octet by octet, its index has TEXT in it. */
static bool
has(const struct cell *cell, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i + length <= cell->length; i++) {
		size_t k = 0;

		while (k < length && cell->name[i + k] == (oid)(unsigned char)text[k])
			k++;
		if (k == length)
			return true;
	}
	return memmem(cell->value.data, cell->value.length, text, length) != NULL;
}

struct seen {
	size_t cells;    /* of all */
	size_t sessions; /* cells of the session table */
	size_t users;    /* of the user and the access table */
	size_t names;    /* that have one of the names */
	size_t details;  /* that have what leads to one, or more of an address */
};

/* Walks through everything; each cell is found by GET, too. */
static struct seen
walk(void)
{
	oid name[MAX_OID_LEN];
	size_t length = LENGTH(root);
	struct seen seen = { 0 };
	struct reading *reading = imsconn_mib_begin();

	assert_non_null(reading);
	memcpy(name, root, sizeof root);
	while (reading_next(reading, name, length)) {
		const struct cell *cell = &reading->cell;

		assert_true(
		    snmp_oid_compare(name, length, cell->name, cell->length) < 0);
		length = cell->length;
		memcpy(name, cell->name, length * sizeof(oid));
		seen.cells++;
		seen.sessions += is_below(cell, session_table, LENGTH(session_table));
		seen.users += is_below(cell, user_table, LENGTH(user_table));
		seen.names += has(cell, "ann.smith") || has(cell, "bob");
		seen.details += has(cell, "SoMeSeSsIoN") || has(cell, "MM") ||
		    has(cell, "\xc6\x33\x64\x4d");
		assert_int_equal(reading_get(reading, name, length), READING_DONE);
	}
	imsconn_mib_end();
	return seen;
}

static uint32_t
scalar(oid arc)
{
	const oid name[] = { IMSC_OID_ROOT, 1, 1, arc, 0 };
	struct reading *reading = imsconn_mib_begin();
	uint32_t number;

	assert_int_equal(reading_get(reading, name, LENGTH(name)), READING_DONE);
	number = (uint32_t) * (const long *)reading->cell.value.data;
	imsconn_mib_end();
	return number;
}

static enum reading_result
get_session(oid column)
{
	const oid name[] = { IMSC_OID_ROOT, 1, 3, 1, 1, column, SERVICE_IMAP, 1 };
	struct reading *reading = imsconn_mib_begin();
	enum reading_result result = reading_get(reading, name, LENGTH(name));

	imsconn_mib_end();
	return result;
}

static void
everything_is_told_in_full(void **state)
{
	struct seen seen;

	(void)state;
	open_module(PRIVACY_FULL);
	seen = walk();
	assert_true(seen.names > 20);
	assert_true(seen.details > 5);
	assert_int_equal(scalar(10), PRIVACY_FULL);
	assert_int_equal(scalar(12), 2);
	assert_int_equal(scalar(13), 2);
	assert_int_equal(get_session(REMOTE_PORT), READING_DONE);
	assert_int_equal(get_session(PROCESS), READING_DONE);
	assert_int_equal(get_session(STORE_ID), READING_DONE);
}

static void
no_privacy_at_all_is_full(void **state)
{
	struct seen told;
	struct seen seen;

	(void)state;
	open_module(PRIVACY_FULL);
	told = walk();
	imsconn_mib_close();
	agentx.privacy = NULL;
	must(imsconn_mib_open(&agentx, &err));
	seen = walk();
	assert_memory_equal(&told, &seen, sizeof seen);
}

static void
pseudonyms_tell_the_same_rows_without_a_name(void **state)
{
	struct seen told;
	struct seen seen;

	(void)state;
	open_module(PRIVACY_FULL);
	told = walk();
	imsconn_mib_close();
	privacy.mode = PRIVACY_PSEUDONYMOUS;
	must(alias_open(store, &privacy, &err));
	must(imsconn_mib_open(&agentx, &err));
	seen = walk();
	assert_int_equal(seen.names, 0);
	assert_int_equal(seen.details, 0);
	assert_int_equal(seen.users, told.users);
	assert_int_equal(seen.sessions, told.sessions - 2 * 3);
	assert_int_equal(seen.cells, told.cells - 2 * 3);
	assert_int_equal(scalar(10), PRIVACY_PSEUDONYMOUS);
	assert_int_equal(scalar(12), 2);
	assert_int_equal(scalar(13), 2);
	assert_int_equal(get_session(2), READING_DONE);
	assert_int_equal(get_session(REMOTE_PORT), READING_NO_INSTANCE);
	assert_int_equal(get_session(PROCESS), READING_NO_INSTANCE);
	assert_int_equal(get_session(STORE_ID), READING_NO_INSTANCE);
}

static void
a_users_cells_are_below_his_pseudonym(void **state)
{
	static const char expected[] = "fb385915a0623c0be3e7b0a7134dbb62";
	oid name[] = { IMSC_OID_ROOT, 1, 4, 1, 1, 2, 32,
		[LENGTH(user_table) + 36] = 0 };
	struct session s = make(SERVICE_IMAP, "ann", 1000000);
	struct reading *reading;
	struct view *writer;

	(void)state;
	open_module(PRIVACY_PSEUDONYMOUS);
	must(store_begin(&writer, store, &err));
	must(session_add(writer, &s, true, true, &err));
	must(store_commit(writer, &err));
	for (size_t i = 0; i < 32; i++)
		name[LENGTH(user_table) + 4 + i] = (oid)expected[i];
	reading = imsconn_mib_begin();
	assert_int_equal(reading_get(reading, name, LENGTH(name) - 1), READING_DONE);
	assert_int_equal(reading->cell.value.length, 32);
	assert_memory_equal(reading->cell.value.data, expected, 32);
	assert_text(reading->cell.row->user.name, "ann");
	imsconn_mib_end();
}

static void
sums_have_no_rows_of_persons(void **state)
{
	struct seen seen;

	(void)state;
	open_module(PRIVACY_AGGREGATE);
	seen = walk();
	assert_int_equal(seen.names + seen.details, 0);
	assert_int_equal(seen.sessions + seen.users, 0);
	assert_true(seen.cells > 30);
	assert_int_equal(scalar(10), PRIVACY_AGGREGATE);
	assert_int_equal(scalar(12), 0);
	assert_int_equal(scalar(13), 0);
	assert_int_equal(get_session(2), READING_NO_INSTANCE);
}

static void
a_key_is_a_name_a_pseudonym_or_nothing(void **state)
{
	struct scene scene = { .privacy = &privacy };
	struct user_key key;

	(void)state;
	privacy = (struct privacy){
		.mode = PRIVACY_FULL, .key_length = 16, .key = "0123456789abcdef"
	};
	assert_true(scene_make_key(&scene, text_from("ann"), &key));
	assert_text((struct text){ key.name, key.length }, "ann");
	assert_false(scene_make_key(&scene, text_from(""), &key));
	privacy.mode = PRIVACY_PSEUDONYMOUS;
	assert_true(scene_make_key(&scene, text_from("ann"), &key));
	assert_text(
	    (struct text){ key.name, key.length }, "fb385915a0623c0be3e7b0a7134dbb62");
	privacy.mode = PRIVACY_AGGREGATE;
	assert_false(scene_make_key(&scene, text_from("ann"), &key));
}

static void
message_is(enum privacy_mode mode, const char *message, const char *expected)
{
	struct scene scene = { .privacy = &privacy };
	struct value value;

	privacy.mode = mode;
	assert_true(value_message(&value, &scene, text_from(message)));
	assert_text((struct text){ (const char *)value.data, value.length }, expected);
}

static void
messages_lose_what_is_quoted(void **state)
{
	char longest[VALUE_TEXT_MAX + 1];

	(void)state;
	message_is(PRIVACY_FULL, "at \"ann\" now", "at \"ann\" now");
	message_is(PRIVACY_AGGREGATE, "nothing quoted", "nothing quoted");
	message_is(PRIVACY_AGGREGATE, "", "");
	message_is(PRIVACY_PSEUDONYMOUS, "at \"ann\" now", "at \"...\" now");
	message_is(PRIVACY_PSEUDONYMOUS, "\"ann\", \"bob\"", "\"...\"");
	message_is(PRIVACY_AGGREGATE, "\"a\"nn\" \"b\"", "\"...\"");
	message_is(PRIVACY_AGGREGATE, "cut at \"ann", "cut at \"...\"");
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	longest[10] = longest[20] = '"';
	message_is(PRIVACY_AGGREGATE, longest, "xxxxxxxxxx\"...\"");
}

#define MODULE_CASE(name) cmocka_unit_test_setup_teardown(name, begin, close_module)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULE_CASE(everything_is_told_in_full),
		MODULE_CASE(no_privacy_at_all_is_full),
		MODULE_CASE(pseudonyms_tell_the_same_rows_without_a_name),
		MODULE_CASE(a_users_cells_are_below_his_pseudonym),
		MODULE_CASE(sums_have_no_rows_of_persons),
		cmocka_unit_test(a_key_is_a_name_a_pseudonym_or_nothing),
		cmocka_unit_test(messages_lose_what_is_quoted),
	};

	return cmocka_run_group_tests_name("personal", tests, NULL, NULL);
}
