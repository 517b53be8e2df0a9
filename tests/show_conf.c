/* SPDX-License-Identifier: ISC */
/*
 * Prints the table of configuration keys, one a line: path, type, default, limits or allowed
 * words, and what SIGHUP does, with tabs; with -a those of an alarm; or, given a file, the
 * value of each key in it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/conf_text.h"

static void
print_key(const struct conf_key *key)
{
	static const char *const types[] = {
		[CONF_BOOL] = "boolean",
		[CONF_INT] = "number",
		[CONF_STRING] = "string",
		[CONF_ALARMS] = "list",
		[CONF_NUMBERS] = "array",
		[CONF_STRINGS] = "strings",
		[CONF_NAMES] = "names",
		[CONF_NETWORKS] = "networks",
	};

	printf("%s\t%s\t%s\t", key->path, types[key->type], key->standard);
	if (key->allowed != NULL)
		printf("%s", key->allowed);
	else if (key->type != CONF_BOOL)
		printf("%d-%d", key->low, key->high);
	printf("\t%s\n", key->reload ? "reload" : "restart");
}

static int
print_keys(const struct conf_key *keys)
{
	for (const struct conf_key *key = keys; key->path != NULL; key++)
		print_key(key);
	return EXIT_SUCCESS;
}

static void
print_value(const struct conf *conf, const struct conf_key *key)
{
	char text[2048];

	conf_text(text, sizeof text, conf, key);
	printf("%s\t%s\n", key->path, text);
}

int
main(int argc, char *argv[])
{
	struct conf conf;
	struct error err;
	int result = 0;

	if (argc < 2)
		return print_keys(conf_keys);
	if (strcmp(argv[1], "-a") == 0)
		return print_keys(conf_alarm_keys);
	result = conf_read(&conf, argv[1], &err);
	if (result == -1)
		fprintf(stderr, "%s\n", err.text);
	for (const struct conf_key *key = conf_keys; result == 0 && key->path; key++)
		print_value(&conf, key);
	conf_fini(&conf);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
