/* SPDX-License-Identifier: ISC */
/* Thresholds and gates. */
#include "config.h"

#include "agent/alarm.h"

bool
alarm_rule_equal(const struct alarm_rule *a, const struct alarm_rule *b)
{
	return text_equal(a->name, b->name) && a->object == b->object &&
	    a->service == b->service && a->direction == b->direction &&
	    a->startup == b->startup && a->rising == b->rising &&
	    a->falling == b->falling;
}

/* Between the thresholds everything stays as it was; at first, that is clear. */
static enum alarm_state
compare(const struct alarm *alarm, uint32_t value)
{
	const struct alarm_rule *rule = &alarm->rule;
	bool rises = rule->direction == ALARM_RISING;

	if (value >= rule->rising)
		return rises ? ALARM_RAISED : ALARM_CLEAR;
	if (value <= rule->falling)
		return rises ? ALARM_CLEAR : ALARM_RAISED;
	return alarm->judged != ALARM_UNJUDGED ? alarm->judged : ALARM_CLEAR;
}

bool
alarm_judge(struct alarm *alarm, bool known, uint32_t value, int64_t now_us)
{
	enum alarm_state before = alarm->state;
	bool first = alarm->judged == ALARM_UNJUDGED;

	alarm->state = ALARM_NO_DATA;
	if (known) {
		alarm->value = value;
		alarm->state = alarm->judged = compare(alarm, value);
		if (first && !alarm->rule.startup && alarm->judged == ALARM_RAISED)
			alarm->gate.told = true;
	}
	if (alarm->state == before)
		return false;
	alarm->since_us = now_us;
	return true;
}

bool
gate_pass(struct gate *gate, bool is, int64_t now_us, int64_t least_us)
{
	int64_t last_us = gate->told_us[is];

	if (is == gate->told)
		return false;
	/* A clock that was set back must not silence anything. */
	if (last_us != 0 && now_us >= last_us && now_us - last_us < least_us)
		return false;
	gate->told = is;
	gate->told_us[is] = now_us;
	return true;
}
