/* SPDX-License-Identifier: ISC */
/* What Dovecot's log says that a session transferred, also in hostile words. */
#include "config.h"

#include <stdio.h>

#include "agent/collect/dovecot_log.h"
#include "agent/collect/dovecot_log_octets.h"
#include "tests/dovecot_lines.h"
#include "tests/unit.h"

static struct octets
read_octets(const char *words)
{
	struct octets octets = { true, 7, 7 };

	dovecot_log_take_octets(&octets, text_from(words));
	return octets;
}

static void
assert_octets(const char *words, uint64_t in, uint64_t out)
{
	struct octets octets = read_octets(words);

	if (!octets.known || octets.in != in || octets.out != out)
		fail_msg("this was misunderstood: %s", words);
}

static void
assert_unknown(const char *words)
{
	if (read_octets(words).known)
		fail_msg("this tells nothing: %s", words);
}

static void
both_are_told(void **state)
{
	(void)state;
	assert_octets(": Logged out in=15 out=546 deleted=0 expunged=0", 15, 546);
	assert_octets("in=0 out=0", 0, 0);
	assert_octets(": Connection closed out=2, in=1, x=3", 1, 2);
	assert_octets("in=999999999999999999 out=1", UINT64_C(999999999999999999), 1);
	assert_octets(
	    " top=0/0, retr=1/1234, del=0/0, size=9 in=30 out=1300", 30, 1300);
}

static void
what_is_no_number_tells_nothing(void **state)
{
	(void)state;
	assert_unknown("");
	assert_unknown(": Logged out");
	assert_unknown("in=1");
	assert_unknown("out=1");
	assert_unknown("in= out=1");
	assert_unknown("in=1 out=,");
	assert_unknown("in=-1 out=1");
	assert_unknown("in=1x out=1");
	assert_unknown("in=1000000000000000000 out=1");
	assert_unknown("min=1 out=1");
	/* Messages alone, and not what was transferred. */
	assert_unknown(": Logged out top=0/0, retr=1/1234, del=0/0, size=9");
}

static void
the_last_ones_are_the_servers(void **state)
{
	(void)state;
	assert_octets(
	    ": Disconnected (\"in=9 out=9\" in=8 out=8 + waiting in/out for 1 secs, "
	    "60 B in + 1 B out) in=15 out=546 deleted=0",
	    15, 546);
}

/* Every line that has them as Dovecot writes them does tell. */
static void
real_lines_tell(void **state)
{
	struct session s;
	int told = 0;

	(void)state;
	for (size_t i = 0; i < sizeof real_lines / sizeof real_lines[0]; i++) {
		const char *in = strstr(real_lines[i].line, " in=");
		unsigned long long counts[2];

		if (real_lines[i].kind != LOG_LINE_LOGOUT)
			continue;
		dovecot_log_parse(&s, text_from(real_lines[i].line),
		    real_lines[i].at_us ? real_lines[i].at_us : 1,
		    INT64_C(1795320000) * 1000000);
		assert_int_equal(s.octets.known, in != NULL);
		if (in == NULL)
			continue;
		assert_int_equal(
		    sscanf(in, " in=%llu out=%llu", &counts[0], &counts[1]), 2);
		assert_int_equal(s.octets.in, counts[0]);
		assert_int_equal(s.octets.out, counts[1]);
		told++;
	}
	assert_in_range(told, 5, 100);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_are_told),
		cmocka_unit_test(what_is_no_number_tells_nothing),
		cmocka_unit_test(the_last_ones_are_the_servers),
		cmocka_unit_test(real_lines_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
