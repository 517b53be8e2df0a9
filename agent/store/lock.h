/* SPDX-License-Identifier: ISC */
/* One collector a store: a lock that lives and dies with its process. */
#ifndef IMSC_STORE_LOCK_H
#define IMSC_STORE_LOCK_H

#include <stdbool.h>

#include "agent/error.h"

struct store_lock;

/* Fails if another process has the lock of the store in directory PATH, and names it. */
struct store_lock *store_lock_take(const char *path, struct error *err);
void store_lock_release(struct store_lock *lock);

/* Whether a collector keeps the store in directory PATH true now. */
bool store_lock_is_taken(const char *path);

#endif
