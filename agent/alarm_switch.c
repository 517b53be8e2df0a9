/* SPDX-License-Identifier: ISC */
/* Switches behind a lock. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/alarm_switch.h"
#include "agent/alloc.h"
#include "agent/board.h"

struct alarm_switches {
	int fd;
	pthread_mutex_t lock;
	struct board *told;
	uint8_t
	    asked[ALARMS_MAX + 1]; /* enum board_switch, by number; under the lock */
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
alarm_switches_tell(struct alarm_switches *switches, struct board *told)
{
	pthread_mutex_lock(&switches->lock);
	switches->told = told;
	memcpy(board_change(told)->switches, switches->asked, sizeof switches->asked);
	board_tell(told);
	pthread_mutex_unlock(&switches->lock);
}

/* Under the lock. */
static void
put(struct alarm_switches *switches, uint32_t number, enum board_switch asked)
{
	switches->asked[number] = (uint8_t)asked;
	if (switches->told == NULL)
		return;
	board_change(switches->told)->switches[number] = (uint8_t)asked;
	board_tell(switches->told);
}

void
alarm_switch_ask(struct alarm_switches *switches, uint32_t number, bool enabled)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&switches->lock);
	put(switches, number, enabled ? BOARD_SWITCH_ON : BOARD_SWITCH_OFF);
	pthread_mutex_unlock(&switches->lock);
	/* It can only fail because it is readable already. */
	if (write(switches->fd, &one, sizeof one) == -1)
		return;
}

bool
alarm_switch_asked(struct alarm_switches *switches, uint32_t number, bool *enabled)
{
	enum board_switch asked;

	pthread_mutex_lock(&switches->lock);
	asked = switches->asked[number];
	pthread_mutex_unlock(&switches->lock);
	if (asked != BOARD_SWITCH_NONE)
		*enabled = asked == BOARD_SWITCH_ON;
	return asked != BOARD_SWITCH_NONE;
}

void
alarm_switch_done(struct alarm_switches *switches, uint32_t number, bool enabled)
{
	pthread_mutex_lock(&switches->lock);
	if (switches->asked[number] == (enabled ? BOARD_SWITCH_ON : BOARD_SWITCH_OFF))
		put(switches, number, BOARD_SWITCH_NONE);
	pthread_mutex_unlock(&switches->lock);
}
