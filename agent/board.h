/* SPDX-License-Identifier: ISC */
/*
 * What SNMP shows and the store has not, told by imsconnd to other processes of the host: the
 * board, a small file that is written in place and survives imsconnd. It is told in parts, each
 * whole or not at all. Files are of one version of imsconn and one machine.
 */
#ifndef IMSC_BOARD_H
#define IMSC_BOARD_H

#include "agent/alarm.h"
#include "agent/error.h"
#include "agent/health.h"
#include "agent/notice.h"
#include "agent/text.h"

enum {
	BOARD_PATH_MAX = 1024,
	BOARD_DAYS_MAX = 16,
	BOARD_KICKS_MAX = 1024
};

/* An alarm's switch that was asked for and is not yet in the store. */
enum board_switch {
	BOARD_SWITCH_NONE = 0,
	BOARD_SWITCH_ON,
	BOARD_SWITCH_OFF
};

/* Texts end in NUL; those that health has as pointers follow it. */
struct board_told {
	int64_t opened_us; /* when the imsconnd that keeps it began to */
	char store_path[BOARD_PATH_MAX];
	uint32_t listed;       /* bit 1 << service */
	uint32_t capabilities; /* bit 1 << n */
	uint32_t privacy;      /* enum privacy_mode */
	uint32_t network_services;
	uint32_t index_base;
	uint32_t notify_min_seconds;
	uint32_t inactive_rows;
	int32_t inactive_days[BOARD_DAYS_MAX];
	struct notice_counts notices;
	uint8_t switches[ALARMS_MAX + 1]; /* enum board_switch, by number */
	struct health health;
	char server_version[128]; /* "" if not known */
	char server_url[256];
};

/* A request to end sessions that is under way. */
struct board_kick {
	uint64_t user; /* board_hash() of the name */
	uint32_t service;
	uint32_t number; /* 0: all of the user's */
};

uint64_t board_hash(struct text text);

struct board;

/*
 * Opens the board in the file PATH, makes it if there is none, and keeps it until it is closed.
 * Fails if another process keeps it. Any thread may tell.
 */
struct board *board_open(const char *path, struct error *err);
void board_close(struct board *board);

/* What is told now, to be changed; it is told by board_tell(), which must follow. */
struct board_told *board_change(struct board *board);
void board_tell(struct board *board);

/* Tells which requests are under way: at most BOARD_KICKS_MAX. */
void board_tell_kicks(
    struct board *board, const struct board_kick *kicks, size_t count);

/* As agent/health.h has it; the pointers are made into copies. */
void board_tell_health(struct board *board, const struct health *health);

#endif
