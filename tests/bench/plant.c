/* SPDX-License-Identifier: ISC */
/*
 * plant FOLDER COUNT: processes that are named as Cyrus's, and a proc file for each as it would write
 * it. Prints a line when all are there; they end with it, and it when its input does. Their memory
 * is shared, so that there may be very many.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/bench/sample.h"

enum {
	STACK_SIZE = 8192
};

static int __attribute__((noreturn))
stay(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "imapd");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static uint32_t
start_process(char *stack)
{
	int pid =
	    clone(stay, stack + STACK_SIZE, CLONE_VM | CLONE_FILES | CLONE_FS, NULL);

	if (pid == -1)
		sample_die("plant: cannot start a process: %s", strerror(errno));
	return (uint32_t)pid;
}

static void
write_file(const char *folder, uint32_t pid, uint32_t i, uint32_t count)
{
	struct endpoint remote = { 0 };
	struct sample sample;
	char ip[ENDPOINT_TEXT_SIZE];
	char path[4096];
	FILE *file;

	sample_make(&sample, i, count);
	remote.address = sample.session.remote.address;
	snprintf(path, sizeof path, "%s/%u", folder, pid);
	file = fopen(path, "w");
	if (file == NULL)
		sample_die("plant: cannot write %s: %s", path, strerror(errno));
	fprintf(file, "imap\t[%s]\t%s\tuser.%s\tIdle\n", endpoint_format(ip, &remote),
	    sample.user, sample.user);
	fclose(file);
}

int
main(int argc, char **argv)
{
	uint32_t count;
	char *stacks;

	if (argc != 3)
		sample_die("usage: plant folder count");
	count = sample_number(argv[2], 1, SAMPLE_USERS_MAX);
	signal(SIGCHLD, SIG_IGN);
	stacks = mmap(NULL, (size_t)count * STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stacks == MAP_FAILED)
		sample_die("plant: there is no memory for %u stacks", count);
	for (uint32_t i = 0; i < count; i++)
		write_file(
		    argv[1], start_process(stacks + (size_t)i * STACK_SIZE), i, count);
	puts("planted");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
