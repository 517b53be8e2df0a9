/* SPDX-License-Identifier: ISC */
/* agent/conf_file.c: files that are not there, not readable, or not fit to be read. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/conf.h"
#include "tests/unit.h"

static char private[] = "/tmp/imsc-conf.XXXXXX";

/* Into a buffer of the caller. */
static const char *
private_path(char path[256], const char *name)
{
	snprintf(path, 256, "%s/%s", private, name);
	return path;
}

static void
write_private(const char *name, const void *data, size_t length)
{
	char path[256];
	FILE *file = fopen(private_path(path, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void
expect_error(const char *name, const char *text)
{
	struct error err = { 0 };
	struct conf conf;
	char path[256];

	assert_int_equal(conf_read(&conf, private_path(path, name), &err), -1);
	assert_string_equal(err.text, text);
	conf_fini(&conf);
}

/* Reading PATH fails as "cannot read PATH: REASON". */
static void
expect_unreadable(const char *path, enum error_kind kind, const char *reason)
{
	struct error expected;
	struct error err = { 0 };
	struct conf conf;

	error_set(&expected, "cannot read %s: %s", path, reason);
	assert_int_equal(conf_read(&conf, path, &err), -1);
	assert_string_equal(err.text, expected.text);
	assert_int_equal(err.kind, kind);
	conf_fini(&conf);
}

static void
missing_file_is_named(void **state)
{
	char path[256];

	(void)state;
	expect_unreadable(private_path(path, "missing.conf"), ERROR_MISSING,
	    "No such file or directory");
	write_private("file", "", 0);
	expect_unreadable(
	    private_path(path, "file/x.conf"), ERROR_MISSING, "Not a directory");
}

static void
file_without_permission_is_named(void **state)
{
	char path[256];
	uid_t before = geteuid();

	(void)state;
	write_private("denied.conf", "", 0);
	assert_int_equal(chmod(private_path(path, "denied.conf"), 0), 0);
	assert_int_equal(chmod(private, 0755), 0);
	if (before == 0)
		assert_int_equal(seteuid(65534), 0);
	expect_unreadable(path, ERROR_DENIED, "Permission denied");
	if (before == 0)
		assert_int_equal(seteuid(before), 0);
}

static void
folder_and_pipe_are_refused(void **state)
{
	char path[256];

	(void)state;
	expect_unreadable(private, ERROR_OTHER, "Is a directory");
	assert_int_equal(mkfifo(private_path(path, "pipe"), 0600), 0);
	expect_unreadable(path, ERROR_OTHER, "Not a regular file");
	expect_unreadable("/dev/zero", ERROR_OTHER, "Not a regular file");
}

static void
file_of_64_kib_is_read_and_no_larger(void **state)
{
	static char spaces[64 * 1024 + 1];
	struct error err = { 0 };
	struct conf conf;
	char path[256];

	(void)state;
	memset(spaces, ' ', sizeof spaces);
	write_private("large.conf", spaces, sizeof spaces - 1);
	assert_int_equal(conf_read(&conf, private_path(path, "large.conf"), &err), 0);
	conf_fini(&conf);
	write_private("huge.conf", spaces, sizeof spaces);
	expect_unreadable(
	    private_path(path, "huge.conf"), ERROR_OTHER, "Larger than 64 KiB");
}

static void
included_pipe_is_refused(void **state)
{
	static const char text[] = "\n  @include \"included-pipe\"\n";
	char path[256];
	char expected[1024];

	(void)state;
	assert_int_equal(mkfifo(private_path(path, "included-pipe"), 0600), 0);
	write_private("includes-pipe.conf", text, strlen(text));
	snprintf(expected, sizeof expected,
	    "%s/includes-pipe.conf:2: cannot read %s: Not a regular file", private,
	    path);
	expect_error("includes-pipe.conf", expected);
}

/* Every byte, in an order that repeats late: no crash, and the first line is named. */
static void
binary_junk_is_a_syntax_error(void **state)
{
	unsigned char junk[4096];
	unsigned int next = 1;
	char expected[1024];

	(void)state;
	for (size_t i = 0; i < sizeof junk; i++) {
		next = next * 1103515245 + 12345;
		junk[i] = (unsigned char)(next >> 16);
	}
	junk[0] = '\0';
	write_private("junk.conf", junk, sizeof junk);
	snprintf(expected, sizeof expected, "%s/junk.conf:1: syntax error", private);
	expect_error("junk.conf", expected);
}

static void
deep_nesting_is_refused(void **state)
{
	char nested[40000];
	char expected[1024];

	(void)state;
	for (size_t i = 0; i < sizeof nested; i += 4)
		memcpy(nested + i, "a={ ", 4);
	write_private("deep.conf", nested, sizeof nested);
	snprintf(
	    expected, sizeof expected, "%s/deep.conf:1: memory exhausted", private);
	expect_error("deep.conf", expected);
}

static void
failure_needs_no_one_to_tell(void **state)
{
	struct conf conf;

	(void)state;
	assert_int_equal(conf_read(&conf, "/nonexistent", NULL), -1);
	conf_fini(&conf);
}

static int
make_private(void **state)
{
	(void)state;
	return mkdtemp(private) == NULL ? -1 : 0;
}

static int
remove_private(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", private);
	return system(command);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_file_is_named),
		cmocka_unit_test(file_without_permission_is_named),
		cmocka_unit_test(folder_and_pipe_are_refused),
		cmocka_unit_test(file_of_64_kib_is_read_and_no_larger),
		cmocka_unit_test(included_pipe_is_refused),
		cmocka_unit_test(binary_junk_is_a_syntax_error),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(failure_needs_no_one_to_tell),
	};

	return cmocka_run_group_tests(tests, make_private, remove_private);
}
