/* SPDX-License-Identifier: ISC */
/* What a misspelt word was probably meant to be. */
#ifndef IMSC_CONF_HINT_H
#define IMSC_CONF_HINT_H

#include "agent/text.h"

/* Offer it words; the closest, if any is close, stays in BEST. */
struct conf_hint {
	struct text wrong;
	size_t distance;
	struct text
	    best; /* borrowed from what was offered; empty if nothing was close */
};

struct conf_hint conf_hint_for(const char *wrong);

/* If WORD is closer than all before, MEANT is the best. */
void conf_hint_offer(struct conf_hint *hint, struct text word, struct text meant);

#endif
