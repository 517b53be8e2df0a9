/* SPDX-License-Identifier: ISC */
/* The queue between the SNMP thread and the collector. */
#include "config.h"

#include <poll.h>
#include <stdio.h>

#include "agent/collect/kick_queue.h"
#include "tests/unit.h"

static const struct session_key whole = { 0 };

static bool
readable(struct kick_queue *queue)
{
	struct pollfd fd = { kick_queue_fd(queue), POLLIN, 0 };

	return poll(&fd, 1, 0) == 1;
}

static void
a_request_reads_as_under_way_until_it_is_finished(void **state)
{
	struct kick_queue *queue = kick_queue_new();
	const struct kick_target *target;

	(void)state;
	assert_false(readable(queue));
	assert_true(kick_queue_push(queue, text_from("ann"), whole));
	assert_true(readable(queue));
	assert_true(kick_queue_has_user(queue, text_from("ann")));
	assert_false(kick_queue_has_user(queue, text_from("bob")));
	target = kick_queue_take(queue);
	assert_non_null(target);
	assert_null(kick_queue_take(queue));
	assert_false(readable(queue));
	assert_true(kick_queue_has_user(queue, text_from("ann")));
	kick_queue_finish(queue, target);
	assert_false(kick_queue_has_user(queue, text_from("ann")));
	kick_queue_free(queue);
}

static void
the_same_request_twice_counts_once(void **state)
{
	struct kick_queue *queue = kick_queue_new();

	(void)state;
	assert_true(kick_queue_push(queue, text_from("ann"), whole));
	assert_true(kick_queue_push(queue, text_from("ann"), whole));
	assert_non_null(kick_queue_take(queue));
	assert_null(kick_queue_take(queue));
	kick_queue_free(queue);
}

static void
one_session_is_not_all_and_all_is_each(void **state)
{
	struct kick_queue *queue = kick_queue_new();
	struct session_key first = { SERVICE_IMAP, 1 };
	struct session_key second = { SERVICE_IMAP, 2 };

	(void)state;
	assert_true(kick_queue_push(queue, text_from("ann"), first));
	assert_true(kick_queue_has_session(queue, text_from("ann"), first));
	assert_false(kick_queue_has_session(queue, text_from("ann"), second));
	assert_false(kick_queue_has_user(queue, text_from("ann")));
	assert_true(kick_queue_push(queue, text_from("ann"), whole));
	assert_true(kick_queue_has_session(queue, text_from("ann"), second));
	assert_false(kick_queue_has_session(queue, text_from("bob"), second));
	kick_queue_free(queue);
}

static void
a_full_queue_says_so(void **state)
{
	struct kick_queue *queue = kick_queue_new();
	const struct kick_target *target;
	char name[16];

	(void)state;
	for (int i = 0; i < KICK_QUEUE_MAX; i++) {
		assert_true(kick_queue_room(queue) > 0);
		snprintf(name, sizeof name, "u%d", i);
		assert_true(kick_queue_push(queue, text_from(name), whole));
	}
	assert_int_equal(kick_queue_room(queue), 0);
	assert_false(kick_queue_push(queue, text_from("one more"), whole));
	assert_true(kick_queue_push(queue, text_from("u7"), whole));
	target = kick_queue_take(queue);
	assert_string_equal(target->user, "u0");
	kick_queue_finish(queue, target);
	assert_true(kick_queue_room(queue) > 0);
	kick_queue_free(queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_reads_as_under_way_until_it_is_finished),
		cmocka_unit_test(the_same_request_twice_counts_once),
		cmocka_unit_test(one_session_is_not_all_and_all_is_each),
		cmocka_unit_test(a_full_queue_says_so),
	};

	return cmocka_run_group_tests_name("kick_queue", tests, NULL, NULL);
}
