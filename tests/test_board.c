/* SPDX-License-Identifier: ISC */
/* What is told on the board, and what readers make of boards that are none. */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/board_file.h"
#include "agent/board_reader.h"
#include "agent/collect/kick_queue.h"
#include "agent/privacy.h"
#include "tests/unit.h"

static char directory[] = "/tmp/imsc-board.XXXXXX";
static char path[64];
static struct board *board;
static struct board_reader reader;
static struct board_told told;
static struct error err;

static int
begin(void **state)
{
	struct board_told *first;

	(void)state;
	snprintf(path, sizeof path, "%s/board", directory);
	unlink(path);
	memset(&told, 0, sizeof told);
	board = board_open(path, &err);
	if (board == NULL)
		return -1;
	first = board_change(board);
	strcpy(first->store_path, "/store");
	first->privacy = PRIVACY_FULL;
	board_tell(board);
	return board_reader_open(&reader, path, &err);
}

static int
end(void **state)
{
	(void)state;
	board_reader_close(&reader);
	board_close(board);
	return unlink(path);
}

static void
what_was_told_is_read(void **state)
{
	struct health health = { .status = COLLECTOR_OK,
		.success_us = 5,
		.server_version = "A server 1.0",
		.server = SERVER_UP };
	struct health_board memory;

	(void)state;
	assert_int_equal(board_reader_get(&reader, &told, &err), 0);
	assert_string_equal(told.store_path, "/store");
	assert_int_equal(told.health.status, COLLECTOR_STARTING);
	assert_null(told.health.server_version);
	health_init(&memory);
	health_tell(&memory, board);
	health_put(&memory, &health);
	assert_int_equal(board_reader_get(&reader, &told, &err), 0);
	assert_int_equal(told.health.success_us, 5);
	assert_string_equal(told.health.server_version, "A server 1.0");
	assert_null(told.health.server_url);
	assert_int_equal(board_reader_get(&reader, &told, &err), 0);
	assert_int_equal(told.health.success_us, 5);
	health_fini(&memory);
}

static void
kicks_are_told_while_they_are_under_way(void **state)
{
	static struct board_kick kicks[BOARD_KICKS_MAX];
	struct session_key session = { SERVICE_IMAP, 7 };
	struct kick_queue *queue = kick_queue_new();
	const struct kick_target *target;

	(void)state;
	assert_int_equal(board_reader_get_kicks(&reader, kicks), 0);
	assert_true(
	    kick_queue_push(queue, text_from("ann"), (struct session_key){ 0 }));
	kick_queue_tell(queue, board);
	assert_true(kick_queue_push(queue, text_from("bob"), session));
	assert_int_equal(board_reader_get_kicks(&reader, kicks), 2);
	assert_true(kicks[0].user == board_hash(text_from("ann")));
	assert_int_equal(kicks[0].number, 0);
	assert_true(kicks[1].user == board_hash(text_from("bob")));
	assert_int_equal(kicks[1].service, SERVICE_IMAP);
	assert_int_equal(kicks[1].number, 7);
	target = kick_queue_take(queue);
	kick_queue_finish(queue, target);
	assert_int_equal(board_reader_get_kicks(&reader, kicks), 1);
	assert_true(kicks[0].user == board_hash(text_from("bob")));
	kick_queue_free(queue);
}

static void
it_is_kept_by_one_until_that_is_gone(void **state)
{
	(void)state;
	assert_true(board_reader_is_kept(&reader));
	assert_null(board_open(path, &err));
	assert_non_null(strstr(err.text, "is kept by another imsconnd"));
	board_close(board);
	assert_false(board_reader_is_kept(&reader));
	assert_int_equal(board_reader_get(&reader, &told, &err), 0);
	board = board_open(path, &err);
	assert_non_null(board);
	assert_true(board_reader_is_kept(&reader));
	/* The new one has told nothing yet that makes sense. */
	board_tell((board_change(board), board));
	assert_int_equal(board_reader_get(&reader, &told, &err), -1);
}

static void
another_file_in_its_place_is_seen(void **state)
{
	char other[sizeof path + 4];

	(void)state;
	assert_true(board_reader_is_at(&reader, path));
	snprintf(other, sizeof other, "%s.new", path);
	assert_int_equal(rename(path, other), 0);
	assert_false(board_reader_is_at(&reader, path));
	assert_int_equal(rename(other, path), 0);
	assert_true(board_reader_is_at(&reader, path));
}

/* A part is whole or it is none: every cut and every changed octet is seen. */
static void
what_is_cut_or_changed_is_refused(void **state)
{
	const off_t size = sizeof(struct board_told_part);

	(void)state;
	for (off_t at = 0; at < size; at += 7) {
		char good;
		char bad;
		int fd = open(path, O_RDWR);

		assert_int_equal(pread(fd, &good, 1, at), 1);
		bad = (char)(good ^ 0x10);
		assert_int_equal(pwrite(fd, &bad, 1, at), 1);
		reader.checksum = 0;
		/* What is behind the version's end, and what is not in use, says nothing. */
		if (board_reader_get(&reader, &told, &err) == 0)
			assert_in_range(at, 0, sizeof(struct board_stamp));
		assert_int_equal(pwrite(fd, &good, 1, at), 1);
		close(fd);
	}
	assert_int_equal(board_reader_get(&reader, &told, &err), 0);
	for (off_t cut = 0; cut < size; cut += 97) {
		assert_int_equal(truncate(path, cut), 0);
		reader.checksum = 0;
		assert_int_equal(board_reader_get(&reader, &told, &err), -1);
	}
}

static void
tell(void (*change)(struct board_told *))
{
	change(board_change(board));
	board_tell(board);
}

static void
end_no_path(struct board_told *t)
{
	memset(t->store_path, '/', sizeof t->store_path);
}

static void
end_no_error(struct board_told *t)
{
	memset(t->health.last_error, 'x', sizeof t->health.last_error);
}

static void
have_too_many_days(struct board_told *t)
{
	t->inactive_rows = BOARD_DAYS_MAX + 1;
}

static void
have_no_status(struct board_told *t)
{
	t->health.status = (enum collector_status)77;
}

static void
have_no_privacy(struct board_told *t)
{
	t->privacy = 0;
}

static void
what_is_out_of_range_is_refused(void **state)
{
	static void (*const changes[])(struct board_told *) = { end_no_path,
		end_no_error, have_too_many_days, have_no_status, have_no_privacy };

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		tell(changes[i]);
		assert_int_equal(board_reader_get(&reader, &told, &err), -1);
		assert_non_null(strstr(err.text, "is not one of imsconn"));
		assert_int_equal(end(state), 0);
		assert_int_equal(begin(state), 0);
	}
}

static void *
tell_for_ever(void *stop)
{
	for (int64_t i = 0; !*(volatile bool *)stop; i++) {
		struct board_told *now = board_change(board);

		now->health.success_us = i;
		memset(now->health.last_error, 'a' + (int)(i % 26),
		    sizeof now->health.last_error - 1);
		board_tell(board);
	}
	return NULL;
}

static void
nothing_is_read_by_half(void **state)
{
	volatile bool stop = false;
	int whole = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(
	    pthread_create(&thread, NULL, tell_for_ever, (void *)(uintptr_t)&stop), 0);
	for (int i = 0; i < 20000; i++) {
		const char *text = told.health.last_error;

		if (board_reader_get(&reader, &told, &err) == -1)
			continue;
		whole++;
		if (text[0] != '\0')
			assert_int_equal(strspn(text, (char[]){ text[0], '\0' }),
			    sizeof told.health.last_error - 1);
	}
	stop = true;
	pthread_join(thread, NULL);
	assert_true(whole > 10000);
}

static void
what_is_no_file_is_not_opened(void **state)
{
	struct board_reader none;

	(void)state;
	assert_int_equal(board_reader_open(&none, "/dev/null", &err), -1);
	assert_int_equal(board_reader_open(&none, directory, &err), -1);
	assert_int_equal(board_reader_open(&none, "/nowhere/at/all", &err), -1);
	assert_int_equal(err.kind, ERROR_MISSING);
	assert_null(board_open(directory, &err));
	assert_null(board_open("/nowhere/at/all", &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_told_is_read, begin, end),
		cmocka_unit_test_setup_teardown(
		    kicks_are_told_while_they_are_under_way, begin, end),
		cmocka_unit_test_setup_teardown(
		    it_is_kept_by_one_until_that_is_gone, begin, end),
		cmocka_unit_test_setup_teardown(
		    another_file_in_its_place_is_seen, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_is_cut_or_changed_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_is_out_of_range_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_read_by_half, begin, end),
		cmocka_unit_test(what_is_no_file_is_not_opened),
	};
	int failed;

	if (mkdtemp(directory) == NULL)
		return 99;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(directory);
	return failed;
}
