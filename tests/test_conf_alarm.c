/* SPDX-License-Identifier: ISC */
/* agent/conf_alarm.c: defaults, rules, what is equal, and how many alarms there may be. Single
 * settings and their errors are test_conf_read's. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/conf_alarm.h"
#include "tests/conf_text.h"
#include "tests/unit.h"

static void
set(char **string, const char *value)
{
	free(*string);
	*string = strdup(value);
}

/* The only alarm of ALARMS: "many", raised at 5. */
static struct conf_alarm *
add_many(struct conf_alarms *alarms)
{
	struct conf_alarm *alarm = conf_alarms_add(alarms);
	struct error err;

	set(&alarm->name, "many");
	alarm->rising = 5;
	assert_null(conf_alarms_check(alarms, &err));
	return alarm;
}

static void
keys_rise(void **state)
{
	(void)state;
	for (const struct conf_key *key = conf_alarm_keys; key[1].path != NULL; key++)
		assert_true(strcmp(key->path, key[1].path) < 0);
}

static void
new_alarm_has_the_defaults_of_the_keys(void **state)
{
	struct conf_alarms alarms = { 0 };
	const struct conf_alarm *alarm = conf_alarms_add(&alarms);
	char text[64];

	(void)state;
	assert_int_equal(alarms.count, 1);
	for (const struct conf_key *key = conf_alarm_keys; key->path != NULL; key++) {
		conf_text(text, sizeof text, alarm, key);
		if (key->type == CONF_BOOL)
			assert_string_equal(
			    text, strcmp(key->standard, "true") == 0 ? "1" : "0");
		else
			assert_string_equal(text, key->standard);
		assert_true(key->reload);
	}
	conf_alarms_fini(&alarms);
}

static void
rule_has_every_setting(void **state)
{
	struct conf_alarms alarms = { 0 };
	struct alarm_rule rule = conf_alarm_rule(add_many(&alarms));

	(void)state;
	assert_text(rule.name, "many");
	assert_ptr_equal(rule.name.data, alarms.all[0].name);
	assert_int_equal(rule.object, ALARM_SESSIONS);
	assert_int_equal(rule.service, SERVICE_ALL);
	assert_int_equal(rule.direction, ALARM_RISING);
	assert_true(rule.startup);
	assert_int_equal(rule.rising, 5);
	assert_int_equal(rule.falling, 4);
	alarms.all[0].startup = false;
	alarms.all[0].rising = INT32_MAX;
	rule = conf_alarm_rule(&alarms.all[0]);
	assert_false(rule.startup);
	assert_int_equal(rule.rising, INT32_MAX);
	conf_alarms_fini(&alarms);
}

/* What WORD, of this LENGTH, makes of KEY in the rule. */
static int
number_of_word(const struct conf_key *key, const char *word, size_t length)
{
	struct conf_alarms alarms = { 0 };
	struct conf_alarm *alarm = add_many(&alarms);
	char **field = (void *)((char *)alarm + key->offset);
	struct alarm_rule rule;

	free(*field);
	*field = strndup(word, length);
	rule = conf_alarm_rule(alarm);
	conf_alarms_fini(&alarms);
	if (strcmp(key->path, "object") == 0)
		return (int)rule.object;
	if (strcmp(key->path, "service") == 0)
		return (int)rule.service;
	assert_string_equal(key->path, "direction");
	return (int)rule.direction;
}

/* The words of a key are in the order of their numbers, which begin at 1; services have their own. */
static void
every_word_has_its_number(void **state)
{
	int words = 0;

	(void)state;
	for (const struct conf_key *key = conf_alarm_keys; key->path != NULL; key++) {
		const char *word = key->allowed;

		for (int number = 1; word != NULL && *word != '\0'; number++, words++) {
			size_t length = strcspn(word, "|");

			if (strcmp(key->path, "service") == 0)
				number = (int)service_from_name(
				    (struct text){ word, length });
			assert_int_equal(number_of_word(key, word, length), number);
			assert_true(number > 0);
			word += length + (word[length] == '|');
		}
	}
	assert_int_equal(words, 4 + 5 + 2);
}

/* Whether two alarms are equal of which one has VALUE, as text, at KEY. */
static bool
is_equal_with(const struct conf_key *key, const char *value)
{
	struct conf_alarms first = { 0 };
	struct conf_alarms second = { 0 };
	struct conf_alarm *alarm;
	void *field;
	bool equal;

	add_many(&first);
	alarm = add_many(&second);
	field = (char *)alarm + key->offset;
	if (key->type == CONF_STRING)
		set(field, value);
	else if (key->type == CONF_INT)
		*(int *)field = atoi(value);
	else
		*(bool *)field = atoi(value) == 1;
	equal = conf_alarms_equal(&first, &second);
	assert_int_equal(conf_alarms_equal(&second, &first), equal);
	conf_alarms_fini(&first);
	conf_alarms_fini(&second);
	return equal;
}

static void
alarms_are_equal_if_every_setting_is(void **state)
{
	static const char *const others[] = { "falling", "3", "Many", "users", "6",
		"http", "0" };
	static const char *const same[] = { "rising", "4", "many", "sessions", "5",
		"all", "1" };
	size_t i = 0;

	(void)state;
	for (const struct conf_key *key = conf_alarm_keys; key->path != NULL;
	     key++, i++) {
		assert_true(i < sizeof others / sizeof others[0]);
		assert_false(is_equal_with(key, others[i]));
		assert_true(is_equal_with(key, same[i]));
	}
	assert_int_equal(i, sizeof others / sizeof others[0]);
}

static void
lists_are_equal_if_they_are_as_long(void **state)
{
	struct conf_alarms none = { 0 };
	struct conf_alarms one = { 0 };

	(void)state;
	add_many(&one);
	assert_true(conf_alarms_equal(&none, &none));
	assert_false(conf_alarms_equal(&none, &one));
	assert_false(conf_alarms_equal(&one, &none));
	conf_alarms_fini(&one);
	assert_int_equal(one.count, 0);
	assert_true(conf_alarms_equal(&none, &one));
	conf_alarms_fini(&one);
}

static void
write_alarms(FILE *file, int count)
{
	rewind(file);
	fprintf(file, "alarms = (\n");
	for (int i = 1; i <= count; i++)
		fprintf(file, "{ name = \"n%d\"; rising = %d; }%s\n", i, i,
		    i < count ? "," : "");
	fprintf(file, ");\n");
	assert_int_equal(fflush(file), 0);
}

static void
thousand_alarms_are_taken_and_no_more(void **state)
{
	char path[] = "/tmp/imsc-alarms.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct error expected;
	struct error err = { 0 };
	struct alarm_rule last;
	struct conf conf;

	(void)state;
	assert_non_null(file);
	write_alarms(file, ALARMS_MAX);
	assert_int_equal(conf_read(&conf, path, &err), 0);
	assert_int_equal(conf.alarms.count, 1000);
	last = conf_alarm_rule(&conf.alarms.all[999]);
	assert_text(last.name, "n1000");
	assert_int_equal(last.rising, 1000);
	assert_null(conf_alarms_add(&conf.alarms));
	conf_fini(&conf);

	write_alarms(file, ALARMS_MAX + 1);
	assert_int_equal(conf_read(&conf, path, &err), -1);
	error_set(&expected,
	    "%s:1002: alarms[1001]: is one too many; allowed: at most 1000 alarms",
	    path);
	assert_string_equal(err.text, expected.text);
	conf_fini(&conf);
	fclose(file);
	unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_rise),
		cmocka_unit_test(new_alarm_has_the_defaults_of_the_keys),
		cmocka_unit_test(rule_has_every_setting),
		cmocka_unit_test(every_word_has_its_number),
		cmocka_unit_test(alarms_are_equal_if_every_setting_is),
		cmocka_unit_test(lists_are_equal_if_they_are_as_long),
		cmocka_unit_test(thousand_alarms_are_taken_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
