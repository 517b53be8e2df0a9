/* SPDX-License-Identifier: ISC */
/* Cyrus's proc files: a line each, and whether it still holds. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/cyrus_proc.h"
#include "agent/collect/process.h"

enum {
	FIELDS = 5,
	/* A process's start is known to a clock tick, and a file's time comes from a clock that the
	 * kernel reads a tick apart. */
	START_SLACK_US = 20 * 1000
};

/* What the programs serve, if the configuration does not say otherwise; and how names begin. */
static const struct {
	const char *program;
	const char *beginning;
	enum service service;
} programs[] = {
	{ "imapd", "imap", SERVICE_IMAP },
	{ "pop3d", "pop3", SERVICE_POP3 },
	{ "httpd", "http", SERVICE_HTTP },
};

/* What stands before SEPARATOR, or all of it, is taken off REST. */
static struct text
cut(struct text *rest, char separator)
{
	const char *at =
	    rest->length > 0 ? memchr(rest->data, separator, rest->length) : NULL;
	struct text before = *rest;

	if (at != NULL)
		before.length = (size_t)(at - rest->data);
	rest->data += before.length + (at != NULL);
	rest->length -= before.length + (at != NULL);
	return before;
}

/* "name [192.0.2.7]", "[2001:db8::1]", or words in brackets that are no address. */
static bool
parse_host(struct address *address, struct text host)
{
	const char *open;

	*address = (struct address){ 0 };
	if (host.length < 2 || host.data[host.length - 1] != ']')
		return host.length == 0;
	open = memrchr(host.data, '[', host.length);
	if (open == NULL)
		return false;
	host.length -= (size_t)(open - host.data) + 2;
	host.data = open + 1;
	address_parse(address, host);
	return true;
}

bool
cyrus_proc_parse(struct cyrus_proc *proc, struct text line)
{
	struct text fields[FIELDS];

	if (line.length > 0 && line.data[line.length - 1] == '\n')
		line.length--;
	for (size_t i = 0; i < FIELDS; i++) {
		if (i > 0 && line.data[-1] != '\t')
			return false;
		fields[i] = cut(&line, '\t');
	}
	proc->service = cut(&fields[0], '/');
	proc->user = fields[2];
	proc->mailbox = fields[3];
	proc->command = fields[4];
	return proc->service.length > 0 && proc->user.length <= USER_NAME_MAX &&
	    parse_host(&proc->remote, fields[1]);
}

uint32_t
cyrus_proc_pid(const char *name)
{
	unsigned long pid;
	char *end;

	if (!isdigit((unsigned char)name[0]) || name[0] == '0')
		return 0;
	pid = strtoul(name, &end, 10);
	return *end == '\0' && pid < PROCESS_STAND_IN ? (uint32_t)pid : 0;
}

/* What the site says of the service: SERVICE_NONE that it is not ours, SERVICE_ALL nothing. */
static enum service
find_named(const struct conf *conf, struct text name)
{
	for (size_t i = 0; i < conf->cyrus_services.count; i++) {
		struct text value = text_from(conf->cyrus_services.string[i]);
		struct text key = cut(&value, '=');

		if (text_equal(key, name))
			return service_from_name(value);
	}
	return SERVICE_ALL;
}

static enum service
find_program(uint32_t pid)
{
	char name[PROCESS_NAME_SIZE];

	process_name(pid, name);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		if (strcmp(programs[i].program, name) == 0)
			return programs[i].service;
	return SERVICE_NONE;
}

enum service
cyrus_proc_named(const struct conf *conf, struct text name, uint32_t pid)
{
	enum service service = find_named(conf, name);

	if (service != SERVICE_ALL)
		return service;
	service = find_program(pid);
	for (size_t i = 0;
	     service == SERVICE_NONE && i < sizeof programs / sizeof programs[0]; i++) {
		struct text beginning = text_from(programs[i].beginning);

		if (name.length >= beginning.length &&
		    memcmp(name.data, beginning.data, beginning.length) == 0)
			service = programs[i].service;
	}
	return service;
}

/* POP3 knows the user before the password; only who is in has a mailbox. */
static bool
is_logged_in(const struct cyrus_proc *proc, enum service service)
{
	return proc->user.length > 0 &&
	    (service != SERVICE_POP3 || proc->mailbox.length > 0);
}

/* Each process has its client as standard input. */
struct connection_id
cyrus_proc_connection(uint32_t pid)
{
	uint32_t inode = process_socket(pid, STDIN_FILENO);
	struct connection_id id = { 0 };

	memcpy(id.octets, &inode, sizeof inode);
	return id;
}

bool
cyrus_proc_is_of(uint32_t pid, int64_t written_us)
{
	uint64_t started;

	return find_program(pid) != SERVICE_NONE && process_started(pid, &started) &&
	    process_ticks_us(started) <= written_us + START_SLACK_US;
}

enum service
cyrus_proc_service(const struct conf *conf, const struct cyrus_proc *proc, uint32_t pid,
    int64_t written_us)
{
	enum service service = find_named(conf, proc->service);

	if (service == SERVICE_ALL)
		service = find_program(pid);
	if (!is_logged_in(proc, service) || !cyrus_proc_is_of(pid, written_us))
		return SERVICE_NONE;
	return service;
}

int
cyrus_proc_fail(const char *path, int failure, struct error *err)
{
	if (failure == EACCES)
		return error_set_kind(err, ERROR_DENIED,
		    "cannot read Cyrus's proc files in \"%s\": %s; whoever runs as "
		    "Cyrus's user can, or with \"umask: 027\" in imapd.conf its group",
		    path, strerror(failure));
	return error_set_kind(err, ERROR_MISSING,
	    "cannot read Cyrus's proc files in \"%s\": %s", path, strerror(failure));
}

enum cyrus_reading
cyrus_file_read(int folder, uint32_t pid, struct cyrus_file *file)
{
	char name[16];
	struct stat st;
	ssize_t n = -1;
	int fd;

	snprintf(name, sizeof name, "%u", pid);
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return errno == EACCES ? CYRUS_DENIED : CYRUS_GONE;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, file->line, sizeof file->line);
	close(fd);
	if (n == -1)
		return CYRUS_GONE;
	file->written_us =
	    st.st_mtim.tv_sec * CLOCK_SECOND_US + st.st_mtim.tv_nsec / 1000;
	file->inode = st.st_ino;
	if (!cyrus_proc_parse(&file->proc, (struct text){ file->line, (size_t)n }))
		return CYRUS_ODD;
	return CYRUS_READ;
}
