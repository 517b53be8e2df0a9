/* SPDX-License-Identifier: ISC */
/*
 * A log that is in systemd's journal: the entries that match, by libsystemd. A place is the time
 * of the last entry that was taken, and its cursor: where the journal no longer has the entry,
 * or is another one, it is read on from that time.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/log_match.h"
#include "agent/collect/log_source.h"
#include "agent/log.h"

enum {
	ENTRIES = 1000, /* a block */
	FOLDERS = 2
};

struct folder {
	const char *path;
	dev_t device; /* as it was when the journal was opened; 0 if it was not there */
	ino_t inode;
};

struct log_journal {
	const struct conf_strings *matches;
	char *path; /* NULL: this host's journal */
	struct folder folders[FOLDERS];
	sd_journal *journal;     /* NULL while none is open */
	int events;              /* readable when the journal's own descriptor is */
	char at[LOG_PLACE_SIZE]; /* the place where it stands */
};

/* ---- what is allowed */

/* libsystemd passes over what it may not read without a word. */
static int
try_folder(const char *folder, const char *name, struct error *err)
{
	static const char *const files[] = { "", "/system.journal" };

	for (size_t i = 0; i < 2; i++) {
		char path[4096];
		int fd;

		snprintf(path, sizeof path, "%s/%s%s", folder, name, files[i]);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd == -1 && errno == EACCES)
			return log_source_denied(path, err);
		if (fd != -1)
			close(fd);
	}
	return 0;
}

static int
check_access(const struct log_journal *self, struct error *err)
{
	char machine[SD_ID128_STRING_MAX] = ".";
	sd_id128_t id;

	if (sd_id128_get_machine(&id) >= 0)
		sd_id128_to_string(id, machine);
	for (size_t i = 0; i < FOLDERS && self->folders[i].path != NULL; i++)
		if (try_folder(self->folders[i].path, ".", err) == -1 ||
		    try_folder(self->folders[i].path, machine, err) == -1)
			return -1;
	return 0;
}

/* ---- opening */

static int
fail(const struct log_journal *self, int rc, struct error *err)
{
	return error_set(err, "cannot read the journal%s%s%s: %s",
	    self->path ? " in \"" : "", self->path ? self->path : "",
	    self->path ? "\"" : "", strerror(-rc));
}

static void
close_journal(struct log_journal *self)
{
	sd_journal_close(self->journal);
	self->journal = NULL;
}

/* libsystemd does not see that a folder comes that was not there before. */
static bool
folders_changed(struct log_journal *self)
{
	bool changed = false;

	for (size_t i = 0; i < FOLDERS && self->folders[i].path != NULL; i++) {
		struct folder *folder = &self->folders[i];
		struct stat st = { 0 };

		if (stat(folder->path, &st) == -1)
			memset(&st, 0, sizeof st);
		changed = changed || st.st_dev != folder->device ||
		    st.st_ino != folder->inode;
		folder->device = st.st_dev;
		folder->inode = st.st_ino;
	}
	return changed;
}

static int
take_matches(const struct log_journal *self)
{
	int rc = 0;

	for (size_t i = 0; i < self->matches->count && rc >= 0; i++) {
		char match[LOG_MATCH_SIZE];

		if (!log_match_expand(self->matches->string[i], match))
			return -ESRCH;
		rc = sd_journal_add_match(self->journal, match, 0);
	}
	return rc;
}

static int
take_descriptor(const struct log_journal *self)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = sd_journal_get_fd(self->journal);

	if (fd < 0)
		return fd;
	return epoll_ctl(self->events, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int
open_journal(struct log_journal *self, struct error *err)
{
	uint64_t size = 0;
	int rc;

	if (check_access(self, err) == -1)
		return -1;
	folders_changed(self);
	rc = self->path != NULL ?
	    sd_journal_open_directory(&self->journal, self->path, 0) :
	    sd_journal_open(&self->journal, SD_JOURNAL_LOCAL_ONLY);
	if (rc < 0) {
		self->journal = NULL;
		return fail(self, rc, err);
	}
	rc = sd_journal_get_usage(self->journal, &size);
	if (rc >= 0 && size == 0)
		rc = -ENOENT;
	if (rc >= 0)
		rc = sd_journal_set_data_threshold(self->journal, 2 * LOG_LINE_MAX);
	if (rc >= 0)
		rc = take_matches(self);
	if (rc >= 0)
		rc = take_descriptor(self);
	if (rc < 0) {
		close_journal(self);
		return fail(self, rc, err);
	}
	self->at[0] = '\0';
	return 0;
}

static void
log_journal_close(void *state)
{
	struct log_journal *self = state;

	close_journal(self);
	close(self->events);
	free(self->path);
	free(self);
}

static void *
log_journal_open(const char *where, const struct conf *conf, struct error *err)
{
	struct log_journal *self;
	int events;

	if (log_match_check(conf_log_match(conf), err) == -1)
		return NULL;
	events = epoll_create1(EPOLL_CLOEXEC);
	if (events == -1) {
		error_set(err, "cannot watch the journal: %s", strerror(errno));
		return NULL;
	}
	self = xcalloc(1, sizeof *self);
	self->matches = conf_log_match(conf);
	self->events = events;
	self->path = where[0] != '\0' ? xstrdup(where) : NULL;
	self->folders[0].path = self->path ? self->path : "/run/log/journal";
	self->folders[1].path = self->path ? NULL : "/var/log/journal";
	return self;
}

static int
log_journal_fd(const void *state)
{
	const struct log_journal *self = state;

	return self->events;
}

/* ---- reading */

/* "TIME CURSOR", the time in hexadecimal digits; the cursor may be missing. */
static void
format_place(struct log_journal *self, uint64_t time_us)
{
	char *cursor = NULL;
	int length;

	if (sd_journal_get_cursor(self->journal, &cursor) < 0)
		cursor = NULL;
	length = snprintf(
	    self->at, sizeof self->at, "%" PRIx64 " %s", time_us, cursor ? cursor : "");
	if (length >= (int)sizeof self->at)
		snprintf(self->at, sizeof self->at, "%" PRIx64 " ", time_us);
	free(cursor);
}

static bool
stands_at(sd_journal *journal, const char *cursor)
{
	return cursor[0] != '\0' && sd_journal_seek_cursor(journal, cursor) >= 0 &&
	    sd_journal_next(journal) > 0 && sd_journal_test_cursor(journal, cursor) > 0;
}

/* So that the next entry is the first one behind POSITION. */
static int
seek(struct log_journal *self, struct log_position *position)
{
	char *cursor;
	uint64_t time_us = strtoull(position->place, &cursor, 16);

	snprintf(self->at, sizeof self->at, "%s", position->place);
	if (time_us != 0) {
		if (stands_at(self->journal, cursor + strspn(cursor, " ")))
			return 0;
		log_info("the journal no longer has the entry that was read last: it "
			 "is read on from its time");
		return sd_journal_seek_realtime_usec(self->journal, time_us + 1);
	}
	if (position->not_before_us <= 0)
		return sd_journal_seek_head(self->journal);
	return sd_journal_seek_realtime_usec(self->journal,
	    (uint64_t)(position->not_before_us -
		position->not_before_us % CLOCK_SECOND_US));
}

/* The value of a field of the entry; empty if it has none. */
static struct text
get_field(sd_journal *journal, const char *name)
{
	size_t prefix = strlen(name) + 1;
	const void *data;
	size_t length;

	if (sd_journal_get_data(journal, name, &data, &length) < 0 || length < prefix)
		return (struct text){ 0 };
	return (struct text){ (const char *)data + prefix, length - prefix };
}

/* The same as a number that is above 0, or else OTHERWISE. */
static int64_t
get_number(sd_journal *journal, const char *name, int64_t otherwise)
{
	struct text text = get_field(journal, name);
	char digits[24];
	int64_t number;

	if (text.length == 0 || text.length >= sizeof digits)
		return otherwise;
	memcpy(digits, text.data, text.length);
	digits[text.length] = '\0';
	number = strtoll(digits, NULL, 10);
	return number > 0 ? number : otherwise;
}

/*
 * The time is when the entry's writer sent it, or else when the journal had it. What one field
 * says must be read before the next is asked for: libsystemd may unpack them all into the same
 * place. So the program's name is kept in ROOM.
 */
static void
take_entry(sd_journal *journal, uint64_t time_us, log_take *take, void *arg)
{
	struct log_entry entry = { 0 };
	char room[256];
	struct text program = get_field(journal, "SYSLOG_IDENTIFIER");

	if (program.length <= sizeof room) {
		memcpy(room, program.data, program.length);
		entry.program = (struct text){ room, program.length };
	}
	entry.pid = (uint32_t)get_number(journal, "_PID", 0);
	entry.at_us =
	    get_number(journal, "_SOURCE_REALTIME_TIMESTAMP", (int64_t)time_us);
	entry.line = get_field(journal, "MESSAGE");
	take(arg, &entry);
}

/* Returns as sd_journal_next(). */
static int
take_entries(struct log_journal *self, log_take *take, void *arg, size_t *taken)
{
	sd_journal *journal = self->journal;
	uint64_t time_us = 0;
	int rc = 0;

	for (*taken = 0; *taken < ENTRIES && (rc = sd_journal_next(journal)) > 0;
	     ++*taken) {
		if (sd_journal_get_realtime_usec(journal, &time_us) < 0)
			continue;
		take_entry(journal, time_us, take, arg);
	}
	if (*taken > 0)
		format_place(self, time_us);
	return rc;
}

static int
log_journal_read(void *state, struct log_position *position, log_take *take, void *arg,
    struct error *err)
{
	struct log_journal *self = state;
	size_t taken = 0;
	int rc;

	if (self->journal != NULL && folders_changed(self))
		close_journal(self);
	if (self->journal == NULL && open_journal(self, err) == -1)
		return -1;
	rc = sd_journal_process(self->journal);
	if (rc >= 0 && (self->at[0] == '\0' || strcmp(self->at, position->place) != 0))
		rc = seek(self, position);
	if (rc >= 0)
		rc = take_entries(self, take, arg, &taken);
	if (taken > 0)
		strcpy(position->place, self->at);
	if (rc >= 0)
		return taken > 0;
	close_journal(self);
	return taken > 0 ? 1 : fail(self, rc, err);
}

const struct log_source log_journal_source = {
	.name = "journal",
	.open = log_journal_open,
	.close = log_journal_close,
	.fd = log_journal_fd,
	.read = log_journal_read,
};
