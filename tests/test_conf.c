/* SPDX-License-Identifier: ISC */
/* agent/conf.c and the table of conf_keys.c: defaults, and what SIGHUP changes. */
#include "config.h"

#include <stdlib.h>

#include "agent/conf_alarm.h"
#include "tests/conf_text.h"
#include "tests/unit.h"

static void
keys_rise(void **state)
{
	(void)state;
	for (const struct conf_key *key = conf_keys; key[1].path != NULL; key++)
		assert_true(strcmp(key->path, key[1].path) < 0);
}

static void
assert_numbers(const struct conf_numbers *numbers, const struct conf_key *key)
{
	char text[128];

	conf_text_numbers(text, sizeof text, numbers);
	assert_string_equal(text, key->standard);
	for (size_t i = 0; i < numbers->count; i++) {
		assert_true(numbers->number[i] >= key->low);
		assert_true(numbers->number[i] <= key->high);
		assert_true(i == 0 || numbers->number[i] > numbers->number[i - 1]);
	}
}

static void
every_key_has_its_default_within_its_limits(void **state)
{
	struct conf conf;

	(void)state;
	conf_init(&conf);
	for (const struct conf_key *key = conf_keys; key->path != NULL; key++) {
		const void *field = (const char *)&conf + key->offset;

		if (key->type == CONF_STRING) {
			assert_string_equal(*(char *const *)field, key->standard);
			assert_true(key->allowed != NULL ||
			    (strlen(key->standard) >= (size_t)key->low &&
				strlen(key->standard) <= (size_t)key->high));
		} else if (key->type == CONF_INT) {
			assert_int_equal(*(const int *)field, atoi(key->standard));
			assert_true(*(const int *)field >= key->low);
			assert_true(*(const int *)field <= key->high);
		} else if (key->type == CONF_NUMBERS) {
			assert_numbers(field, key);
		} else if (key->type == CONF_ALARMS) {
			assert_int_equal(((const struct conf_alarms *)field)->count, 0);
		}
	}
	assert_true(conf.agentx_enable);
	assert_true(conf.pop3_userlist);
	assert_false(conf.imap_userlist);
	assert_false(conf.last_access);
	assert_false(conf.allow_snmp);
	conf_fini(&conf);
}

static void
a_service_is_listed_where_its_key_says_so(void **state)
{
	struct conf conf;

	(void)state;
	conf_init(&conf);
	conf.proxy_userlist = true;
	for (enum service s = SERVICE_NONE; s < SERVICE_END; s++)
		assert_int_equal(
		    conf_lists(&conf, s), s == SERVICE_POP3 || s == SERVICE_PROXY);
	conf.imap_userlist = conf.http_userlist = true;
	conf.pop3_userlist = conf.proxy_userlist = false;
	for (enum service s = SERVICE_NONE; s < SERVICE_END; s++)
		assert_int_equal(
		    conf_lists(&conf, s), s == SERVICE_IMAP || s == SERVICE_HTTP);
	conf_fini(&conf);
}

static void
a_master_users_login_is_an_access_only_where_it_is_wanted(void **state)
{
	const struct text nobody = { 0 };
	struct conf conf;

	(void)state;
	conf_init(&conf);
	assert_false(conf_records(&conf, nobody));
	conf.last_access = true;
	assert_true(conf_records(&conf, nobody));
	assert_false(conf_records(&conf, text_from("boss")));
	conf.master_last_access = true;
	assert_true(conf_records(&conf, text_from("boss")));
	conf.last_access = false;
	assert_false(conf_records(&conf, text_from("boss")));
	conf_fini(&conf);
}

static void
conf_may_be_given_back_twice(void **state)
{
	struct conf conf;

	(void)state;
	conf_init(&conf);
	conf_fini(&conf);
	assert_null(conf.store_path);
	conf_fini(&conf);
}

static void
reload_takes_what_may_change(void **state)
{
	struct conf conf;
	struct conf next;
	char ignored[256] = "x";

	(void)state;
	conf_init(&conf);
	conf_init(&next);
	next.imap_userlist = true;
	next.last_access = true;
	next.allow_snmp = true;
	next.poll_seconds = 7;
	next.retention_days = 30;
	next.web_seconds = 8;
	next.webmail_hosts.count = 1;
	assert_true(
	    network_parse(&next.webmail_hosts.network[0], text_from("192.0.2.7/24")));
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_string_equal(ignored, "");
	assert_true(conf.imap_userlist);
	assert_true(conf.last_access);
	assert_true(conf.allow_snmp);
	assert_int_equal(conf.poll_seconds, 7);
	assert_int_equal(conf.retention_days, 30);
	assert_int_equal(conf.web_seconds, 8);
	assert_int_equal(conf.webmail_hosts.count, 1);
	assert_int_equal(conf.webmail_hosts.network[0].bits, 24);
	assert_null(next.store_path);
	conf_fini(&conf);
}

/* The only alarm of CONF. */
static void
add_alarm(struct conf *conf, const char *name)
{
	struct conf_alarm *alarm = conf_alarms_add(&conf->alarms);
	struct error err;

	free(alarm->name);
	alarm->name = strdup(name);
	alarm->rising = 5;
	assert_null(conf_alarms_check(&conf->alarms, &err));
}

static void
reload_takes_other_alarms_and_leaves_equal_ones(void **state)
{
	struct conf conf;
	struct conf next;
	const struct conf_alarm *before;
	char ignored[256];

	(void)state;
	conf_init(&conf);
	conf_init(&next);
	add_alarm(&conf, "many");
	add_alarm(&next, "many");
	before = conf.alarms.all;
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_ptr_equal(conf.alarms.all, before);
	assert_int_equal(next.alarms.count, 0);

	conf_init(&next);
	add_alarm(&next, "more");
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_string_equal(ignored, "");
	assert_int_equal(conf.alarms.count, 1);
	assert_string_equal(conf.alarms.all[0].name, "more");
	assert_int_equal(next.alarms.count, 0);

	conf_init(&next);
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_int_equal(conf.alarms.count, 0);
	conf_fini(&conf);
}

static void
reload_takes_what_is_told_when(void **state)
{
	struct conf conf;
	struct conf next;
	char ignored[256];

	(void)state;
	conf_init(&conf);
	conf_init(&next);
	next.notify_min_seconds = 1;
	next.returned_seconds = 2;
	next.user_sessions = 3;
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_string_equal(ignored, "");
	assert_int_equal(conf.notify_min_seconds, 1);
	assert_int_equal(conf.returned_seconds, 2);
	assert_int_equal(conf.user_sessions, 3);
	conf_fini(&conf);
}

static void
reload_names_what_needs_a_restart(void **state)
{
	struct conf conf;
	struct conf next;
	char ignored[256];

	(void)state;
	conf_init(&conf);
	conf_init(&next);
	free(next.store_path);
	next.store_path = strdup("/elsewhere");
	next.agentx_enable = false;
	next.store_map_gib = 1;
	next.audit_rows = 5;
	next.inactive_days.number[0]++;
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_string_equal(
	    ignored, "agentx.enable inactive_days store.map_gib store.path");
	assert_int_equal(conf.inactive_days.number[0], 30);
	assert_string_equal(conf.store_path, IMSC_STATEDIR "/imsconn");
	assert_true(conf.agentx_enable);
	assert_int_equal(conf.store_map_gib, 16);
	assert_int_equal(conf.audit_rows, 5);
	conf_fini(&conf);
}

static void
reload_cuts_the_names_at_the_buffer(void **state)
{
	struct conf conf;
	struct conf next;
	char ignored[16];

	(void)state;
	conf_init(&conf);
	conf_init(&next);
	next.agentx_enable = false;
	next.ping_seconds = 2;
	conf_reload(&conf, &next, ignored, sizeof ignored);
	assert_string_equal(ignored, "agentx.enable a");
	conf_fini(&conf);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_rise),
		cmocka_unit_test(every_key_has_its_default_within_its_limits),
		cmocka_unit_test(a_service_is_listed_where_its_key_says_so),
		cmocka_unit_test(
		    a_master_users_login_is_an_access_only_where_it_is_wanted),
		cmocka_unit_test(conf_may_be_given_back_twice),
		cmocka_unit_test(reload_takes_what_may_change),
		cmocka_unit_test(reload_takes_other_alarms_and_leaves_equal_ones),
		cmocka_unit_test(reload_takes_what_is_told_when),
		cmocka_unit_test(reload_names_what_needs_a_restart),
		cmocka_unit_test(reload_cuts_the_names_at_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
