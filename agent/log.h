/* SPDX-License-Identifier: ISC */
/*
 * The log: one line an event on stderr, which systemd's journal reads with its priority.
 * error: someone must act; warning: it goes on, but worse; info: start, stop, lost, back;
 * debug: the rest. All keep errno and may be called from any thread.
 */
#ifndef IMSC_LOG_H
#define IMSC_LOG_H

#include <stdbool.h>

/* NAME stands before each line and must outlive the process. */
void log_open(const char *name, bool debug);
/* From now on lines say that they are of this store, but for "", the main one; likewise. */
void log_set_store(const char *name);
/* What goes to syslog is seen in the log, too, unless the journal reads both. */
void log_echo_audit(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * One line to syslog(3), facility mail: what operators must be able to
 * find later.
 */
void log_audit(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
