/* SPDX-License-Identifier: ISC */
/*
 * Thresholds with hysteresis, after RMON's alarm group (RFC 2819): each threshold re-arms
 * only the other. Pure: what is compared, when, and who is told is the callers' affair.
 */
#ifndef IMSC_ALARM_H
#define IMSC_ALARM_H

#include "agent/model.h"

enum {
	ALARM_NAME_MAX = 64, /* octets */
	ALARMS_MAX = 1000
};

/* The numbers are imscAlarmObject's. */
enum alarm_object {
	ALARM_SESSIONS = 1,
	ALARM_USERS = 2,
	ALARM_MAX_PER_USER = 3,
	ALARM_DATA_AGE = 4 /* seconds */
};

/* The numbers are imscAlarmDirection's. */
enum alarm_direction {
	ALARM_RISING =
	    1, /* raised at the rising threshold, cleared at the falling one */
	ALARM_FALLING = 2 /* the other way round */
};

/* The numbers are imscAlarmState's. */
enum alarm_state {
	ALARM_UNJUDGED = 0, /* nothing was compared yet */
	ALARM_CLEAR = 1,
	ALARM_RAISED = 2,
	ALARM_NO_DATA = 3 /* there is nothing to compare now */
};

/* What the configuration says. FALLING is less than RISING. */
struct alarm_rule {
	struct text name;
	enum alarm_object object;
	enum service service;
	enum alarm_direction direction;
	bool startup; /* what is raised at the very first look is told */
	uint32_t rising;
	uint32_t falling;
};

/*
 * Of something that is so or is not: what was last told of it, and when. What happens again
 * too soon is told later, if it is still so then.
 */
struct gate {
	bool told;
	int64_t told_us[2]; /* when it was told that it is not, and that it is */
};

struct alarm {
	uint32_t number; /* its place in the configuration, from 1 */
	struct alarm_rule rule;
	bool enabled; /* it is told of */
	enum alarm_state state;
	enum alarm_state judged; /* the state, but for ALARM_NO_DATA */
	int64_t since_us;        /* when the state became what it is */
	uint32_t value;          /* what was compared last */
	struct gate gate;
};

bool alarm_rule_equal(const struct alarm_rule *a, const struct alarm_rule *b);

/* Compares VALUE, or has no data if not KNOWN. True if the state changed. */
bool alarm_judge(struct alarm *alarm, bool known, uint32_t value, int64_t now_us);

/*
 * Whether it is to be told now that the state IS so; it counts as told then. Not before
 * LEAST_US have passed since the same was told.
 */
bool gate_pass(struct gate *gate, bool is, int64_t now_us, int64_t least_us);

#endif
