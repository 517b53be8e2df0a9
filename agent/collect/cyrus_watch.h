/* SPDX-License-Identifier: ISC */
/*
 * Cyrus's feed: a thread that watches the proc files, and takes events, so that also sessions of a few
 * milliseconds are seen. It does nothing but read. All files are read in full at the start, after
 * something was lost, and once a minute.
 */
#ifndef IMSC_CYRUS_WATCH_H
#define IMSC_CYRUS_WATCH_H

#include "agent/collect/cyrus_presence.h"

struct cyrus_watch;

/* Starts the thread. CONF is borrowed, and what is taken of it does not change. */
struct cyrus_watch *cyrus_watch_start(const struct conf *conf, struct error *err);
void cyrus_watch_stop(struct cyrus_watch *watch);

struct cyrus_presence *cyrus_watch_presence(const struct cyrus_watch *watch);
struct news_queue *cyrus_watch_news(const struct cyrus_watch *watch);

#endif
