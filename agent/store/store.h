/* SPDX-License-Identifier: ISC */
/*
 * The store: one LMDB environment, the only state. Keys are in SNMP's order. One process
 * writes at a time; any number reads without waiting. A view is one consistent picture:
 * what is read from it is borrowed and valid until the view is released, committed or
 * aborted. Functions that may fail return -1 and say why; those that find return 1 or 0.
 */
#ifndef IMSC_STORE_H
#define IMSC_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/error.h"
#include "agent/model.h"

enum store_mode {
	STORE_READ,
	STORE_READ_WHOLE, /* refuses a file that imsconnd is only about to complete, too */
	STORE_WRITE
};

enum {
	STORE_SCHEMA = 2
};

struct store;
struct view;

/*
 * Opens the store in directory PATH. STORE_WRITE makes what is missing, with a sparse map
 * of MAP_GIB; STORE_READ needs an existing store and takes its map's size from it.
 * A store with a newer schema is refused (ERROR_NEWER), as is one that is not there
 * (ERROR_MISSING) or that we may not open (ERROR_DENIED: the text says what would help).
 */
int store_open(struct store **store, const char *path, enum store_mode mode,
    int map_gib, struct error *err);
/* The same without the code that writes; it never ends the process. */
int store_open_reading(
    struct store **store, const char *path, enum store_mode mode, struct error *err);
void store_close(struct store *store);
/* The descriptor of its file of data, which stays the store's; -1 if there is none. */
int store_fd(const struct store *store);

/* Frees the places of readers that died. Returns how many there were. */
int store_clear_dead_readers(struct store *store);

/*
 * A reading view. Between view_release() and view_renew() it holds nothing back and costs
 * nothing; never wait for anything while holding one. Not to be shared between threads.
 */
int view_open(struct view **view, struct store *store, struct error *err);
int view_renew(struct view *view, struct error *err);
void view_release(struct view *view);
void view_close(struct view *view);

/* A number that grows with every change of the store. */
uint64_t view_generation(struct view *view);
/* When the store was made: its counters count from there. */
int64_t view_created_us(struct view *view);

/*
 * A writing view: everything between begin and commit is one durable change, or none.
 * commit() is durable when it returns 0; both end the view. After any -1 from a function
 * that writes, the only thing left to do is store_abort().
 */
int store_begin(struct view **view, struct store *store, struct error *err);
int store_commit(struct view *view, struct error *err);
void store_abort(struct view *view);
/* Whether a writing view has changed anything: without that, a commit writes nothing. */
bool view_is_changed(const struct view *view);

/* What was remembered under a NAME, 0 if nothing; and its writing counterpart. */
int64_t store_get_mark(struct view *view, const char *name);
int store_set_mark(
    struct view *view, const char *name, int64_t value, struct error *err);

/* The same for a text: borrowed, empty if there is none. */
struct text store_get_text(struct view *view, const char *name);
int store_set_text(
    struct view *view, const char *name, struct text text, struct error *err);

/* When the data were last collected, as far as it was written down. */
#define STORE_MARK_COLLECTED "collected"
#define STORE_MARK_HEARD "heard" /* until when the feed was heard, as it stopped */
/*
 * When the sessions were first compared with the mail server's list since the collector was
 * started; 0: not yet, so that they may be over.
 */
#define STORE_MARK_COMPARED "compared"
/* When the mail server lost its list of sessions: older ones are no longer listed. */
#define STORE_MARK_LIST_LOST "list lost"
#define STORE_MARK_HIBERNATED "hibernated" /* a session was seen to, then */
#define STORE_MARK_FAILURES "failures"
/* Hashes of the boot the process numbers belong to. */
#define STORE_MARK_BOOT "boot"

/* The counters of SERVICE, or of SERVICE_ALL. All zero if there are none. */
void store_get_totals(struct view *view, enum service service, struct totals *totals);
/* Counts sessions of SERVICE that were ended on request. */
void store_count_disconnects(struct view *view, enum service service, uint32_t ended);
/* Counts a login of SERVICE that is no row: its session was over before anybody told of it. */
void store_count_login(struct view *view, enum service service, int64_t login_us);
/* Counts what a session of SERVICE that ended transferred; or nobody counts that any more. */
void store_count_octets(
    struct view *view, enum service service, const struct octets *octets);
void store_forget_octets(struct view *view);
/* The sessions of the user who has the most now. */
uint32_t store_get_max_per_user(struct view *view, enum service service);
/*
 * Users who are not connected and whose last access was recorded so many DAYS before the day
 * of NOW_US, or earlier. Days are of UTC.
 */
uint64_t store_count_inactive(struct view *view, int64_t now_us, uint32_t days);
/* Rows of the user table. */
uint64_t store_count_users(struct view *view);

#endif
