/* SPDX-License-Identifier: ISC */
/*
 * Ending a session of Cyrus. A process that has served a client may serve another one at any moment, so
 * all is looked at again first. If we may, its connection ends, which the kernel names as no other
 * one: the process stays and is free. Else the process gets SIGTERM, at which Cyrus says good-bye to
 * its master; while it writes to a client that does not read, that may wait. Never SIGKILL: a few
 * of those, and the master closes the service for all.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent/collect/connection.h"
#include "agent/collect/cyrus_end.h"
#include "agent/collect/cyrus_proc.h"
#include "agent/collect/process.h"
#include "agent/collect/tcp_sockets.h"

static bool
is_row(const struct conf *conf, const struct cyrus_file *file, const struct listed *row)
{
	return cyrus_proc_service(conf, &file->proc, row->pid, file->written_us) ==
	    row->service &&
	    text_equal(file->proc.user, row->user) &&
	    address_equal(&file->proc.remote, &row->remote);
}

/* Whether PID serves the row's session: the same user of the same service by the same socket. */
static bool
serves(const struct conf *conf, const struct listed *row)
{
	struct connection_id before = cyrus_proc_connection(row->pid);
	int folder = open(conf->cyrus_proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct connection_id after;
	struct cyrus_file file;
	bool same;

	if (folder == -1)
		return false;
	same = cyrus_file_read(folder, row->pid, &file) == CYRUS_READ &&
	    is_row(conf, &file, row);
	close(folder);
	after = cyrus_proc_connection(row->pid);
	return same && connection_id_equal(&before, &after) &&
	    (!connection_id_is_known(&row->connection) ||
		connection_id_equal(&row->connection, &after));
}

/* Ends the connection that is the process's standard input. False: it cannot be ended alone. */
static bool
end_connection(struct tcp_sockets *sockets, const struct listed *row)
{
	const struct tcp_connection *connection = NULL;
	struct tcp *tcp = NULL;
	uint32_t inode;
	bool ended = false;

	memcpy(&inode, row->connection.octets, sizeof inode);
	if (inode != 0)
		connection = tcp_sockets_find(sockets, inode);
	if (connection != NULL)
		tcp = tcp_open(NULL);
	if (tcp != NULL)
		ended = tcp_destroy(tcp, connection, NULL) == 1;
	tcp_close(tcp);
	return ended || (inode != 0 && connection_shut(row->pid, STDIN_FILENO, inode));
}

/*
 * Its handler is for the first signal only: a second one would kill it as it is, with its file left
 * behind. It was told already, then.
 */
static int
end_process(int pidfd, const struct listed *row, struct error *err)
{
	if (!process_catches(row->pid, SIGTERM))
		return 0;
	if (process_signal(pidfd, SIGTERM) == 0 || errno == ESRCH)
		return 0;
	return error_set_kind(err, errno == EPERM ? ERROR_DENIED : ERROR_OTHER,
	    "cannot signal process %u: %s%s", row->pid, strerror(errno),
	    errno == EPERM ? "; be root or Cyrus's user, or have CAP_KILL" : "");
}

/* While the process is held, its pid is no other one's. */
int
cyrus_end_row(const struct conf *conf, struct tcp_sockets *sockets,
    const struct listed *row, struct error *err)
{
	int pidfd = process_open(row->pid);
	int rc = 0;

	if (pidfd == -1)
		return errno == ESRCH ? 0 :
					error_set(err, "cannot hold process %u: %s",
					    row->pid, strerror(errno));
	if (serves(conf, row) && !end_connection(sockets, row) && serves(conf, row))
		rc = end_process(pidfd, row, err);
	close(pidfd);
	return rc;
}
