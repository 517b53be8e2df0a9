/* SPDX-License-Identifier: ISC */
/*
 * agent/conf_read.c and conf_value.c. One test a file: those in data/conf/good say which keys
 * they change, those in data/conf/bad which error is expected; the first line is the name.
 */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/conf_text.h"
#include "tests/unit.h"

#define EXPECT_MARK "# expect: "
#define ERROR_MARK "# error: "
#define FILES_MAX 200

static FILE *
open_data(const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL)
		fail_msg("cannot open %s: %s", path, strerror(errno));
	return file;
}

/* The rest of the first line of PATH that begins with MARK, owned by the caller. */
static char *
read_marked(const char *path, const char *mark)
{
	FILE *file = open_data(path);
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (!found && getline(&line, &size, file) != -1)
		found = strncmp(line, mark, strlen(mark)) == 0;
	fclose(file);
	if (!found)
		fail_msg("no \"%s\" in %s", mark, path);
	line[strcspn(line, "\n")] = '\0';
	memmove(line, line + strlen(mark), strlen(line + strlen(mark)) + 1);
	return line;
}

/* What an "# expect: KEY = VALUE" in PATH says, or else the default. */
static void
find_expected(char *buffer, size_t size, const char *path, const struct conf_key *key)
{
	FILE *file = open_data(path);
	size_t length = strlen(key->path);
	char *line = NULL;
	size_t room = 0;
	struct conf standard;

	conf_init(&standard);
	conf_text(buffer, size, &standard, key);
	conf_fini(&standard);
	while (getline(&line, &room, file) != -1) {
		const char *rest = line + strlen(EXPECT_MARK);

		if (strncmp(line, EXPECT_MARK, strlen(EXPECT_MARK)) != 0 ||
		    strncmp(rest, key->path, length) != 0 ||
		    strncmp(rest + length, " = ", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(buffer, size, "%s", rest + length + 3);
	}
	free(line);
	fclose(file);
}

static void
good_file_sets_what_it_says(void **state)
{
	const char *path = *state;
	struct conf conf;
	struct error err = { 0 };

	if (conf_read(&conf, path, &err) == -1)
		fail_msg("%s", err.text);
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++) {
		char got[2048];
		char expected[2048];

		conf_text(got, sizeof got, &conf, key);
		find_expected(expected, sizeof expected, path, key);
		if (strcmp(got, expected) != 0)
			fail_msg("%s is \"%s\", not \"%s\"", key->path, got, expected);
	}
	conf_fini(&conf);
}

/* The expected text is seen from the folder, where '@' stands for its name. */
static void
bad_file_fails_as_it_says(void **state)
{
	const char *path = *state;
	char *text = read_marked(path, ERROR_MARK);
	char *at = strchr(text, '@');
	struct error expected;
	struct error err = { 0 };
	struct conf conf;

	if (at != NULL)
		*at++ = '\0';
	error_set(&expected, "bad/%s%s%s", text, at ? "bad" : "", at ? at : "");
	assert_int_equal(conf_read(&conf, path, &err), -1);
	assert_string_equal(err.text, expected.text);
	conf_fini(&conf);
	free(text);
}

/* Adds a test for every file of PATTERN, at least one; returns how many. */
static size_t
add_tests(struct CMUnitTest *tests, const char *pattern, CMUnitTestFunction run)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc > FILES_MAX) {
		fprintf(stderr, "no tests, or too many: %s\n", pattern);
		exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *path = strdup(found.gl_pathv[i]);

		tests[i].name = read_marked(path, "# ");
		tests[i].test_func = run;
		tests[i].initial_state = path;
	}
	globfree(&found);
	return found.gl_pathc;
}

/* There the files have short names. */
static void
enter_data(void)
{
	const char *top = getenv("top_srcdir");

	if (chdir(top != NULL ? top : ".") == 0 && chdir("tests/data/conf") == 0)
		return;
	perror("tests/data/conf");
	exit(EXIT_FAILURE);
}

int
main(void)
{
	struct CMUnitTest tests[2 * FILES_MAX] = { 0 };
	size_t count;
	int failed;

	enter_data();
	count = add_tests(tests, "good/*.conf", good_file_sets_what_it_says);
	count += add_tests(tests + count, "bad/*.conf", bad_file_fails_as_it_says);
	failed = _cmocka_run_group_tests("conf_read", tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		free((void *)(uintptr_t)tests[i].name);
		free(tests[i].initial_state);
	}
	return failed;
}
