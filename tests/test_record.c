/* SPDX-License-Identifier: ISC */
/* The store's values as octets: what older versions wrote, and what is cut or damaged. */
#include "config.h"

#include "agent/store/record.h"
#include "tests/unit.h"

enum {
	TIME_LENGTH = 8,
	CONNECTION_LENGTH = 16 + 1,
	ACTION_LENGTH = 1,
	OCTETS_LENGTH = 1 + 8 + 8,
	ACTIVITY_LENGTH = 2 + 5 + TIME_LENGTH + OCTETS_LENGTH
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
		.seen_us = 9,
		.mailbox = text_from("INBOX"),
		.active_us = 11,
		.octets = { true, 44, UINT64_MAX } });
}

static void
what_a_session_does_is_not_known_of_older_ones(void **state)
{
	uint8_t buffer[RECORD_SIZE];
	size_t length = put_session(buffer);
	struct session session;

	(void)state;
	assert_true(record_get_session(buffer, length, &session));
	assert_text(session.mailbox, "INBOX");
	assert_int_equal(session.active_us, 11);
	assert_true(session.octets.known);
	assert_int_equal(session.octets.in, 44);
	assert_true(session.octets.out == UINT64_MAX);
	assert_true(record_get_session(buffer, length - ACTIVITY_LENGTH, &session));
	assert_int_equal(session.mailbox.length, 0);
	assert_int_equal(session.active_us, 0);
	assert_false(session.octets.known);
	assert_int_equal(session.seen_us, 9);
}

static void
the_longest_session_fits(void **state)
{
	static char octets[RECORD_TEXT_MAX + 1];
	struct text longest = { octets, sizeof octets };
	struct session session = { .local.address.length = 16,
		.remote.address.length = 16,
		.user = longest,
		.mechanism = longest,
		.store_id = longest,
		.auth_user = longest,
		.mailbox = longest };
	uint8_t buffer[RECORD_SIZE];
	size_t length = record_put_session(buffer, &session);

	(void)state;
	assert_in_range(length, 5 * RECORD_TEXT_MAX, sizeof buffer);
	assert_true(record_get_session(buffer, length, &session));
	assert_int_equal(session.mailbox.length, RECORD_TEXT_MAX);
}

static void
a_session_that_was_never_seen_was_seen_at_its_login(void **state)
{
	struct session session = { .peer.length = 4 };
	uint8_t buffer[RECORD_SIZE];
	size_t length = put_session(buffer) - ACTIVITY_LENGTH;

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
	size_t older = length - ACTIVITY_LENGTH;
	struct session session;

	(void)state;
	for (size_t cut = 0; cut < length; cut++)
		if (cut != older && cut != older - TIME_LENGTH &&
		    cut != older - TIME_LENGTH - CONNECTION_LENGTH)
			assert_false(record_get_session(buffer, cut, &session));
}

static void
the_octets_of_older_totals_are_not_known(void **state)
{
	uint8_t buffer[RECORD_SIZE];
	size_t length = record_put_totals(buffer,
	    &(struct totals){ .last_login_us = 5, .octets = { true, 44, 552 } });
	struct totals totals;

	(void)state;
	assert_true(record_get_totals(buffer, length, &totals));
	assert_true(totals.octets.known);
	assert_int_equal(totals.octets.in, 44);
	assert_int_equal(totals.octets.out, 552);
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(record_get_totals(buffer, cut, &totals),
		    cut == length - OCTETS_LENGTH);
	assert_true(record_get_totals(buffer, length - OCTETS_LENGTH, &totals));
	assert_false(totals.octets.known);
	assert_int_equal(totals.last_login_us, 5);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_audit_without_a_return_is_read),
		cmocka_unit_test(a_cut_audit_is_refused),
		cmocka_unit_test(a_session_that_was_never_seen_was_seen_at_its_login),
		cmocka_unit_test(a_cut_session_is_refused),
		cmocka_unit_test(what_a_session_does_is_not_known_of_older_ones),
		cmocka_unit_test(the_longest_session_fits),
		cmocka_unit_test(the_octets_of_older_totals_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
