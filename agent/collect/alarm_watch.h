/* SPDX-License-Identifier: ISC */
/*
 * The alarms as the collector keeps them: in memory, so that they go on where the store
 * cannot be written, and in the store for whoever reads and for the next start.
 */
#ifndef IMSC_ALARM_WATCH_H
#define IMSC_ALARM_WATCH_H

#include "agent/alarm_switch.h"
#include "agent/conf.h"
#include "agent/health.h"
#include "agent/notice.h"
#include "agent/store/store.h"

struct alarm_watch;

struct alarm_watch *alarm_watch_new(struct notice_queue *notices);
void alarm_watch_free(struct alarm_watch *watch);

/*
 * Takes the alarms of the configuration. One that the store knows by the same name goes on
 * as it was switched, and if its rule is the same, as it stood.
 */
void alarm_watch_configure(
    struct alarm_watch *watch, const struct conf *conf, struct view *view);

/* What the alarms are judged by. */
struct alarm_scene {
	struct view *view;
	const struct health *health;
	unsigned listed; /* bit 1 << service */
	int64_t now_us;
	int64_t least_us; /* between two notices of the same */
};

/* Judges every alarm and tells of what changed. */
void alarm_watch_judge(struct alarm_watch *watch, const struct alarm_scene *scene);
/* Takes what managers switched. */
void alarm_watch_switch(struct alarm_watch *watch, struct alarm_switches *switches);
/* Whether there is something to be written, and writing it. */
bool alarm_watch_is_changed(const struct alarm_watch *watch);
int alarm_watch_write(struct alarm_watch *watch, struct view *view, struct error *err);
/* What was written is durable. */
void alarm_watch_written(struct alarm_watch *watch, struct alarm_switches *switches);

#endif
