/* SPDX-License-Identifier: ISC */
/*
 * A child process and the three things it ends with: its output, its complaints, and itself.
 * When all three have ended, it is done.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/child.h"
#include "agent/collect/process.h"

/* What is waited for; each is a descriptor that becomes readable. */
enum {
	OUTPUT,
	COMPLAINTS,
	EXIT,
	ENDS
};

struct child {
	char *name;
	int seconds;
	pid_t pid;
	int fds[ENDS];
	struct event *events[ENDS]; /* NULL: has ended */
	struct event *deadline;
	child_lines *lines;
	child_done *done;
	void *arg;
	bool failed;
	struct error failure; /* why it was given up */
	size_t used;
	char output[CHILD_LINE_MAX];
	size_t complained;   /* in all */
	char complaint[400]; /* the end of what it wrote to stderr */
};

static void
end(struct child *child, int which)
{
	if (child->events[which] != NULL)
		event_free(child->events[which]);
	child->events[which] = NULL;
	if (child->fds[which] != -1)
		close(child->fds[which]);
	child->fds[which] = -1;
}

static void
release(struct child *child)
{
	for (int i = 0; i < ENDS; i++)
		end(child, i);
	if (child->deadline != NULL)
		event_free(child->deadline);
	free(child->name);
	free(child);
}

/* Writes the lines of TEXT with semicolons in between. */
static void
join_lines(char *buffer, size_t size, struct text text)
{
	size_t used = 0;

	buffer[0] = '\0';
	while (text.length > 0 && used + 2 < size) {
		const char *at = memchr(text.data, '\n', text.length);
		size_t length = at != NULL ? (size_t)(at - text.data) : text.length;

		if (length > 0 && used > 0)
			used += (size_t)snprintf(buffer + used, size - used, "; ");
		used += text_escape(
		    buffer + used, size - used, (struct text){ text.data, length });
		length += length < text.length;
		text.data += length;
		text.length -= length;
	}
}

/* The whole lines of what is kept of its complaints, or what there is of a long one. */
static struct text
last_complaints(const struct child *child)
{
	size_t size = sizeof child->complaint;
	struct text kept = { child->complaint, child->complained };
	const char *at;

	if (child->complained <= size)
		return kept;
	kept.length = size;
	at = memchr(kept.data, '\n', size - 1);
	if (at != NULL) {
		kept.length -= (size_t)(at + 1 - kept.data);
		kept.data = at + 1;
	}
	return kept;
}

/* Why the child did not do what it should, from its status and its complaints. */
static void
judge(const struct child *child, int status, struct error *err)
{
	char why[4 * sizeof child->complaint];
	bool killed = WIFSIGNALED(status);

	join_lines(why, sizeof why, last_complaints(child));
	error_set(err, "%s ended with %s %d%s%s", child->name,
	    killed ? "signal" : "status",
	    killed ? WTERMSIG(status) : WEXITSTATUS(status), why[0] ? ": " : "", why);
}

/* Until here the process is a zombie at most, so that its group can be killed safely. */
static void
finish_if_over(struct child *child)
{
	child_done *done = child->done;
	void *arg = child->arg;
	bool failed = child->failed;
	struct error err = child->failure;
	int status = 0;

	for (int i = 0; i < ENDS; i++)
		if (child->events[i] != NULL)
			return;
	waitpid(child->pid, &status, 0);
	if (!failed && status != 0) {
		judge(child, status, &err);
		failed = true;
	}
	release(child);
	done(arg, failed ? &err : NULL);
}

/* Nothing more is read; only its end is waited for. */
static void
give_up(struct child *child)
{
	child->failed = true;
	kill(-child->pid, SIGKILL);
	end(child, OUTPUT);
	end(child, COMPLAINTS);
}

/* The length of the whole lines there are; at the end of the output all is whole. */
static size_t
whole_lines(const struct child *child, bool at_end)
{
	const char *last = memrchr(child->output, '\n', child->used);

	if (at_end)
		return child->used;
	return last != NULL ? (size_t)(last - child->output) + 1 : 0;
}

static void
take_lines(struct child *child, bool at_end)
{
	size_t length = whole_lines(child, at_end);

	if (length == 0 && child->used == sizeof child->output) {
		error_set(&child->failure, "%s printed a line of more than %d octets",
		    child->name, CHILD_LINE_MAX);
		give_up(child);
		return;
	}
	if (length > 0 &&
	    !child->lines(
		child->arg, (struct text){ child->output, length }, &child->failure)) {
		give_up(child);
		return;
	}
	child->used -= length;
	memmove(child->output, child->output + length, child->used);
}

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	ssize_t got =
	    read(fd, child->output + child->used, sizeof child->output - child->used);

	(void)what;
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		child->used += (size_t)got;
	take_lines(child, got <= 0);
	if (got <= 0)
		end(child, OUTPUT);
	finish_if_over(child);
}

static void
keep_complaint(struct child *child, const char *octets, size_t count)
{
	size_t size = sizeof child->complaint;
	size_t had = child->complained < size ? child->complained : size;
	size_t gone;

	child->complained += count;
	if (count > size) {
		octets += count - size;
		count = size;
	}
	gone = had + count > size ? had + count - size : 0;
	memmove(child->complaint, child->complaint + gone, had - gone);
	memcpy(child->complaint + had - gone, octets, count);
}

/* The end is kept, as warnings come before what failed. All is read, so that the child is not held up. */
static void
on_complaints(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	char octets[1024];
	ssize_t got = read(fd, octets, sizeof octets);

	(void)what;
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		keep_complaint(child, octets, (size_t)got);
		return;
	}
	end(child, COMPLAINTS);
	finish_if_over(child);
}

static void
on_exit_of(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;

	(void)fd;
	(void)what;
	end(child, EXIT);
	finish_if_over(child);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;

	(void)fd;
	(void)what;
	error_set(
	    &child->failure, "%s took more than %d s", child->name, child->seconds);
	give_up(child);
	finish_if_over(child);
}

/* Signals as a program expects them; a process group, to be killed as a whole. */
static void
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none;
	sigset_t ignored;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &ignored);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(attributes,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int
spawn(struct child *child, const char *const *argv, const char *const *environment,
    int output, int complaints)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc;

	posix_spawnattr_init(&attributes);
	set_attributes(&attributes);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	rc = posix_spawnp(&child->pid, argv[0], &actions, &attributes,
	    (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return rc;
}

/* Starts the process and opens what it ends with; an errno if that fails. */
static int
open_ends(struct child *child, const char *const *argv, const char *const *environment)
{
	int output[2];
	int complaints[2];
	int rc;

	if (pipe2(output, O_CLOEXEC | O_NONBLOCK) == -1)
		return errno;
	child->fds[OUTPUT] = output[0];
	if (pipe2(complaints, O_CLOEXEC | O_NONBLOCK) == -1) {
		rc = errno;
		close(output[1]);
		return rc;
	}
	child->fds[COMPLAINTS] = complaints[0];
	/* The child's ends block, as a program expects. */
	fcntl(output[1], F_SETFL, 0);
	fcntl(complaints[1], F_SETFL, 0);
	rc = spawn(child, argv, environment, output[1], complaints[1]);
	close(output[1]);
	close(complaints[1]);
	if (rc != 0)
		return rc;
	child->fds[EXIT] = process_open((uint32_t)child->pid);
	if (child->fds[EXIT] != -1)
		return 0;
	rc = errno;
	kill(-child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	return rc;
}

struct child *
child_start_in(struct event_base *base, const char *const *argv,
    const char *const *environment, int seconds, child_lines *lines, child_done *done,
    void *arg, struct error *err)
{
	static const event_callback_fn callbacks[ENDS] = { on_output, on_complaints,
		on_exit_of };
	struct child *child = xcalloc(1, sizeof *child);
	int rc;

	child->name = xstrdup(argv[0]);
	child->seconds = seconds;
	child->lines = lines;
	child->done = done;
	child->arg = arg;
	for (int i = 0; i < ENDS; i++)
		child->fds[i] = -1;
	rc = open_ends(child, argv, environment);
	if (rc != 0) {
		error_set(err, "cannot run %s: %s", argv[0], strerror(rc));
		release(child);
		return NULL;
	}
	for (int i = 0; i < ENDS; i++) {
		child->events[i] = event_new(
		    base, child->fds[i], EV_READ | EV_PERSIST, callbacks[i], child);
		event_add(child->events[i], NULL);
	}
	child->deadline = evtimer_new(base, on_deadline, child);
	evtimer_add(child->deadline, &(struct timeval){ .tv_sec = seconds });
	return child;
}

struct child *
child_start(struct event_base *base, const char *const *argv, int seconds,
    child_lines *lines, child_done *done, void *arg, struct error *err)
{
	return child_start_in(base, argv, (const char *const *)(uintptr_t)environ,
	    seconds, lines, done, arg, err);
}

void
child_kill(struct child *child)
{
	if (child == NULL)
		return;
	kill(-child->pid, SIGKILL);
	/* One that does not end at once is not waited for: its parent will be init. */
	waitpid(child->pid, NULL, WNOHANG);
	release(child);
}
