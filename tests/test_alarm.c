/* SPDX-License-Identifier: ISC */
/* Thresholds and gates: what crosses, touches, jumps and flaps. */
#include "config.h"

#include "agent/alarm.h"
#include "tests/unit.h"

static struct alarm
make_alarm(enum alarm_direction direction)
{
	return (struct alarm){
		.number = 1,
		.rule = { .object = ALARM_SESSIONS,
		    .service = SERVICE_IMAP,
		    .direction = direction,
		    .startup = true,
		    .rising = 10,
		    .falling = 5 },
		.enabled = true,
	};
}

/* The states that the values lead to, one letter each: c, r, n; n is also made by -1. */
static void
expect(struct alarm *alarm, const int *values, const char *states)
{
	static const char letters[] = "?crn";

	for (size_t i = 0; states[i] != '\0'; i++) {
		alarm_judge(alarm, values[i] >= 0, (uint32_t)values[i], (int64_t)i + 1);
		assert_int_equal(letters[alarm->state], states[i]);
	}
}

static void
test_rising(void **state)
{
	struct alarm alarm = make_alarm(ALARM_RISING);

	(void)state;
	expect(&alarm, (const int[]){ 0, 9, 10, 11, 6, 9, 5, 6, 9, 10, 0, 4000000 },
	    "ccrrrrcccrcr");
}

static void
test_falling(void **state)
{
	struct alarm alarm = make_alarm(ALARM_FALLING);

	(void)state;
	expect(&alarm, (const int[]){ 10, 6, 5, 9, 0, 10, 6, 5, 1000 }, "ccrrrccrc");
}

static void
test_each_threshold_rearms_only_the_other(void **state)
{
	struct alarm alarm = make_alarm(ALARM_RISING);
	const int values[] = { 10, 9, 10, 9, 10, 6, 10 };

	(void)state;
	alarm_judge(&alarm, true, 0, 1);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(
		    alarm_judge(&alarm, true, (uint32_t)values[i], 2), i == 0);
}

static void
test_first_value_between_is_clear(void **state)
{
	struct alarm rising = make_alarm(ALARM_RISING);
	struct alarm falling = make_alarm(ALARM_FALLING);

	(void)state;
	expect(&rising, (const int[]){ 7 }, "c");
	expect(&falling, (const int[]){ 7 }, "c");
}

static void
test_startup(void **state)
{
	struct alarm alarm = make_alarm(ALARM_RISING);

	(void)state;
	expect(&alarm, (const int[]){ 10 }, "r");
	assert_true(gate_pass(&alarm.gate, true, 1, 0));

	alarm = make_alarm(ALARM_RISING);
	alarm.rule.startup = false;
	expect(&alarm, (const int[]){ 10 }, "r");
	assert_false(gate_pass(&alarm.gate, true, 1, 0));
	expect(&alarm, (const int[]){ 5 }, "c");
	assert_true(gate_pass(&alarm.gate, false, 2, 0));
	expect(&alarm, (const int[]){ 10 }, "r");
	assert_true(gate_pass(&alarm.gate, true, 3, 0));
}

static void
test_without_data_it_stays_judged(void **state)
{
	struct alarm alarm = make_alarm(ALARM_RISING);

	(void)state;
	expect(&alarm, (const int[]){ -1, 10, -1, 7, -1, 5 }, "nrnrnc");
	assert_int_equal(alarm.judged, ALARM_CLEAR);
}

static void
test_since(void **state)
{
	struct alarm alarm = make_alarm(ALARM_RISING);

	(void)state;
	assert_true(alarm_judge(&alarm, true, 10, 100));
	assert_false(alarm_judge(&alarm, true, 20, 200));
	assert_int_equal(alarm.since_us, 100);
	assert_int_equal(alarm.value, 20);
	assert_true(alarm_judge(&alarm, true, 5, 300));
	assert_int_equal(alarm.since_us, 300);
}

static void
test_gate_puts_off(void **state)
{
	struct gate gate = { 0 };

	(void)state;
	assert_false(gate_pass(&gate, false, 100, 60));
	assert_true(gate_pass(&gate, true, 100, 60));
	assert_false(gate_pass(&gate, true, 500, 60));
	/* The opposite is another kind: it does not wait for the first. */
	assert_true(gate_pass(&gate, false, 501, 60));
	assert_true(gate_pass(&gate, true, 502, 60));
	assert_true(gate_pass(&gate, false, 561, 60));
	assert_false(gate_pass(&gate, true, 561, 60));
	assert_true(gate_pass(&gate, true, 562, 60));
}

static void
test_gate_outlives_a_clock_set_back(void **state)
{
	struct gate gate = { 0 };

	(void)state;
	assert_true(gate_pass(&gate, true, 1000, 60));
	assert_true(gate_pass(&gate, false, 1000, 60));
	assert_true(gate_pass(&gate, true, 10, 60));
}

static void
test_rules_differ_in_anything(void **state)
{
	struct alarm_rule a = make_alarm(ALARM_RISING).rule;
	struct alarm_rule b = a;

	(void)state;
	assert_true(alarm_rule_equal(&a, &b));
	b.falling++;
	assert_false(alarm_rule_equal(&a, &b));
	b = a;
	b.name = text_from("other");
	assert_false(alarm_rule_equal(&a, &b));
	b = a;
	b.startup = false;
	assert_false(alarm_rule_equal(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rising),
		cmocka_unit_test(test_falling),
		cmocka_unit_test(test_each_threshold_rearms_only_the_other),
		cmocka_unit_test(test_first_value_between_is_clear),
		cmocka_unit_test(test_startup),
		cmocka_unit_test(test_without_data_it_stays_judged),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_gate_puts_off),
		cmocka_unit_test(test_gate_outlives_a_clock_set_back),
		cmocka_unit_test(test_rules_differ_in_anything),
	};

	return cmocka_run_group_tests_name("alarm", tests, NULL, NULL);
}
