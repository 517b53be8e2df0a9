/* SPDX-License-Identifier: ISC */
/* Switches behind a lock. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alarm_switch.h"
#include "agent/alloc.h"

/* What is asked of one alarm. */
enum asked {
	ASKED_NOTHING = 0,
	ASKED_ON,
	ASKED_OFF
};

struct alarm_switches {
	int fd;
	pthread_mutex_t lock;
	enum asked asked[ALARMS_MAX + 1]; /* by number; under the lock */
};

struct alarm_switches *
alarm_switches_new(void)
{
	struct alarm_switches *switches = xcalloc(1, sizeof *switches);

	pthread_mutex_init(&switches->lock, NULL);
	switches->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return switches;
}

void
alarm_switches_free(struct alarm_switches *switches)
{
	if (switches == NULL)
		return;
	close(switches->fd);
	pthread_mutex_destroy(&switches->lock);
	free(switches);
}

int
alarm_switches_fd(const struct alarm_switches *switches)
{
	return switches->fd;
}

void
alarm_switch_ask(struct alarm_switches *switches, uint32_t number, bool enabled)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&switches->lock);
	switches->asked[number] = enabled ? ASKED_ON : ASKED_OFF;
	pthread_mutex_unlock(&switches->lock);
	/* It can only fail because it is readable already. */
	if (write(switches->fd, &one, sizeof one) == -1)
		return;
}

bool
alarm_switch_asked(struct alarm_switches *switches, uint32_t number, bool *enabled)
{
	enum asked asked;

	pthread_mutex_lock(&switches->lock);
	asked = switches->asked[number];
	pthread_mutex_unlock(&switches->lock);
	if (asked != ASKED_NOTHING)
		*enabled = asked == ASKED_ON;
	return asked != ASKED_NOTHING;
}

void
alarm_switch_done(struct alarm_switches *switches, uint32_t number, bool enabled)
{
	pthread_mutex_lock(&switches->lock);
	if (switches->asked[number] == (enabled ? ASKED_ON : ASKED_OFF))
		switches->asked[number] = ASKED_NOTHING;
	pthread_mutex_unlock(&switches->lock);
}
