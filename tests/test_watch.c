/* SPDX-License-Identifier: ISC */
/* What the collector tells of alarms and of users: what is told, what waits, and what is not. */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/alarm_watch.h"
#include "agent/collect/user_watch.h"
#include "agent/store/audit.h"
#include "tests/store_unit.h"

static struct notice_queue *queue;

static int
set_up(void **state)
{
	queue = notice_queue_new(16);
	return begin(state);
}

static int
tear_down(void **state)
{
	notice_queue_free(queue);
	return end(state);
}

/* The kind of the next notice; 0 if there is none. */
static int
next_kind(void)
{
	struct notice *notice = notice_queue_take(queue);
	int kind = notice ? (int)notice->kind : 0;

	notice_free(notice);
	return kind;
}

static struct view *
open_writer(void)
{
	struct view *writer = NULL;

	must(store_begin(&writer, store, &err));
	return writer;
}

/* ---- alarms */

/* Takes one alarm on all sessions, which is raised at RISING. */
static void
configure(struct alarm_watch *watch, int rising, bool startup)
{
	struct conf_alarm alarm = {
		.name = (char[]){ "many" },
		.object = (char[]){ "sessions" },
		.service = (char[]){ "all" },
		.direction = (char[]){ "rising" },
		.startup = startup,
		.rising = rising,
		.falling = rising - 1,
	};
	struct conf conf = { .alarms = { &alarm, 1 } };

	must(view_renew(view, &err));
	alarm_watch_configure(watch, &conf, view);
	view_release(view);
}

/* Judges so many seconds after the epoch, with 10 seconds between two notices of the same. */
static void
judge(struct alarm_watch *watch, enum collector_status status, int64_t at)
{
	const struct health health = { .status = status };

	must(view_renew(view, &err));
	alarm_watch_judge(watch,
	    &(struct alarm_scene){ .view = view,
		.health = &health,
		.listed = 1u << SERVICE_IMAP,
		.now_us = at * CLOCK_SECOND_US,
		.least_us = 10 * CLOCK_SECOND_US });
	view_release(view);
}

static void
leave(struct session session)
{
	struct view *writer = open_writer();

	must(
	    session_end(writer, (struct session_key){ session.service, session.number },
		session.login_us + 1, true, &err));
	must(store_commit(writer, &err));
}

static void
test_alarm_waits_for_a_value(void **state)
{
	struct alarm_watch *watch = alarm_watch_new(queue);
	struct session ann;

	(void)state;
	must(view_open(&view, store, &err));
	configure(watch, 1, true);
	ann = add(SERVICE_IMAP, "ann", 1);
	judge(watch, COLLECTOR_OK, 100);
	assert_int_equal(next_kind(), NOTICE_ALARM_RAISED);
	leave(ann);
	judge(watch, COLLECTOR_OK, 101);
	assert_int_equal(next_kind(), NOTICE_ALARM_CLEARED);
	add(SERVICE_IMAP, "ann", 2);
	judge(watch, COLLECTOR_OK, 102);
	judge(watch, COLLECTOR_FAILED, 103);
	judge(watch, COLLECTOR_FAILED, 120);
	assert_int_equal(next_kind(), 0);
	judge(watch, COLLECTOR_OK, 121);
	assert_int_equal(next_kind(), NOTICE_ALARM_RAISED);
	alarm_watch_free(watch);
}

static void
expect_cleared_by_other_rule(bool startup)
{
	struct alarm_watch *watch = alarm_watch_new(queue);
	struct session ann = add(SERVICE_IMAP, "ann", 1);

	must(view_open(&view, store, &err));
	configure(watch, 1, true);
	judge(watch, COLLECTOR_OK, 100);
	assert_int_equal(next_kind(), NOTICE_ALARM_RAISED);
	configure(watch, 5, startup);
	judge(watch, COLLECTOR_OK, 101);
	assert_int_equal(next_kind(), NOTICE_ALARM_CLEARED);
	judge(watch, COLLECTOR_OK, 120);
	assert_int_equal(next_kind(), 0);
	alarm_watch_free(watch);
	view_close(view);
	view = NULL;
	leave(ann);
}

static void
test_alarm_of_another_rule_is_cleared(void **state)
{
	(void)state;
	expect_cleared_by_other_rule(true);
	expect_cleared_by_other_rule(false);
}

/* ---- users */

static const struct conf user_conf = { .returned_seconds = 600, .user_sessions = 2 };

/* One who was disconnected a second ago, and told of. */
static struct user_watch *
disconnect(const char *name)
{
	struct user_watch *watch = user_watch_new(&user_conf, queue);
	struct view *writer = open_writer();
	struct audit audit = {
		.time_us = clock_now_us() - CLOCK_SECOND_US,
		.user = text_from(name),
		.action = AUDIT_DISCONNECT,
		.origin = AUDIT_CLI,
		.asked = 1,
		.ended = 1,
		.result = AUDIT_DONE,
	};

	must(audit_add(writer, &audit, 10, &err));
	user_watch_audit(watch, writer);
	must(store_commit(writer, &err));
	assert_int_equal(next_kind(), NOTICE_USER_DISCONNECTED);
	return watch;
}

static void
log_in(struct user_watch *watch, enum service service, const char *auth_user)
{
	struct session login = make(service, "ann", clock_now_us());

	login.auth_user = text_from(auth_user);
	must(view_open(&view, store, &err));
	user_watch_login(watch, view, &login);
	view_close(view);
	view = NULL;
}

static void
test_returns_with_his_own_password(void **state)
{
	struct user_watch *watch;

	(void)state;
	add(SERVICE_IMAP, "ann", 1);
	watch = disconnect("ann");
	log_in(watch, SERVICE_IMAP, "admin");
	assert_int_equal(next_kind(), 0);
	log_in(watch, SERVICE_POP3, "");
	assert_int_equal(next_kind(), NOTICE_USER_RETURNED);
	log_in(watch, SERVICE_IMAP, "");
	assert_int_equal(next_kind(), 0);
	user_watch_free(watch);
}

/* The row that is lost with a write has its number from the next one. */
static void
test_audit_after_a_lost_write(void **state)
{
	struct user_watch *watch = disconnect("ann");
	struct audit bob = { .user = text_from("bob"),
		.action = AUDIT_DISCONNECT,
		.result = AUDIT_DONE };
	struct audit cat = { .user = text_from("cat"),
		.action = AUDIT_DISCONNECT,
		.result = AUDIT_DONE };
	struct view *writer = open_writer();

	(void)state;
	must(audit_add(writer, &bob, 10, &err));
	user_watch_audit(watch, writer);
	assert_int_equal(next_kind(), NOTICE_USER_DISCONNECTED);
	store_abort(writer);
	must(view_open(&view, store, &err));
	user_watch_audit(watch, view);
	assert_int_equal(next_kind(), 0);
	writer = open_writer();
	must(audit_add(writer, &cat, 10, &err));
	assert_int_equal(cat.number, bob.number);
	user_watch_audit(watch, writer);
	must(store_commit(writer, &err));
	assert_int_equal(next_kind(), NOTICE_USER_DISCONNECTED);
	user_watch_free(watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_alarm_waits_for_a_value, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_alarm_of_another_rule_is_cleared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_returns_with_his_own_password, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_audit_after_a_lost_write, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
