/* SPDX-License-Identifier: ISC */
/* The folder of Cyrus's proc files: read a slice at a time, and watched by inotify. */
#ifndef IMSC_CYRUS_FOLDER_H
#define IMSC_CYRUS_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/error.h"

struct cyrus_folder;

/* Of one file; DELETED: it is no longer there, or was not for a moment. */
typedef void cyrus_file_call(void *arg, uint32_t pid, bool deleted);

/* Watches it from now on. NULL if it cannot be read, or not be watched. */
struct cyrus_folder *cyrus_folder_open(const char *path, struct error *err);
void cyrus_folder_close(struct cyrus_folder *folder);
/* To open its files at. */
int cyrus_folder_fd(const struct cyrus_folder *folder);
/* Readable when something changed. */
int cyrus_folder_watch_fd(const struct cyrus_folder *folder);
/*
 * Whether PATH is another folder by now, or none. To be asked now and then: nothing is heard of the
 * end of a folder that is open, as it is here.
 */
bool cyrus_folder_is_gone(const struct cyrus_folder *folder, const char *path);

enum cyrus_heard {
	CYRUS_HEARD_ALL,  /* of what changed */
	CYRUS_HEARD_SOME, /* there is more to be heard at once */
	CYRUS_HEARD_LESS, /* something was lost: everything has to be read again */
	CYRUS_HEARD_LAST  /* the folder is gone */
};

/* What changed since it was asked last. Does not wait. */
enum cyrus_heard cyrus_folder_hear(
    struct cyrus_folder *folder, cyrus_file_call *call, void *arg);

/* Begins to read the names of all files; then reads COUNT of them. False: that were all. */
void cyrus_folder_rewind(struct cyrus_folder *folder);
bool cyrus_folder_read(
    struct cyrus_folder *folder, size_t count, cyrus_file_call *call, void *arg);

#endif
