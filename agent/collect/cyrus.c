/* SPDX-License-Identifier: ISC */
/* Cyrus IMAP as a backend: its proc files list the sessions. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/backend.h"
#include "agent/collect/cyrus_end.h"
#include "agent/collect/cyrus_proc.h"
#include "agent/collect/process.h"

struct cyrus {
	struct event *answer;
	struct listing *listing;
	const struct conf *conf;
	backend_done *done;
	void *arg;
	int64_t started_us; /* its master, as of the last question */
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
add_file(struct cyrus *cyrus, int folder, uint32_t pid)
{
	struct listing *listing = cyrus->listing;
	enum service service = SERVICE_NONE;
	struct cyrus_file file;
	int rc = cyrus_proc_read(folder, pid, &file);

	if (rc == -1)
		listing->refused++;
	if (rc == 1)
		service = cyrus_proc_service(cyrus->conf, &file, pid);
	if (service != SERVICE_NONE)
		listing_add(listing,
		    &(struct listed){ .service = service,
			.pid = pid,
			.count = 1,
			.user = file.proc.user,
			.remote = file.proc.remote,
			.connection = cyrus_proc_connection(pid) });
}

static int
read_folder(struct cyrus *cyrus, struct error *err)
{
	const char *path = cyrus->conf->cyrus_proc;
	DIR *folder = opendir(path);
	const struct dirent *entry;

	if (folder == NULL)
		return error_set_kind(err,
		    errno == EACCES ? ERROR_DENIED : ERROR_MISSING,
		    "cannot read Cyrus's proc files in \"%s\": %s", path,
		    strerror(errno));
	while ((entry = readdir(folder)) != NULL) {
		uint32_t pid = cyrus_proc_pid(entry->d_name);

		if (pid != 0)
			add_file(cyrus, dirfd(folder), pid);
	}
	closedir(folder);
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
		rc = read_folder(cyrus, &err);
	}
	cyrus->done(cyrus->arg, rc == 0 ? NULL : &err);
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
	event_active(cyrus->answer, 0, 0);
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

const struct backend cyrus_backend = {
	.name = "cyrus",
	.store_name = "Cyrus IMAP",
	.url = "https://www.cyrusimap.org/",
	.polls = true,
	.capabilities = 1u << CAPABILITY_LOCAL_ADDRESS | 1u << CAPABILITY_REMOTE_PORT |
	    1u << CAPABILITY_LAST_LOGIN | 1u << CAPABILITY_LAST_LOGOUT |
	    1u << CAPABILITY_DISCONNECT_USER | 1u << CAPABILITY_DISCONNECT_SESSION,
	.open = cyrus_open,
	.close = cyrus_close,
	.list = cyrus_list,
	.started_us = cyrus_started_us,
	.end = cyrus_end,
};
