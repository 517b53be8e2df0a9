/* SPDX-License-Identifier: ISC */
/* The notices' queue and the alarms' switches: order, bounds, counters, copies. */
#include "config.h"

#include <poll.h>

#include "agent/alarm_switch.h"
#include "agent/notice.h"
#include "tests/unit.h"

static void
push(struct notice_queue *queue, uint32_t number, const char *name)
{
	notice_queue_push(queue,
	    &(struct notice){ .kind = NOTICE_ALARM_RAISED,
		.alarm = { .number = number, .rule.name = text_from(name) } });
}

static void
expect(struct notice_queue *queue, uint32_t number, const char *name)
{
	struct notice *notice = notice_queue_take(queue);

	assert_non_null(notice);
	assert_int_equal(notice->alarm.number, number);
	assert_text(notice->alarm.rule.name, name);
	notice_free(notice);
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_order_and_readiness(void **state)
{
	struct notice_queue *queue = notice_queue_new(8);

	(void)state;
	assert_false(is_readable(notice_queue_fd(queue)));
	push(queue, 1, "one");
	push(queue, 2, "two");
	assert_true(is_readable(notice_queue_fd(queue)));
	expect(queue, 1, "one");
	assert_true(is_readable(notice_queue_fd(queue)));
	expect(queue, 2, "two");
	assert_false(is_readable(notice_queue_fd(queue)));
	assert_null(notice_queue_take(queue));
	notice_queue_free(queue);
}

static void
test_oldest_is_dropped_and_counted(void **state)
{
	struct notice_queue *queue = notice_queue_new(3);

	(void)state;
	notice_queue_set_counts(queue, (struct notice_counts){ 7, 40 });
	for (uint32_t i = 1; i <= 5; i++)
		push(queue, i, "x");
	notice_queue_suppress(queue, 2);
	assert_int_equal(notice_queue_counts(queue).dropped, 42);
	assert_int_equal(notice_queue_counts(queue).suppressed, 9);
	for (uint32_t i = 3; i <= 5; i++)
		expect(queue, i, "x");
	notice_queue_free(queue);
}

static void
test_texts_are_copied(void **state)
{
	struct notice_queue *queue = notice_queue_new(3);
	char name[] = "ann";
	char why[] = "gone";
	struct notice notice = { .kind = NOTICE_USER_DISCONNECTED,
		.audit = { .user = text_from(name), .reason = text_from(why) },
		.user = { .name = text_from(name) } };
	struct notice *taken;

	(void)state;
	notice_queue_push(queue, &notice);
	memset(name, '!', sizeof name);
	memset(why, '!', sizeof why);
	taken = notice_queue_take(queue);
	assert_text(taken->audit.user, "ann");
	assert_text(taken->audit.requester, "");
	assert_text(taken->audit.reason, "gone");
	assert_text(taken->user.name, "ann");
	notice_free(taken);
	notice_queue_push(queue, &notice); /* freed with the queue */
	notice_queue_free(queue);
}

static void
test_without_room_nobody_is_told(void **state)
{
	struct notice_queue *queue = notice_queue_new(0);

	(void)state;
	push(queue, 1, "one");
	assert_null(notice_queue_take(queue));
	assert_int_equal(notice_queue_counts(queue).dropped, 0);
	notice_queue_free(queue);
}

static void
test_switches(void **state)
{
	struct alarm_switches *switches = alarm_switches_new();
	bool enabled = true;

	(void)state;
	assert_false(alarm_switch_asked(switches, 1, &enabled));
	assert_true(enabled);
	alarm_switch_ask(switches, 1, false);
	alarm_switch_ask(switches, ALARMS_MAX, true);
	assert_true(is_readable(alarm_switches_fd(switches)));
	assert_true(alarm_switch_asked(switches, 1, &enabled));
	assert_false(enabled);
	/* Asked otherwise before the first was durable. */
	alarm_switch_ask(switches, 1, true);
	alarm_switch_done(switches, 1, false);
	assert_true(alarm_switch_asked(switches, 1, &enabled));
	assert_true(enabled);
	alarm_switch_done(switches, 1, true);
	assert_false(alarm_switch_asked(switches, 1, &enabled));
	assert_true(alarm_switch_asked(switches, ALARMS_MAX, &enabled));
	alarm_switches_free(switches);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_readiness),
		cmocka_unit_test(test_oldest_is_dropped_and_counted),
		cmocka_unit_test(test_texts_are_copied),
		cmocka_unit_test(test_without_room_nobody_is_told),
		cmocka_unit_test(test_switches),
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
