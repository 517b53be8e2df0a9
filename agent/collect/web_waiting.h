/* SPDX-License-Identifier: ISC */
/* Which rows of a listing were in the one before, too. Pure. */
#ifndef IMSC_WEB_WAITING_H
#define IMSC_WEB_WAITING_H

#include "agent/collect/listing.h"

struct web_marks {
	uint64_t *all;
	size_t count;
	size_t capacity;
};

/* Zeroed, it is empty. */
struct web_waiting {
	struct web_marks now;
	struct web_marks before; /* sorted */
};

/* Notes the row. Whether it is the first listing that has it. */
bool web_waiting_add(struct web_waiting *waiting, const struct listed *row);
/* The listing is done. */
void web_waiting_turn(struct web_waiting *waiting);
void web_waiting_fini(struct web_waiting *waiting);

#endif
