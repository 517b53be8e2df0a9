/* SPDX-License-Identifier: ISC */
/* Following a file, with everything that may be done to it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/collect/log_source.h"
#include "tests/unit.h"

enum {
	ALL_SIZE = 1024
};

static char folder[64];
static char path[128];
static char moved[128];
static void *file;
static struct log_position position;

static int
begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/imsc-log.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/mail.log", folder);
	snprintf(moved, sizeof moved, "%s/mail.log.1", folder);
	memset(&position, 0, sizeof position);
	file = log_file_source.open(path, NULL, NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	log_file_source.close(file);
	unlink(path);
	unlink(moved);
	return rmdir(folder);
}

static void
write_to(const char *name, const char *mode, const char *text)
{
	FILE *out = fopen(name, mode);

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void
append(const char *text)
{
	write_to(path, "a", text);
}

/* Puts a line behind those in ARG. */
static void
take(void *arg, const struct log_entry *entry)
{
	struct text line = entry->line;
	char *all = arg;

	assert_int_equal(entry->at_us, 0);
	assert_int_equal(entry->program.length, 0);
	assert_int_equal(entry->pid, 0);
	assert_true(strlen(all) + line.length + 2 < ALL_SIZE);
	sprintf(all + strlen(all), "%.*s\n", (int)line.length, line.data);
}

/* All that can be read now is EXPECTED. */
static void
reads(const char *expected)
{
	char all[ALL_SIZE] = "";
	struct error err;

	while (log_file_source.read(file, &position, take, all, &err) == 1)
		;
	assert_string_equal(all, expected);
}

/* As after a restart, with what was kept of the position. */
static void
restart(void)
{
	char text[LOG_POSITION_SIZE];

	log_position_format(text, &position, &log_file_source);
	assert_true(log_position_parse(&position, text_from(text), &log_file_source));
	log_file_source.close(file);
	file = log_file_source.open(path, NULL, NULL);
}

static void
whole_lines_are_read_once(void **state)
{
	(void)state;
	append("a\nb\nhal");
	reads("a\nb\n");
	reads("");
	append("f\n");
	reads("half\n");
	restart();
	reads("");
	append("c\n");
	reads("c\n");
}

static void
a_missing_file_is_waited_for(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(log_file_source.read(file, &position, take, NULL, &err), -1);
	assert_non_null(strstr(err.text, path));
	append("a\n");
	reads("a\n");
}

static void
a_file_that_was_moved_is_read_to_its_end(void **state)
{
	(void)state;
	append("a\n");
	reads("a\n");
	assert_int_equal(rename(path, moved), 0);
	write_to(moved, "a", "b\n");
	reads("b\n");
	append("");
	write_to(moved, "a", "c\n");
	reads("c\n");
	write_to(moved, "a", "d\n");
	append("e\n");
	reads("d\ne\n");
	append("f\n");
	reads("f\n");
}

static void
also_if_nobody_looked(void **state)
{
	(void)state;
	append("a\n");
	reads("a\n");
	append("b\n");
	assert_int_equal(rename(path, moved), 0);
	append("c\n");
	restart();
	reads("b\nc\n");
	assert_int_equal(unlink(moved), 0);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(unlink(moved), 0);
	append("d\n");
	restart();
	reads("d\n");
}

static void
a_truncated_file_is_begun_again(void **state)
{
	(void)state;
	append("first\nsecond\n");
	reads("first\nsecond\n");
	write_to(path, "w", "");
	reads("");
	append("a\n");
	reads("a\n");
	write_to(path, "w", "longer than what was there before\n");
	reads("longer than what was there before\n");
	position.last_us = 7;
	write_to(path, "w", "longer than even that, and read by the next one of us\n");
	restart();
	reads("longer than even that, and read by the next one of us\n");
	assert_int_equal(position.not_before_us, 7);
}

static void
a_copy_is_not_read_again(void **state)
{
	(void)state;
	append("a\nb\n");
	reads("a\nb\n");
	write_to(moved, "w", "a\nb\nc\n");
	assert_int_equal(rename(moved, path), 0);
	restart();
	reads("c\n");
}

static void
lines_that_are_too_long_are_left_out(void **state)
{
	static char line[LOG_LINE_MAX * 2];

	(void)state;
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\0';
	append("a\n");
	append(line);
	reads("a\n");
	append("forged\nb\n");
	reads("b\n");
	append(line);
	reads("");
	restart();
	append("forged");
	reads("");
	append(" too\nc\n");
	reads("c\n");
}

static void
what_is_no_place_is_nowhere(void **state)
{
	static const char *const places[] = { "x", "1", "1 2 3", "1 2 3 x", "1 2 3 4 5",
		"1 2 3 4x", "s=1;i=2" };

	(void)state;
	append("a\n");
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		position = (struct log_position){ .last_us = 7 };
		strcpy(position.place, places[i]);
		reads("a\n");
		assert_int_equal(position.not_before_us, 7);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(whole_lines_are_read_once),
		CASE(a_missing_file_is_waited_for),
		CASE(a_file_that_was_moved_is_read_to_its_end),
		CASE(also_if_nobody_looked),
		CASE(a_truncated_file_is_begun_again),
		CASE(a_copy_is_not_read_again),
		CASE(lines_that_are_too_long_are_left_out),
		CASE(what_is_no_place_is_nowhere),
	};

	return cmocka_run_group_tests_name("log_file", tests, NULL, NULL);
}
