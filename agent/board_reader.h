/* SPDX-License-Identifier: ISC */
/*
 * The reading side of the board, for processes that must not wait or die: what it reads may be
 * cut short, hostile, or changing meanwhile, and is checked before anybody sees it.
 */
#ifndef IMSC_BOARD_READER_H
#define IMSC_BOARD_READER_H

#include "agent/board.h"

/* A board that is open; fd is -1 if none is. */
struct board_reader {
	int fd;
	uint64_t device;
	uint64_t inode;
	uint64_t checksum; /* of what was read last; 0 if nothing was */
};

int board_reader_open(struct board_reader *reader, const char *path, struct error *err);
void board_reader_close(struct board_reader *reader);

/* Whether the file at PATH is still the one that is open. */
bool board_reader_is_at(const struct board_reader *reader, const char *path);
/* Whether an imsconnd keeps it. */
bool board_reader_is_kept(const struct board_reader *reader);

/*
 * Brings TOLD, which is the same at each call, up to date: its texts all end, its numbers are
 * within their ranges, and the pointers in its health point into it. It stays as it was on failure.
 */
int board_reader_get(
    struct board_reader *reader, struct board_told *told, struct error *err);
/* Fills KICKS, room for BOARD_KICKS_MAX, and returns how many; 0 if they cannot be read. */
size_t board_reader_get_kicks(
    const struct board_reader *reader, struct board_kick *kicks);

#endif
