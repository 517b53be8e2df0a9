/* SPDX-License-Identifier: ISC */
/* The store's values as octets: what older versions wrote, and what is cut or damaged. */
#include "config.h"

#include "agent/store/record.h"
#include "tests/unit.h"

enum {
	TIME_LENGTH = 8,
	CONNECTION_LENGTH = 16 + 1,
	ACTION_LENGTH = 1
};

static size_t
put_audit(uint8_t *buffer)
{
	return record_put_audit(buffer,
	    &(struct audit){ .user = text_from("ann"),
		.time_us = 5,
		.origin = AUDIT_CLI,
		.result = AUDIT_DONE,
		.reason = text_from("why"),
		.returned_us = 9,
		.action = AUDIT_UNBLOCK });
}

static void
an_audit_without_a_return_is_read(void **state)
{
	uint8_t buffer[RECORD_SIZE];
	size_t length = put_audit(buffer);
	struct audit audit;

	(void)state;
	assert_true(record_get_audit(buffer, length, &audit));
	assert_int_equal(audit.returned_us, 9);
	assert_int_equal(audit.action, AUDIT_UNBLOCK);
	length -= ACTION_LENGTH;
	assert_true(record_get_audit(buffer, length, &audit));
	assert_int_equal(audit.returned_us, 9);
	assert_int_equal(audit.action, AUDIT_DISCONNECT);
	length -= TIME_LENGTH;
	assert_true(record_get_audit(buffer, length, &audit));
	assert_int_equal(audit.returned_us, 0);
	assert_int_equal(audit.action, AUDIT_DISCONNECT);
	assert_text(audit.reason, "why");
}

static void
a_cut_audit_is_refused(void **state)
{
	uint8_t buffer[RECORD_SIZE];
	size_t length = put_audit(buffer);
	struct audit audit;

	(void)state;
	for (size_t cut = 0; cut < length; cut++)
		if (cut != length - ACTION_LENGTH &&
		    cut != length - ACTION_LENGTH - TIME_LENGTH)
			assert_false(record_get_audit(buffer, cut, &audit));
}

static size_t
put_session(uint8_t *buffer)
{
	return record_put_session(buffer,
	    &(struct session){ .user = text_from("ann"),
		.login_source = TIME_RECORDED,
		.login_us = 5,
		.store_id = text_from("id"),
		.seen_us = 9 });
}

static void
a_session_that_was_never_seen_was_seen_at_its_login(void **state)
{
	struct session session = { .peer.length = 4 };
	uint8_t buffer[RECORD_SIZE];
	size_t length = put_session(buffer);

	(void)state;
	assert_true(record_get_session(buffer, length, &session));
	assert_int_equal(session.seen_us, 9);
	assert_int_equal(session.peer.length, 0);
	assert_true(record_get_session(buffer, length - TIME_LENGTH, &session));
	assert_int_equal(session.seen_us, 5);
	assert_true(record_get_session(
	    buffer, length - TIME_LENGTH - CONNECTION_LENGTH, &session));
	assert_int_equal(session.seen_us, 5);
	assert_text(session.user, "ann");
}

static void
a_cut_session_is_refused(void **state)
{
	uint8_t buffer[RECORD_SIZE];
	size_t length = put_session(buffer);
	struct session session;

	(void)state;
	for (size_t cut = 0; cut < length; cut++)
		if (cut != length - TIME_LENGTH &&
		    cut != length - TIME_LENGTH - CONNECTION_LENGTH)
			assert_false(record_get_session(buffer, cut, &session));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_audit_without_a_return_is_read),
		cmocka_unit_test(a_cut_audit_is_refused),
		cmocka_unit_test(a_session_that_was_never_seen_was_seen_at_its_login),
		cmocka_unit_test(a_cut_session_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
