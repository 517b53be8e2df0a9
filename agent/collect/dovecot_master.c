/* SPDX-License-Identifier: ISC */
/* Dovecot's master process, by a pidfd. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "agent/collect/dovecot_master.h"
#include "agent/collect/process.h"

void
dovecot_master_init(struct dovecot_master *master)
{
	memset(master, 0, sizeof *master);
	master->pidfd = -1;
}

static void
note_start(struct dovecot_master *master, uint32_t pid)
{
	uint64_t ticks;

	if (!process_started(pid, &ticks))
		ticks = 0;
	if (ticks != master->started_ticks)
		master->started_us = ticks != 0 ? process_ticks_us(ticks) : 0;
	master->started_ticks = ticks;
}

void
dovecot_master_watch(struct dovecot_master *master, struct event_base *base,
    uint32_t pid, event_callback_fn gone, void *arg)
{
	note_start(master, pid);
	master->pidfd = pid != 0 ? process_open(pid) : -1;
	if (master->pidfd == -1)
		return;
	master->gone = event_new(base, master->pidfd, EV_READ, gone, arg);
	event_add(master->gone, NULL);
}

void
dovecot_master_release(struct dovecot_master *master)
{
	if (master->gone == NULL)
		return;
	event_free(master->gone);
	master->gone = NULL;
	close(master->pidfd);
	master->pidfd = -1;
}
