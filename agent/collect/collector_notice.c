/* SPDX-License-Identifier: ISC */
/* What operators are told: looked at before every commit, and once a second. */
#include "config.h"

#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/collector_state.h"

#define MARK_FAILURE_TOLD "failure told"
#define MARK_SUPPRESSED "notices suppressed"
#define MARK_DROPPED "notices dropped"

static int64_t
least_us(const struct collector *collector)
{
	return (int64_t)collector->conf.notify_min_seconds * CLOCK_SECOND_US;
}

static unsigned
listed(const struct collector *collector)
{
	unsigned services = 0;

	for (enum service s = SERVICE_ALL + 1; s < SERVICE_END; s++)
		services |= collector_lists(collector, s) ? 1u << s : 0;
	return services;
}

/* Whether the mail server, or the store, fails us. */
static void
tell_health(struct collector *collector, struct notices *notices)
{
	const struct health *health = &collector->health;
	struct gate *gate = &notices->failure;
	bool was_told = gate->told;
	bool fails =
	    health->status == COLLECTOR_STALE || health->status == COLLECTOR_FAILED;
	int64_t now_us = clock_now_us();

	if (!collector->backend->polls || health->status == COLLECTOR_STARTING)
		return;
	if (notices->fails != fails && fails == gate->told)
		notice_queue_suppress(notices->queue, 2);
	notices->fails = fails;
	if (!gate_pass(gate, fails, now_us, least_us(collector)))
		return;
	notices->changed |= gate->told != was_told;
	notice_queue_push(notices->queue,
	    &(struct notice){
		.kind = fails ? NOTICE_COLLECTOR_FAILED : NOTICE_COLLECTOR_RECOVERED,
		.time_us = now_us,
		.health = *health,
	    });
}

/* At the start, before the first look, nothing is judged: it is as it was. */
static void
look(struct collector *collector, struct view *view)
{
	struct notices *notices = &collector->notices;

	user_watch_audit(notices->users, view);
	tell_health(collector, notices);
	alarm_watch_switch(notices->alarms, notices->switches);
	if (collector->health.status == COLLECTOR_STARTING)
		return;
	alarm_watch_judge(notices->alarms,
	    &(struct alarm_scene){
		.view = view,
		.health = &collector->health,
		.listed = listed(collector),
		.now_us = clock_now_us(),
		.least_us = least_us(collector),
	    });
}

static int
write_down(struct collector *collector, struct view *view, struct error *err)
{
	struct notices *notices = &collector->notices;
	struct notice_counts counts = notice_queue_counts(notices->queue);

	if (alarm_watch_write(notices->alarms, view, err) == -1 ||
	    user_watch_write(notices->users, view, err) == -1 ||
	    store_set_mark(view, MARK_FAILURE_TOLD, notices->failure.told, err) == -1 ||
	    store_set_mark(view, MARK_SUPPRESSED, counts.suppressed, err) == -1)
		return -1;
	return store_set_mark(view, MARK_DROPPED, counts.dropped, err);
}

/* While the store cannot be written, alarms go on all the same. */
void
collector_notice_look(struct collector *collector)
{
	struct notices *notices = &collector->notices;
	struct view *view = collector->writer;
	struct error err;

	if (view == NULL && !notices->due)
		return;
	notices->due = false;
	if (view == NULL && view_renew(collector->reader, &err) == 0)
		view = collector->reader;
	if (view == NULL)
		return;
	look(collector, view);
	if (view == collector->reader)
		view_release(view);
	if (!notices->changed && !alarm_watch_is_changed(notices->alarms) &&
	    !user_watch_is_changed(notices->users))
		return;
	view = collector_writer(collector);
	if (view != NULL && write_down(collector, view, &err) == -1)
		collector_write_failed(collector, &err);
	notices->written = view != NULL && !collector->turn_failed;
}

void
collector_notice_durable(struct collector *collector)
{
	struct notices *notices = &collector->notices;

	if (!notices->written)
		return;
	alarm_watch_written(notices->alarms, notices->switches);
	user_watch_written(notices->users);
	notices->written = false;
	notices->changed = false;
}

static void
on_switch(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) == sizeof count)
		collector->notices.due = true;
}

void
collector_notice_configure(struct collector *collector)
{
	struct error err;

	if (view_renew(collector->reader, &err) == -1)
		return;
	alarm_watch_configure(
	    collector->notices.alarms, &collector->conf, collector->reader);
	view_release(collector->reader);
	/* The loop may have nothing else to do. */
	collector->notices.due = true;
	event_active(collector->notices.switched, EV_READ, 0);
}

void
collector_notice_open(struct collector *collector)
{
	struct notices *notices = &collector->notices;
	struct view *view = collector->reader;
	struct error err;

	notices->alarms = alarm_watch_new(notices->queue);
	notices->users = user_watch_new(&collector->conf, notices->queue);
	notices->switched =
	    event_new(collector->base, alarm_switches_fd(notices->switches),
		EV_READ | EV_PERSIST, on_switch, collector);
	event_add(notices->switched, NULL);
	if (view_renew(view, &err) == 0) {
		user_watch_resume(notices->users, view);
		notices->failure.told = store_get_mark(view, MARK_FAILURE_TOLD) != 0;
		notices->fails = notices->failure.told;
		notice_queue_set_counts(notices->queue,
		    (struct notice_counts){
			(uint32_t)store_get_mark(view, MARK_SUPPRESSED),
			(uint32_t)store_get_mark(view, MARK_DROPPED),
		    });
		view_release(view);
	}
	collector_notice_configure(collector);
}

void
collector_notice_close(struct collector *collector)
{
	struct notices *notices = &collector->notices;

	if (notices->switched == NULL)
		return;
	event_free(notices->switched);
	alarm_watch_free(notices->alarms);
	user_watch_free(notices->users);
}
