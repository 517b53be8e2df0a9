/* SPDX-License-Identifier: ISC */
/* Cyrus IMAP as a backend: its proc files list the sessions. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/backend.h"
#include "agent/collect/cyrus_end.h"
#include "agent/collect/cyrus_log.h"
#include "agent/collect/cyrus_users.h"
#include "agent/collect/cyrus_watch.h"
#include "agent/collect/cyrus_watch.h"
#include "agent/collect/process.h"

#define WAIT_US (20 * 1000) /* while the files are read for the first time */

struct cyrus {
	struct event *answer;
	struct listing *listing;
	const struct conf *conf;
	backend_done *done;
	void *arg;
	int64_t started_us;        /* its master, as of the last question */
	int64_t deadline_us;       /* for an answer; monotonic */
	struct cyrus_watch *watch; /* NULL: nobody watches */
};

/* Its master, by the pid in its file. 0 if it does not run. */
static uint32_t
find_master(const char *path, struct error *err)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text - 1);
	int failure = errno;
	uint64_t started;
	uint32_t pid;

	if (fd != -1)
		close(fd);
	if (n == -1) {
		error_set_kind(err, failure == EACCES ? ERROR_DENIED : ERROR_MISSING,
		    "cannot read \"%s\", where Cyrus's master has its pid: %s", path,
		    strerror(failure));
		return 0;
	}
	text[strcspn(text, "\n")] = '\0';
	pid = cyrus_proc_pid(text);
	if (pid != 0 && process_started(pid, &started))
		return pid;
	error_set_kind(err, ERROR_MISSING,
	    "Cyrus does not run: \"%s\" has no running process", path);
	return 0;
}

static void
add_file(struct cyrus *cyrus, const struct cyrus_file *file, uint32_t pid)
{
	enum service service =
	    cyrus_proc_service(cyrus->conf, &file->proc, pid, file->written_us);

	if (service != SERVICE_NONE)
		listing_add(cyrus->listing,
		    &(struct listed){ .service = service,
			.pid = pid,
			.count = 1,
			.mailbox = file->proc.mailbox,
			.active_us = file->written_us,
			.user = file->proc.user,
			.remote = file->proc.remote,
			.connection = cyrus_proc_connection(pid),
			.began_source = TIME_OBSERVED });
}

/*
 * One that we may not read is odd; if all of users are so, they are none of ours. Those of Cyrus's own
 * daemons anybody may read.
 */
static int
read_files(struct cyrus *cyrus, DIR *folder, struct error *err)
{
	struct cyrus_file file;
	const struct dirent *entry;
	size_t denied = 0;
	size_t read = 0;

	while ((entry = readdir(folder)) != NULL) {
		uint32_t pid = cyrus_proc_pid(entry->d_name);
		enum cyrus_reading reading =
		    pid == 0 ? CYRUS_GONE : cyrus_file_read(dirfd(folder), pid, &file);

		denied += reading == CYRUS_DENIED;
		read += reading == CYRUS_READ && file.proc.user.length > 0;
		cyrus->listing->refused += reading == CYRUS_ODD;
		if (reading == CYRUS_READ)
			add_file(cyrus, &file, pid);
	}
	return denied > 0 && read == 0 ?
	    cyrus_proc_fail(cyrus->conf->cyrus_proc, EACCES, err) :
	    0;
}

static int
read_folder(struct cyrus *cyrus, struct error *err)
{
	const char *path = cyrus->conf->cyrus_proc;
	DIR *folder = opendir(path);
	int rc;

	if (folder == NULL)
		return cyrus_proc_fail(path, errno, err);
	rc = read_files(cyrus, folder, err);
	closedir(folder);
	return rc;
}

/* 1: it is done; 0: not yet. */
static int
list_sessions(struct cyrus *cyrus, struct error *err)
{
	struct error watching;
	int rc = -1;

	if (cyrus->watch != NULL)
		rc = cyrus_presence_list(
		    cyrus_watch_presence(cyrus->watch), cyrus->listing, &watching);
	if (rc != -1)
		return rc;
	return read_folder(cyrus, err) == -1 ? -1 : 1;
}

static int
wait_for_watch(struct cyrus *cyrus, struct error *err)
{
	if (clock_monotonic_us() >= cyrus->deadline_us)
		return error_set(err,
		    "Cyrus's proc files in \"%s\" were not all read within %d seconds",
		    cyrus->conf->cyrus_proc, cyrus->conf->timeout_seconds);
	event_add(cyrus->answer, &(struct timeval){ .tv_usec = WAIT_US });
	return 0;
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct cyrus *cyrus = arg;
	struct error err;
	uint32_t master = find_master(cyrus->conf->cyrus_pid_file, &err);
	uint64_t started;
	int rc = -1;

	(void)fd;
	(void)what;
	cyrus->listing->asked_us = clock_now_us();
	cyrus->listing->services =
	    1u << SERVICE_IMAP | 1u << SERVICE_POP3 | 1u << SERVICE_HTTP;
	if (master != 0 && process_started(master, &started)) {
		cyrus->started_us = process_ticks_us(started);
		rc = list_sessions(cyrus, &err);
	}
	if (rc == 0 && wait_for_watch(cyrus, &err) == 0)
		return;
	cyrus->done(cyrus->arg, rc == 1 ? NULL : &err);
}

static void *
cyrus_open(
    struct event_base *base, const struct conf *conf, backend_lost *lost, void *arg)
{
	struct cyrus *cyrus = xcalloc(1, sizeof *cyrus);

	(void)conf;
	(void)lost;
	(void)arg;
	cyrus->answer = event_new(base, -1, 0, on_answer, cyrus);
	return cyrus;
}

static void
cyrus_close(void *state)
{
	struct cyrus *cyrus = state;

	event_free(cyrus->answer);
	free(cyrus);
}

static void
cyrus_list(void *state, struct listing *listing, const struct conf *conf,
    backend_done *done, void *arg)
{
	struct cyrus *cyrus = state;

	cyrus->listing = listing;
	cyrus->conf = conf;
	cyrus->done = done;
	cyrus->arg = arg;
	cyrus->deadline_us =
	    clock_monotonic_us() + conf->timeout_seconds * (int64_t)CLOCK_SECOND_US;
	event_active(cyrus->answer, 0, 0);
}

/* What the process of PID says of itself. False if it does not say. */
static bool
read_process(const struct conf *conf, uint32_t pid, struct cyrus_file *file)
{
	int folder = open(conf->cyrus_proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool is_read;

	if (folder == -1)
		return false;
	is_read = cyrus_file_read(folder, pid, file) == CYRUS_READ;
	close(folder);
	return is_read;
}

static bool
cyrus_serves(const struct conf *conf, const struct session *login)
{
	uint32_t pid = login->process.pid;
	struct cyrus_file file;

	return read_process(conf, pid, &file) &&
	    cyrus_proc_service(conf, &file.proc, pid, file.written_us) ==
	    login->service &&
	    text_equal(file.proc.user, login->user) &&
	    address_equal(&file.proc.remote, &login->remote.address);
}

/*
 * The log has "ann+folder" where a client asked for that folder with the name, and the proc file
 * then has "ann". Without a file it is a name. False: the file will tell, and does not yet.
 */
static bool
drop_folder(const struct conf *conf, struct session *login)
{
	struct cyrus_file file;
	size_t length;

	if (memchr(login->user.data, '+', login->user.length) == NULL ||
	    !read_process(conf, login->process.pid, &file))
		return true;
	length = file.proc.user.length;
	if (length < login->user.length && login->user.data[length] == '+' &&
	    memcmp(login->user.data, file.proc.user.data, length) == 0)
		login->user.length = length;
	return length > 0;
}

static enum log_line
cyrus_read_log(struct session *session, const struct log_entry *entry,
    const struct conf *conf, int64_t now_us)
{
	enum log_line kind = cyrus_log_parse(session, entry, conf, now_us);

	return kind == LOG_LINE_LOGIN && !drop_folder(conf, session) ? LOG_LINE_OTHER :
								       kind;
}

static int
cyrus_end(void *state, const struct listed *row, struct error *err)
{
	struct cyrus *cyrus = state;

	return cyrus_end_row(cyrus->conf, cyrus->listing->sockets, row, err);
}

static int64_t
cyrus_started_us(void *state)
{
	const struct cyrus *cyrus = state;

	return cyrus->started_us;
}

static void
copy_command(const struct conf_strings *command, const char **argv)
{
	for (size_t i = 0; i <= command->count; i++)
		argv[i] = command->string[i];
}

static void
cyrus_command_users(const struct conf *conf, const char **argv)
{
	copy_command(&conf->cyrus_users_command, argv);
}

static void
cyrus_command_last_pop(const struct conf *conf, const char **argv)
{
	copy_command(&conf->cyrus_lastpop_command, argv);
}

static bool
cyrus_still_lists(void *state, const struct listed *row)
{
	const struct cyrus *cyrus = state;

	return cyrus->watch == NULL ||
	    cyrus_presence_still_lists(cyrus_watch_presence(cyrus->watch), row);
}

/* Its files need no socket; a service manager's would be another backend's. */
static int
feed_start(void **feed, void *state, const struct conf *conf, int fd, struct error *err)
{
	struct cyrus *cyrus = state;

	if (fd != -1)
		close(fd);
	cyrus->watch = cyrus_watch_start(conf, err);
	*feed = cyrus->watch;
	return cyrus->watch == NULL ? -1 : 0;
}

static void
feed_stop(void *feed)
{
	cyrus_watch_stop(feed);
}

static int
feed_fd(const void *feed)
{
	return news_queue_ready_fd(cyrus_watch_news(feed));
}

static const struct news *
feed_take(void *feed, size_t *count)
{
	return news_queue_take(cyrus_watch_news(feed), count);
}

static void
feed_answer(void *feed, bool failed)
{
	news_queue_answer(cyrus_watch_news(feed), failed);
}

static void
feed_ended(void *feed, uint32_t pid, int64_t ended_us)
{
	cyrus_presence_ended(cyrus_watch_presence(feed), pid, ended_us);
}

static const struct backend_feed cyrus_feed = {
	.capabilities = 1u << CAPABILITY_LOGIN_TIME,
	.start = feed_start,
	.stop = feed_stop,
	.fd = feed_fd,
	.take = feed_take,
	.answer = feed_answer,
	.ended = feed_ended,
};

const struct backend cyrus_backend = {
	.name = "cyrus",
	.store_name = "Cyrus IMAP",
	.url = "https://www.cyrusimap.org/",
	.polls = true,
	.one_at_a_time = true,
	.names_once = true,
	.logged = 1u << CAPABILITY_LOGIN_TIME | 1u << CAPABILITY_AUTH_MECH,
	.capabilities = 1u << CAPABILITY_LOCAL_ADDRESS | 1u << CAPABILITY_REMOTE_PORT |
	    1u << CAPABILITY_MAILBOX | 1u << CAPABILITY_IDLE_TIME |
	    1u << CAPABILITY_LAST_LOGIN | 1u << CAPABILITY_LAST_LOGOUT |
	    1u << CAPABILITY_DISCONNECT_USER | 1u << CAPABILITY_DISCONNECT_SESSION |
	    1u << CAPABILITY_ALL_USERS,
	.open = cyrus_open,
	.close = cyrus_close,
	.list = cyrus_list,
	.command_users = cyrus_command_users,
	.read_user = cyrus_users_parse,
	.command_last_pop = cyrus_command_last_pop,
	.feed = &cyrus_feed,
	.still_lists = cyrus_still_lists,
	.read_log = cyrus_read_log,
	.serves = cyrus_serves,
	.started_us = cyrus_started_us,
	.end = cyrus_end,
};
