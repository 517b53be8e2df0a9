/* SPDX-License-Identifier: ISC */
/* Inside the board only: the file. Each part has its own checksum, so that it is never half read. */
#ifndef IMSC_BOARD_FILE_H
#define IMSC_BOARD_FILE_H

#include "agent/board.h"

/* Readers take a part only from the same version with the same layout. */
struct board_stamp {
	char version[24];
	uint32_t size;     /* of the file */
	uint32_t count;    /* of kicks; else 0 */
	uint64_t checksum; /* of what follows, as far as it is in use */
};

struct board_told_part {
	struct board_stamp stamp;
	struct board_told told;
};

struct board_kicks_part {
	struct board_stamp stamp;
	struct board_kick kicks[BOARD_KICKS_MAX];
};

struct board_file {
	struct board_told_part told;
	struct board_kicks_part kicks;
};

/* Fills STAMP for COUNT kicks and LENGTH octets of DATA, or looks whether it is theirs. */
void board_stamp_make(
    struct board_stamp *stamp, uint32_t count, const void *data, size_t length);
bool board_stamp_is_known(const struct board_stamp *stamp);
bool board_stamp_fits(const struct board_stamp *stamp, const void *data, size_t length);

#endif
