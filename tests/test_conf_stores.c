/* SPDX-License-Identifier: ISC */
/* agent/conf_stores.c: the files of several stores, their defaults, and what none may share. */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/conf_stores.h"
#include "tests/unit.h"

static char private[] = "/tmp/imsc-stores.XXXXXX";
static char main_path[64]; /* of the main file, in there */

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", private, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* TEXT with the private folder for each @. */
static void
expect_text(const char *got, const char *text)
{
	char expected[1024] = "";

	for (; *text != '\0'; text++) {
		size_t used = strlen(expected);

		if (*text == '@')
			snprintf(
			    expected + used, sizeof expected - used, "%s", private);
		else
			snprintf(expected + used, sizeof expected - used, "%c", *text);
	}
	assert_string_equal(got, expected);
}

/* With these as the main file and new.conf, or without the latter, reading all fails so. */
static void
expect_error(const char *main_text, const char *new_text, const char *error)
{
	struct conf_stores stores = { 0 };
	struct error err = { 0 };

	write_file("imsconn.conf", main_text);
	if (new_text != NULL)
		write_file("new.conf", new_text);
	assert_int_equal(conf_stores_read(&stores, main_path, &err), -1);
	expect_text(err.text, error);
	conf_stores_fini(&stores);
}

static void
expect_good(const char *main_text, const char *new_text, size_t count)
{
	struct conf_stores stores = { 0 };
	struct error err = { 0 };

	write_file("imsconn.conf", main_text);
	write_file("new.conf", new_text);
	if (conf_stores_read(&stores, main_path, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(stores.count, count);
	conf_stores_fini(&stores);
}

static void
without_further_stores_there_is_the_main_one(void **state)
{
	struct conf_stores stores = { 0 };
	struct error err = { 0 };

	(void)state;
	write_file("imsconn.conf", "retention = 3;");
	assert_int_equal(conf_stores_read(&stores, main_path, &err), 0);
	assert_int_equal(stores.count, 1);
	assert_string_equal(stores.store[0].name, "");
	assert_string_equal(stores.store[0].file, main_path);
	assert_int_equal(stores.store[0].conf.retention_days, 3);
	conf_stores_fini(&stores);
	assert_int_equal(stores.count, 0);
}

static void
a_further_store_has_defaults_of_its_own(void **state)
{
	struct conf conf;
	struct error err = { 0 };

	(void)state;
	write_file("imsconn.conf",
	    "stores = [ \"new\" ]; retention = 3; agentx = { context = \"x\"; "
	    "enable = false; socket = \"/there\"; ping_seconds = 7; }; "
	    "store = { path = \"/here\"; map_gib = 2; }; "
	    "dovecot = { dict_socket = \"/d\"; };"
	    "alarms = ( { name = \"a\"; rising = 5; } );");
	write_file("new.conf", "audit = { rows = 9; };");
	assert_int_equal(conf_read_store(&conf, main_path, "new", &err), 0);
	assert_string_equal(conf.store_path, IMSC_STATEDIR "/imsconn/new");
	assert_string_equal(conf.agentx_context, "new");
	assert_string_equal(conf.dict_socket, IMSC_RUNDIR "/imsconn/dict.new.sock");
	assert_int_equal(conf.retention_days, 0);
	assert_int_equal(conf.store_map_gib, 16);
	assert_int_equal(conf.alarms.count, 0);
	assert_int_equal(conf.audit_rows, 9);
	assert_false(conf.agentx_enable);
	assert_string_equal(conf.agentx_socket, "/there");
	assert_int_equal(conf.ping_seconds, 7);
	conf_fini(&conf);
}

static void
a_further_store_sets_what_it_likes(void **state)
{
	struct conf conf;
	struct error err = { 0 };

	(void)state;
	write_file("imsconn.conf", "stores = [ \"new\" ];");
	write_file("new.conf",
	    "store = { path = \"/n\"; }; agentx = { context = \"other\"; }; "
	    "dovecot = { dict_socket = \"\"; };");
	assert_int_equal(conf_read_store(&conf, main_path, "new", &err), 0);
	assert_string_equal(conf.store_path, "/n");
	assert_string_equal(conf.agentx_context, "other");
	assert_string_equal(conf.dict_socket, "");
	conf_fini(&conf);
	assert_int_equal(conf_read_store(&conf, main_path, "", &err), 0);
	assert_string_equal(conf.store_path, IMSC_STATEDIR "/imsconn");
	assert_string_equal(conf.agentx_context, "");
	conf_fini(&conf);
}

static void
what_is_the_processs_stands_in_the_main_file(void **state)
{
	static const char one[] = "stores = [ \"new\" ];";

	(void)state;
	expect_error(one, "\nstores = [];",
	    "@/new.conf:2: stores: is the same for all stores, so it stands only in "
	    "@/imsconn.conf");
	expect_error(one, "agentx = {\n\nenable = true; };",
	    "@/new.conf:3: agentx.enable: is the same for all stores, so it stands "
	    "only in @/imsconn.conf");
	expect_error(one, "agentx = { socket = \"/s\"; };",
	    "@/new.conf:1: agentx.socket: is the same for all stores, so it stands "
	    "only in @/imsconn.conf");
	write_file("part.conf", "\n\nagentx = { ping_seconds = 1; };");
	expect_error(one, "@include \"part.conf\"\n",
	    "@/part.conf:3: agentx.ping_seconds: is the same for all stores, so it "
	    "stands only in @/imsconn.conf");
}

static void
a_fault_in_a_further_file_is_named_with_its_place(void **state)
{
	static const char one[] = "stores = [ \"new\" ];";

	(void)state;
	expect_error(one, "\nretention = -1;",
	    "@/new.conf:2: retention: cannot be -1; allowed: a whole number from 0 to "
	    "36500");
	expect_error("stores = [ \"new\", \"none\" ];", "",
	    "cannot read @/none.conf: No such file or directory");
	expect_error("stores = [ \"imsconn\" ];", NULL,
	    "@/imsconn.conf: stores: \"imsconn\" would be in this file itself; give it "
	    "another name");
}

static void
an_unknown_store_is_told_which_there_are(void **state)
{
	struct conf conf;
	struct error err = { 0 };

	(void)state;
	write_file("imsconn.conf", "stores = [ \"new\", \"old\" ];");
	assert_int_equal(conf_read_store(&conf, main_path, "ne\nw", &err), -1);
	expect_text(err.text,
	    "there is no store \"ne\\x0aw\"; beside the main one, @/imsconn.conf has: "
	    "new, old");
	conf_fini(&conf);
	write_file("imsconn.conf", "");
	assert_int_equal(conf_read_store(&conf, main_path, "new", &err), -1);
	expect_text(err.text,
	    "there is no store \"new\", but only the main one: @/imsconn.conf names "
	    "none in stores");
	conf_fini(&conf);
}

static void
no_two_stores_share_a_folder_or_a_context(void **state)
{
	char main_text[256];
	char new_text[256];

	(void)state;
	expect_error("stores = [ \"new\" ]; store = { path = \"/none/s\"; };",
	    "store = { path = \"/none/s\"; };",
	    "@/new.conf: store.path: \"/none/s\" is store.path of @/imsconn.conf; "
	    "each store needs its own");
	snprintf(main_text, sizeof main_text,
	    "stores = [ \"new\" ]; store = { path = \"%s\"; };", private);
	snprintf(new_text, sizeof new_text, "store = { path = \"%s/.//\"; };", private);
	expect_error(main_text, new_text,
	    "@/new.conf: store.path: \"@/.//\" is store.path of @/imsconn.conf; each "
	    "store needs its own");
	expect_error("stores = [ \"new\" ];", "agentx = { context = \"\"; };",
	    "@/new.conf: agentx.context: \"\" is agentx.context of @/imsconn.conf; "
	    "each store needs its own");
	write_file("old.conf", "agentx = { context = \"new\"; };");
	expect_error("stores = [ \"new\", \"old\" ];", "",
	    "@/old.conf: agentx.context: \"new\" is agentx.context of @/new.conf; "
	    "each store needs its own");
}

static void
no_two_stores_share_a_socket(void **state)
{
	static const char one[] = "stores = [ \"new\" ];";

	(void)state;
	expect_error(one,
	    "dovecot = { dict_socket = \"" IMSC_RUNDIR "/imsconn/dict.sock\"; };",
	    "@/new.conf: dovecot.dict_socket: \"" IMSC_RUNDIR
	    "/imsconn/dict.sock\" is dovecot.dict_socket of @/imsconn.conf; each store "
	    "needs its own");
	expect_error("stores = [ \"new\" ]; dovecot = { dict_socket = \"/s\"; };",
	    "feed = { socket = \"/s\"; };",
	    "@/new.conf: feed.socket: \"/s\" is dovecot.dict_socket of @/imsconn.conf; "
	    "each store needs its own");
	expect_good("stores = [ \"new\" ]; dovecot = { dict_socket = \"\"; };",
	    "dovecot = { dict_socket = \"\"; };", 2);
	expect_good("stores = [ \"new\" ]; dovecot = { anvil_socket = \"/a\"; };",
	    "dovecot = { anvil_socket = \"/a\"; };", 2);
}

static void
sixteen_stores_are_not_too_many(void **state)
{
	char main_text[256] = "stores = [ \"new\"";
	char name[16];

	(void)state;
	for (int i = 1; i < CONF_STRINGS_MAX; i++) {
		size_t used = strlen(main_text);

		snprintf(name, sizeof name, "s%d.conf", i);
		write_file(name, "");
		snprintf(main_text + used, sizeof main_text - used, ", \"s%d\"", i);
	}
	strcat(main_text, " ];");
	expect_good(main_text, "", 1 + CONF_STRINGS_MAX);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(private) == NULL)
		return -1;
	snprintf(main_path, sizeof main_path, "%s/imsconn.conf", private);
	return 0;
}

static int
remove_folder(void **state)
{
	DIR *folder = opendir(private);
	const struct dirent *entry;
	char path[512];

	(void)state;
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", private, entry->d_name);
		unlink(path);
	}
	if (folder != NULL)
		closedir(folder);
	return rmdir(private);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_further_stores_there_is_the_main_one),
		cmocka_unit_test(a_further_store_has_defaults_of_its_own),
		cmocka_unit_test(a_further_store_sets_what_it_likes),
		cmocka_unit_test(what_is_the_processs_stands_in_the_main_file),
		cmocka_unit_test(a_fault_in_a_further_file_is_named_with_its_place),
		cmocka_unit_test(an_unknown_store_is_told_which_there_are),
		cmocka_unit_test(no_two_stores_share_a_folder_or_a_context),
		cmocka_unit_test(no_two_stores_share_a_socket),
		cmocka_unit_test(sixteen_stores_are_not_too_many),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
