/* SPDX-License-Identifier: ISC */
/* Processes as /proc and pidfds show them. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/process.h"

enum {
	START_FIELD = 22
};

static uint64_t
ticks_a_second(void)
{
	return (uint64_t)sysconf(_SC_CLK_TCK);
}

uint64_t
process_now_ticks(void)
{
	uint64_t now_us = (uint64_t)clock_read_us(CLOCK_BOOTTIME);

	return now_us * ticks_a_second() / CLOCK_SECOND_US;
}

int64_t
process_ticks_us(uint64_t ticks)
{
	int64_t boot_us = clock_now_us() - clock_read_us(CLOCK_BOOTTIME);

	return boot_us + (int64_t)(ticks * CLOCK_SECOND_US / ticks_a_second());
}

/* At most SIZE - 1 octets of a small file, with a NUL behind; their number, or -1. */
static ssize_t
read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, buffer, size - 1);
	close(fd);
	if (n >= 0)
		buffer[n] = '\0';
	return n;
}

int64_t
process_boot_id(void)
{
	char id[64] = "";
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	read_file("/proc/sys/kernel/random/boot_id", id, sizeof id);
	for (const char *s = id; *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	return (int64_t)(hash >> 1);
}

bool
process_started(uint32_t pid, uint64_t *ticks)
{
	char path[32];
	char stat[1024];
	char *at;

	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	if (read_file(path, stat, sizeof stat) <= 0)
		return false;
	/* The second field is a name in brackets that may hold anything. */
	at = strrchr(stat, ')');
	for (int field = 2; at != NULL && field < START_FIELD; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return false;
	*ticks = strtoull(at + 1, NULL, 10);
	return true;
}

bool
process_is_same(const struct process *process)
{
	uint64_t started;

	return process_started(process->pid, &started) &&
	    started <= process->seen_ticks;
}

const char *
process_name(uint32_t pid, char name[PROCESS_NAME_SIZE])
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%u/comm", pid);
	if (read_file(path, name, PROCESS_NAME_SIZE) <= 0)
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return name;
}

uint32_t
process_socket(uint32_t pid, int number)
{
	static const char prefix[] = "socket:[";
	char path[48];
	char link[48];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%u/fd/%d", pid, number);
	n = readlink(path, link, sizeof link - 1);
	if (n == -1)
		return 0;
	link[n] = '\0';
	errno = ENOTSOCK;
	if (strncmp(link, prefix, sizeof prefix - 1) != 0)
		return 0;
	return (uint32_t)strtoul(link + sizeof prefix - 1, NULL, 10);
}

bool
process_catches(uint32_t pid, int signal)
{
	static const char caught[] = "\nSigCgt:";
	char path[32];
	char status[4096];
	const char *at;

	snprintf(path, sizeof path, "/proc/%u/status", pid);
	if (read_file(path, status, sizeof status) <= 0)
		return true;
	at = strstr(status, caught);
	return at == NULL ||
	    (strtoull(at + sizeof caught - 1, NULL, 16) >> (signal - 1) & 1) != 0;
}

int
process_open(uint32_t pid)
{
	return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

int
process_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
