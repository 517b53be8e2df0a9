/* SPDX-License-Identifier: ISC */
/*
 * How long the SNMP thread's turns take. Net-SNMP's library waits for the master agent in
 * the middle of one: for the answer to a ping, for room in the socket, for a connection.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "agent/clock.h"
#include "agent/log.h"
#include "agent/snmp/watchdog.h"

enum {
	LIMIT_US = 1 * CLOCK_SECOND_US,
	HANGING_US = 10 * CLOCK_SECOND_US,
	QUIET_US = 60 * CLOCK_SECOND_US /* between two lines of the same kind */
};

static struct {
	atomic_llong since_us; /* when the turn began; 0 between turns */
	long long told_us;     /* the last line of watchdog_end() */
	long long looked_us;   /* the last line of watchdog_look() */
} watchdog;

static bool
is_due(long long *last_us, long long now_us)
{
	if (*last_us != 0 && now_us - *last_us < QUIET_US)
		return false;
	*last_us = now_us;
	return true;
}

void
watchdog_begin(void)
{
	atomic_store(&watchdog.since_us, clock_monotonic_us());
}

void
watchdog_end(void)
{
	long long now_us = clock_monotonic_us();
	long long stood_us = now_us - atomic_exchange(&watchdog.since_us, 0);

	if (stood_us > LIMIT_US && is_due(&watchdog.told_us, now_us))
		log_warning("SNMP stood still for %.1f s: the master agent, or the "
			    "store's disk, did not answer",
		    (double)stood_us / CLOCK_SECOND_US);
}

void
watchdog_look(void)
{
	long long since_us = atomic_load(&watchdog.since_us);
	long long now_us = clock_monotonic_us();

	if (since_us != 0 && now_us - since_us > HANGING_US &&
	    is_due(&watchdog.looked_us, now_us))
		log_warning(
		    "SNMP has stood still for %lld s and still does: the master "
		    "agent, or the store's disk, does not answer",
		    (now_us - since_us) / CLOCK_SECOND_US);
}
