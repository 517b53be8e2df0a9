/* SPDX-License-Identifier: ISC */
/* Inside the store only: whether the file has all the pages that LMDB counts. */
#ifndef IMSC_STORE_WHOLE_H
#define IMSC_STORE_WHOLE_H

#include "agent/store/view.h"

/* After a commit. LMDB does not write pages that were taken and freed in one transaction. */
void whole_keep(const struct store *store);

/*
 * A file that ends before a page in use would kill us at a read: -1. What lacks only free
 * pages is made whole while writing.
 */
int whole_check(struct store *store, enum store_mode mode, struct error *err);

#endif
