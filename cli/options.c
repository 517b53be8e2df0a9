/* SPDX-License-Identifier: ISC */
/* The command line, and the files of uids that it names. */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/usage.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_BLOCK,
	OPTION_BLOCKED,
	OPTION_STORE,
	OPTION_UNBLOCK
};

static const char short_options[] = ":Vacf:hks:u:v";

static const struct option long_options[] = {
	{ "block", optional_argument, NULL, OPTION_BLOCK },
	{ "blocked", no_argument, NULL, OPTION_BLOCKED },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "h", no_argument, NULL, 'h' },
	{ "help", no_argument, NULL, 'h' },
	{ "store", required_argument, NULL, OPTION_STORE },
	{ "unblock", no_argument, NULL, OPTION_UNBLOCK },
	{ "v", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};

static void
add_uid(struct options *options, struct text uid)
{
	options->uids = xgrow(options->uids, &options->capacity, options->count + 1,
	    sizeof *options->uids);
	options->uids[options->count++] = arena_text(options->arena, uid);
}

/* A line without what stands behind its uid: a newline, CR and blanks. */
static struct text
trim(const char *line, size_t length)
{
	while (length > 0 && memchr("\n\r\t ", line[length - 1], 4) != NULL)
		length--;
	return (struct text){ line, length };
}

static int
read_lines(struct options *options, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int saved;

	while ((length = getline(&line, &size, file)) >= 0) {
		struct text uid = trim(line, (size_t)length);

		if (uid.length > 0 && uid.data[0] != '#')
			add_uid(options, uid);
	}
	saved = errno;
	free(line);
	errno = saved;
	return ferror(file) ? -1 : 0;
}

static int
read_file(struct options *options, const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	int rc = file != NULL ? read_lines(options, file) : -1;

	if (rc == -1)
		warn("cannot read %s", file == stdin ? "standard input" : name);
	if (file != NULL && file != stdin)
		fclose(file);
	return rc;
}

static int
compare_uids(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void
sort_uids(struct options *options)
{
	size_t kept = 0;

	if (options->count == 0)
		return;
	qsort(options->uids, options->count, sizeof *options->uids, compare_uids);
	for (size_t i = 1; i < options->count; i++)
		if (!text_equal(options->uids[i], options->uids[kept]))
			options->uids[++kept] = options->uids[i];
	options->count = kept + 1;
}

bool
options_have(const struct options *options, struct text uid)
{
	return !options->named ||
	    (options->count > 0 &&
		bsearch(&uid, options->uids, options->count, sizeof uid,
		    compare_uids) != NULL);
}

/* What is wrong with --block, --blocked and --unblock, NULL if nothing is. */
static const char *
find_fault_of_block(const struct options *options)
{
	int asked = options->block + options->blocked + options->unblock;

	if (asked == 0)
		return NULL;
	if (asked > 1)
		return "only one of --block, --blocked and --unblock can be asked for";
	if (options->connected || options->access ||
	    (options->disconnect && !options->block))
		return "--blocked and --unblock stand alone, and --block with -k at "
		       "most";
	if (options->service != SERVICE_NONE)
		return "-s has no meaning with --block, --blocked and --unblock";
	if (!options->named && !options->blocked)
		return "--block and --unblock need to be told whom: -u or -f";
	return NULL;
}

/* What is wrong with the options as a whole, NULL if nothing is. */
static const char *
find_fault(const struct options *options)
{
	bool shows = options->connected || options->access;

	if (!shows && !options->disconnect && !options->block && !options->unblock &&
	    !options->blocked)
		return "one of -a, -c, -k, --block, --blocked and --unblock is needed";
	if (options->disconnect && shows)
		return "-k stands alone, without -a and -c";
	if (options->disconnect && options->service != SERVICE_NONE)
		return "-s has no meaning with -k";
	if (options->disconnect && !options->named)
		return "-k needs to be told whom: -u or -f";
	return find_fault_of_block(options);
}

/* Says what is wrong and how it is right; -1. */
static int __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
	usage_print(stderr);
	return -1;
}

static int
set_service(struct options *options, const char *name)
{
	options->service = service_from_name(text_from(name));
	if (options->service == SERVICE_IMAP || options->service == SERVICE_HTTP ||
	    options->service == SERVICE_PROXY)
		return 0;
	return fail("-s takes imap, http or proxy, not \"%s\"", name);
}

static int
set_uid(struct options *options, const char *uid)
{
	if (*uid == '\0')
		return fail("-u needs a uid that is not empty");
	options->named = true;
	add_uid(options, text_from(uid));
	return 0;
}

/* "90s", "30m", "12h", "7d", "2w": how many of what, up to a hundred years. */
static int
set_duration(struct options *options, const char *duration)
{
	static const char units[] = "smhdw";
	static const int64_t seconds[] = { 1, 60, 3600, 86400, 7 * 86400 };
	const int64_t most = (int64_t)36525 * 86400;
	int64_t number = 0;
	const char *at = duration;
	const char *unit;

	options->block = true;
	if (duration == NULL)
		return 0;
	for (; *at >= '0' && *at <= '9' && number <= most; at++)
		number = number * 10 + (*at - '0');
	unit = *at != '\0' && at[1] == '\0' ? strchr(units, *at) : NULL;
	if (number > 0 && unit != NULL && number <= most / seconds[unit - units]) {
		options->block_seconds = number * seconds[unit - units];
		return 0;
	}
	return fail(
	    "--block takes a number of s, m, h, d or w, such as 12h, not \"%s\"",
	    duration);
}

/* OPTION is what getopt_long(3) says: ':' for a missing value, '?' for the rest. */
static int
fail_option(const char *argument, int option)
{
	bool is_long = optopt == 0 || optopt >= OPTION_CONFIG ||
	    (option == '?' && strchr(short_options, optopt) != NULL);
	char name[] = { '-', (char)optopt, '\0' };

	if (!is_long)
		argument = name;
	if (option == ':')
		return fail("%s needs a value", argument);
	return fail("there is no option %s", argument);
}

static int
set_file(struct options *options, const char *name)
{
	options->named = true;
	options->files = xgrow(options->files, &options->files_capacity,
	    options->nfiles + 1, sizeof *options->files);
	options->files[options->nfiles++] = name;
	return 0;
}

static int
set_store(struct options *options, const char *name)
{
	if (*name == '\0')
		return fail("--store needs a name that is not empty");
	options->store = name;
	return 0;
}

/* One option but -h and -V. */
static int
set_option(struct options *options, int option, char **argv)
{
	switch (option) {
	case 'a':
		options->access = true;
		return 0;
	case 'c':
		options->connected = true;
		return 0;
	case 'f':
		return set_file(options, optarg);
	case 'k':
		options->disconnect = true;
		return 0;
	case 's':
		return set_service(options, optarg);
	case 'u':
		return set_uid(options, optarg);
	case OPTION_BLOCK:
		return set_duration(options, optarg);
	case OPTION_BLOCKED:
		options->blocked = true;
		return 0;
	case OPTION_UNBLOCK:
		options->unblock = true;
		return 0;
	case OPTION_CONFIG:
		options->config = optarg;
		return 0;
	case OPTION_STORE:
		return set_store(options, optarg);
	default:
		return fail_option(argv[optind - 1], option);
	}
}

/* STATUS_DONE for the options -h and -V, too: DONE says whether there is work. */
static int
read_options(struct options *options, int argc, char **argv, bool *done)
{
	const char *fault;
	int option;

	*done = true;
	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) !=
	    -1) {
		/* The '?' of a wrong option comes with another optopt. */
		if (option == 'h' || (option == '?' && optopt == '?'))
			return usage_help();
		if (option == 'V' || option == 'v')
			return usage_version();
		if (set_option(options, option, argv) == -1)
			return STATUS_USAGE;
	}
	if (optind < argc) {
		fail("\"%s\" is no option; a uid needs -u", argv[optind]);
		return STATUS_USAGE;
	}
	fault = find_fault(options);
	if (fault != NULL) {
		fail("%s", fault);
		return STATUS_USAGE;
	}
	*done = false;
	return STATUS_DONE;
}

bool
options_read(struct options *options, int argc, char **argv, int *status)
{
	bool done;

	memset(options, 0, sizeof *options);
	options->config = CONF_DEFAULT_PATH;
	options->store = "";
	options->arena = arena_new();
	*status = read_options(options, argc, argv, &done);
	if (done)
		return false;
	for (size_t i = 0; i < options->nfiles; i++) {
		if (read_file(options, options->files[i]) == 0)
			continue;
		*status = STATUS_NO_INPUT;
		return false;
	}
	sort_uids(options);
	return true;
}

void
options_fini(struct options *options)
{
	free(options->uids);
	free(options->files);
	arena_free(options->arena);
}
