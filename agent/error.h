/* SPDX-License-Identifier: ISC */
/* How a function says why it failed: one line, set where it happens, logged by whoever
 * decides what to do. */
#ifndef IMSC_ERROR_H
#define IMSC_ERROR_H

/* What callers decide upon; everything else is in the text. */
enum error_kind {
	ERROR_OTHER = 0,
	ERROR_MISSING, /* the thing does not exist */
	ERROR_DENIED,  /* we may not */
	ERROR_FULL,    /* no room on the disk or in the store */
	ERROR_NEWER    /* made by a newer version of ours, or in words we do not know */
};

struct error {
	enum error_kind kind;
	char text[512]; /* lower case, no full stop, names the thing */
};

/* Sets the text, cut at its size, kind ERROR_OTHER, and returns -1. ERR may be NULL. */
int error_set(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int error_set_kind(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts a text and ": " before what is there and returns -1. ERR may be NULL. */
int error_prefix(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
