/* SPDX-License-Identifier: ISC */
/*
 * A loop over one signalfd and a pipe from each process. A process that ends is started again
 * after a second, after twice as long when it ends soon again, and so on.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/log.h"
#include "agent/supervisor.h"
#include "agent/systemd.h"

enum {
	DELAY_FIRST = 1, /* seconds until a process is started again */
	DELAY_LAST = 60,
	LONG_LIFE = 60, /* who lived for so many seconds has a new start */
	/* A process takes five seconds for a master agent that hangs, and some for its disk. */
	STOP_SECONDS = 15,
	KILL_SECONDS = 2
};

struct child {
	char label[64]; /* "the main store", "store new" */
	pid_t pid;      /* 0 while there is none */
	int ready_fd;   /* -1 then */
	bool awaited;   /* it has not said yet that it is ready, or ready again */
	int delay;      /* what it was waited for before this start, in seconds */
	int64_t due_us; /* when it began, or is to begin again */
};

struct supervisor {
	struct child *children;
	size_t count;
	supervisor_child *run;
	void *arg;
	int signal_fd;
	bool serving; /* all were ready once */
	bool told;    /* that they are, since the start or the last SIGHUP */
	bool stopping;
	int status; /* what to end with */
};

/* ---- a process's life */

/*
 * In the process itself. When the supervisor ends, so must it, also if that was before it
 * could ask to be told.
 */
static void __attribute__((noreturn))
be_child(const struct supervisor *s, size_t number, int ready_fd, pid_t parent)
{
	sigset_t chld;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EX_OK);
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].ready_fd != -1)
			close(s->children[i].ready_fd);
	close(s->signal_fd);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &chld, NULL);
	exit(s->run(number, ready_fd, s->arg));
}

static int
start_child(struct supervisor *s, size_t number)
{
	struct child *child = &s->children[number];
	pid_t parent = getpid();
	int ends[2];

	child->due_us = clock_monotonic_us();
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	child->pid = fork();
	if (child->pid == 0) {
		close(ends[0]);
		be_child(s, number, ends[1], parent);
	}
	close(ends[1]);
	if (child->pid == -1) {
		child->pid = 0;
		close(ends[0]);
		return -1;
	}
	child->ready_fd = ends[0];
	child->awaited = true;
	return 0;
}

static void
close_pipe(struct child *child)
{
	if (child->ready_fd != -1)
		close(child->ready_fd);
	child->ready_fd = -1;
}

static void
take_ready(struct child *child)
{
	char octets[16];
	ssize_t n = 1;

	while (n > 0 && child->ready_fd != -1) {
		n = read(child->ready_fd, octets, sizeof octets);
		if (n > 0)
			child->awaited = false;
		else if (n == 0)
			close_pipe(child);
	}
}

static void
start_later(struct child *child)
{
	int64_t now_us = clock_monotonic_us();

	if (child->delay == 0 || now_us - child->due_us >= LONG_LIFE * CLOCK_SECOND_US)
		child->delay = DELAY_FIRST;
	else
		child->delay =
		    child->delay < DELAY_LAST / 2 ? 2 * child->delay : DELAY_LAST;
	child->due_us = now_us + child->delay * CLOCK_SECOND_US;
}

static void
judge_end(struct supervisor *s, struct child *child, int status)
{
	bool killed = WIFSIGNALED(status);

	if (s->stopping)
		return;
	if (!s->serving) {
		s->stopping = true;
		s->status = killed || WEXITSTATUS(status) == EX_OK ?
		    EX_OSERR :
		    WEXITSTATUS(status);
		log_error("%s cannot be started, so none is", child->label);
		return;
	}
	start_later(child);
	log_error("the process of %s ended with %s %d; starting it again in %d s",
	    child->label, killed ? "signal" : "status",
	    killed ? WTERMSIG(status) : WEXITSTATUS(status), child->delay);
}

static void
reap(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct child *child = &s->children[i];
		int status;

		if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) <= 0)
			continue;
		child->pid = 0;
		child->awaited = false;
		close_pipe(child);
		judge_end(s, child, status);
	}
}

static void
start_due(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct child *child = &s->children[i];

		if (child->pid != 0 || clock_monotonic_us() < child->due_us)
			continue;
		if (start_child(s, i) == 0)
			continue;
		log_error(
		    "cannot start a process for %s: %s", child->label, strerror(errno));
		start_later(child);
	}
}

/* ---- all of them */

static void
send_all(const struct supervisor *s, int signal_number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid != 0)
			kill(s->children[i].pid, signal_number);
}

static bool
any_lives(const struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid != 0)
			return true;
	return false;
}

static bool
any_is_awaited(const struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].awaited)
			return true;
	return false;
}

static void
reload(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->children[i].awaited = s->children[i].pid != 0;
	if (s->serving)
		systemd_notify("RELOADING=1");
	s->told = false;
	send_all(s, SIGHUP);
}

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			s->stopping = true;
		else if (info.ssi_signo == SIGHUP && !s->stopping)
			reload(s);
	}
	reap(s);
}

static void
tell_ready(struct supervisor *s)
{
	if (s->told || s->stopping || any_is_awaited(s))
		return;
	s->told = s->serving = true;
	systemd_notify("READY=1");
}

/* Until something happens, or DUE_US; INT64_MAX is never. */
static void
wait_until(const struct supervisor *s, int64_t due_us)
{
	struct pollfd *fds = xcalloc(s->count + 1, sizeof *fds);
	int64_t left_us = due_us - clock_monotonic_us();
	int timeout = -1;

	if (due_us != INT64_MAX)
		timeout = left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
	fds[s->count] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	for (size_t i = 0; i < s->count; i++)
		fds[i] =
		    (struct pollfd){ .fd = s->children[i].ready_fd, .events = POLLIN };
	poll(fds, s->count + 1, timeout);
	free(fds);
}

static int64_t
next_due(const struct supervisor *s)
{
	int64_t due_us = INT64_MAX;

	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid == 0 && s->children[i].due_us < due_us)
			due_us = s->children[i].due_us;
	return due_us;
}

static void
turn(struct supervisor *s, int64_t due_us)
{
	wait_until(s, due_us);
	for (size_t i = 0; i < s->count; i++)
		take_ready(&s->children[i]);
	take_signals(s);
	tell_ready(s);
}

static void
supervise(struct supervisor *s)
{
	while (!s->stopping) {
		turn(s, next_due(s));
		if (!s->stopping)
			start_due(s);
	}
}

static void
wait_for_end(struct supervisor *s, int seconds)
{
	int64_t end_us = clock_monotonic_us() + seconds * CLOCK_SECOND_US;

	while (any_lives(s) && clock_monotonic_us() < end_us)
		turn(s, end_us);
}

/* Not even a signal that cannot be caught ends at once what a disk does not answer. */
static void
stop(struct supervisor *s)
{
	systemd_notify("STOPPING=1");
	send_all(s, SIGTERM);
	wait_for_end(s, STOP_SECONDS);
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid != 0)
			log_error("the process of %s does not stop; it is killed",
			    s->children[i].label);
	send_all(s, SIGKILL);
	wait_for_end(s, KILL_SECONDS);
}

static int
open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
supervisor_run(const char *const *names, size_t count, supervisor_child *run, void *arg)
{
	struct supervisor s = { .count = count,
		.run = run,
		.arg = arg,
		.signal_fd = open_signals(),
		.status = EX_OK };

	s.children = xcalloc(count, sizeof *s.children);
	for (size_t i = 0; i < count; i++) {
		snprintf(s.children[i].label, sizeof s.children[i].label, "%s%s",
		    names[i][0] ? "store " : "the main store", names[i]);
		s.children[i].ready_fd = -1;
	}
	for (size_t i = 0; i < count && !s.stopping; i++)
		if (s.signal_fd == -1 || start_child(&s, i) == -1) {
			log_error("cannot start a process for %s: %s",
			    s.children[i].label, strerror(errno));
			s.status = EX_OSERR;
			s.stopping = true;
		}
	supervise(&s);
	stop(&s);
	free(s.children);
	close(s.signal_fd);
	return s.status;
}
