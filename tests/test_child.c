/* SPDX-License-Identifier: ISC */
/* Commands as child processes: their lines, their ends, good and bad. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/clock.h"
#include "agent/collect/child.h"
#include "tests/unit.h"

static struct {
	struct event_base *base;
	char output[1024];
	size_t length;
	size_t total;
	bool refuse;
	int done; /* how often */
	bool failed;
	struct error failure;
} run;

static bool
on_lines(void *arg, struct text lines, struct error *err)
{
	assert_ptr_equal(arg, &run);
	run.total += lines.length;
	for (size_t i = 0; i < lines.length && run.length < sizeof run.output; i++)
		run.output[run.length++] = lines.data[i];
	if (run.refuse)
		error_set(err, "that is enough");
	return !run.refuse;
}

static void
on_done(void *arg, const struct error *err)
{
	assert_ptr_equal(arg, &run);
	run.done++;
	run.failed = err != NULL;
	if (err != NULL)
		run.failure = *err;
	event_base_loopbreak(run.base);
}

static struct child *
start(const char *command, int seconds)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	struct error err;
	struct child *child =
	    child_start(run.base, argv, seconds, on_lines, on_done, &run, &err);

	if (child == NULL)
		fail_msg("%s", err.text);
	return child;
}

/* Runs a command of the shell to its end. */
static void
shell(const char *command, int seconds)
{
	start(command, seconds);
	assert_int_equal(run.done, 0);
	event_base_dispatch(run.base);
	assert_int_equal(run.done, 1);
}

static void
assert_failed(const char *why)
{
	assert_true(run.failed);
	assert_string_equal(run.failure.text, why);
	/* No child is left, not even as a zombie. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&run, 0, sizeof run);
	run.base = event_base_new();
	return run.base != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	event_base_free(run.base);
	return 0;
}

static void
lines_come_as_they_were_printed(void **state)
{
	(void)state;
	shell("printf 'one\\ntw'; printf 'o\\n\\nthree'", 10);
	assert_false(run.failed);
	assert_int_equal(run.length, strlen("one\ntwo\n\nthree"));
	assert_memory_equal(run.output, "one\ntwo\n\nthree", run.length);
}

static void
much_output_is_taken_in_parts(void **state)
{
	(void)state;
	shell("yes 0123456789 | head -n 100000", 10);
	assert_false(run.failed);
	assert_int_equal(run.total, 1100000);
}

static void
no_output_is_none(void **state)
{
	(void)state;
	shell("exit 0", 10);
	assert_false(run.failed);
	assert_int_equal(run.total, 0);
}

static void
a_status_fails_with_what_was_complained(void **state)
{
	(void)state;
	shell("echo one; printf 'no \\033list\\nmore\\n' >&2; exit 75", 10);
	assert_failed("sh ended with status 75: no \\x1blist; more");
	assert_int_equal(run.total, 4);
}

static void
of_many_complaints_the_last_are_told(void **state)
{
	(void)state;
	shell("seq -f 'Warning: %05.0f, which is of no interest to anybody here' 1000 "
	      ">&2;"
	      " echo 'Error: this' >&2; exit 75",
	    10);
	assert_true(run.failed);
	assert_non_null(
	    strstr(run.failure.text, "sh ended with status 75: Warning: 0099"));
	assert_non_null(strstr(run.failure.text,
	    "Warning: 01000, which is of no interest to "
	    "anybody here; Error: this"));
}

static void
of_a_long_complaint_the_end_is_told(void **state)
{
	char wanted[] = "sh ended with status 1: ";
	char why[400];

	(void)state;
	memset(why, 'x', sizeof why);
	memcpy(why + sizeof why - 5, " why", sizeof " why");
	shell("head -c 5000 /dev/zero | tr '\\0' x >&2; echo ' why' >&2; exit 1", 10);
	assert_true(run.failed);
	assert_memory_equal(run.failure.text, wanted, strlen(wanted));
	assert_string_equal(run.failure.text + strlen(wanted), why);
}

static void
complaints_may_have_any_octet(void **state)
{
	(void)state;
	shell("printf 'a\\000b\\n\\n\\nc' >&2; exit 1", 10);
	assert_failed("sh ended with status 1: a\\x00b; c");
}

static void
complaints_alone_do_not_fail(void **state)
{
	(void)state;
	shell("yes complaint | head -n 100000 >&2", 10);
	assert_false(run.failed);
}

static void
a_signal_fails(void **state)
{
	(void)state;
	shell("kill -SEGV $$", 10);
	assert_failed("sh ended with signal 11");
}

static void
a_command_that_is_not_there_fails_at_once(void **state)
{
	const char *const argv[] = { "/nonexistent/command", NULL };
	struct error err;

	(void)state;
	assert_null(child_start(run.base, argv, 10, on_lines, on_done, &run, &err));
	assert_string_equal(
	    err.text, "cannot run /nonexistent/command: No such file or directory");
	assert_int_equal(run.done, 0);
}

static void
a_line_without_end_fails(void **state)
{
	(void)state;
	shell("yes | tr -d '\\n'", 10);
	assert_failed("sh printed a line of more than 65536 octets");
	assert_int_equal(run.total, 0);
}

static void
who_takes_the_lines_may_give_up(void **state)
{
	(void)state;
	run.refuse = true;
	shell("yes", 10);
	assert_failed("that is enough");
}

/* Init may not have taken a zombie yet, but that does not run. */
static bool
runs(int pid)
{
	char path[64];
	char state = 'Z';
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z'; /* it has just gone */
	fclose(file);
	return state != 'Z' && state != 'X';
}

static void
the_deadline_ends_the_whole_group(void **state)
{
	int64_t begun_us = clock_monotonic_us();

	(void)state;
	shell("sleep 1000 & echo $!; sleep 1000", 1);
	assert_failed("sh took more than 1 s");
	assert_true(clock_monotonic_us() - begun_us < 500 * CLOCK_SECOND_US);
	run.output[run.length] = '\0';
	while (runs(atoi(run.output)))
		assert_true(clock_monotonic_us() - begun_us < 500 * CLOCK_SECOND_US);
}

static void
output_held_open_by_others_ends_at_the_deadline(void **state)
{
	(void)state;
	shell("sleep 1000 & exit 0", 1);
	assert_failed("sh took more than 1 s");
}

static void
nothing_of_ours_is_inherited(void **state)
{
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd > STDERR_FILENO);
	signal(SIGPIPE, SIG_IGN);
	shell(
	    "for fd in /proc/$$/fd/*; do readlink $fd; done | grep -c . ; read line ||"
	    " echo no input; sed -n 's/^SigIgn:.*\\(.\\)...$/\\1/p' /proc/self/status",
	    10);
	close(fd);
	signal(SIGPIPE, SIG_DFL);
	assert_false(run.failed);
	assert_memory_equal(run.output, "3\nno input\n0\n", run.length);
}

static void
a_killed_child_tells_nothing(void **state)
{
	struct child *child;

	(void)state;
	child = start("echo one; sleep 1000", 10);
	event_base_loop(run.base, EVLOOP_ONCE);
	child_kill(child);
	event_base_loop(run.base, EVLOOP_NONBLOCK);
	assert_int_equal(run.done, 0);
	child_kill(NULL);
	while (waitpid(-1, NULL, 0) != -1)
		;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(lines_come_as_they_were_printed),
		CASE(much_output_is_taken_in_parts),
		CASE(no_output_is_none),
		CASE(a_status_fails_with_what_was_complained),
		CASE(of_many_complaints_the_last_are_told),
		CASE(of_a_long_complaint_the_end_is_told),
		CASE(complaints_may_have_any_octet),
		CASE(complaints_alone_do_not_fail),
		CASE(a_signal_fails),
		CASE(a_command_that_is_not_there_fails_at_once),
		CASE(a_line_without_end_fails),
		CASE(who_takes_the_lines_may_give_up),
		CASE(the_deadline_ends_the_whole_group),
		CASE(output_held_open_by_others_ends_at_the_deadline),
		CASE(nothing_of_ours_is_inherited),
		CASE(a_killed_child_tells_nothing),
	};

	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
