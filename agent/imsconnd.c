/* SPDX-License-Identifier: ISC */
/*
 * imsconnd: options, the check of the configuration, and then one store in this process, or
 * each of several in one of its own.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/conf_stores.h"
#include "agent/daemon.h"
#include "agent/log.h"
#include "agent/supervisor.h"
#include "agent/systemd.h"

struct options {
	const char *conf_path;
	const char *master; /* the address of snmpd; NULL for the configuration's */
	bool check_only;
	bool debug;
};

static void
print_usage(FILE *out)
{
	fputs("usage: imsconnd [-CdhV] [-f file] [-x address]\n", out);
}

/* -1: go on; else the exit status. */
static int
parse_options(struct options *options, int argc, char **argv)
{
	int option;

	*options = (struct options){ .conf_path = CONF_DEFAULT_PATH };
	while ((option = getopt(argc, argv, "CdhVf:x:")) != -1) {
		switch (option) {
		case 'C':
			options->check_only = true;
			break;
		case 'd':
			options->debug = true;
			break;
		case 'f':
			options->conf_path = optarg;
			break;
		case 'x':
			options->master = optarg;
			break;
		case 'h':
			print_usage(stdout);
			return EX_OK;
		case 'V':
			puts("imsconnd " PACKAGE_VERSION);
			return EX_OK;
		default:
			print_usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	print_usage(stderr);
	return EX_USAGE;
}

/* Every feed connection and every watched process is a descriptor. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warning(
		    "cannot raise the limit of file descriptors: %s", strerror(errno));
}

static int
check(struct conf_stores *stores, const char *path, struct error *err)
{
	if (conf_stores_read(stores, path, err) == -1)
		return -1;
	for (size_t i = 0; i < stores->count; i++)
		if (daemon_check(&stores->store[i].conf, err) == -1)
			return -1;
	return 0;
}

/* "dict" is the main store's socket, "dict.NAME" another one's. */
static int
find_socket(const char *kind, const char *store)
{
	char name[64];

	snprintf(name, sizeof name, "%s%s%s", kind, store[0] ? "." : "", store);
	return systemd_socket(name);
}

static void
close_sockets(const struct collector_sockets *sockets)
{
	if (sockets->dict != -1)
		close(sockets->dict);
	if (sockets->feed != -1)
		close(sockets->feed);
}

/* A store's process keeps what is its own. */
static int
run_store(size_t number, int ready_fd, void *arg)
{
	struct daemon_setup *setups = arg;

	for (size_t i = 0; setups[i].store != NULL; i++)
		if (i != number)
			close_sockets(&setups[i].sockets);
	setups[number].ready_fd = ready_fd;
	log_set_store(setups[number].store);
	return daemon_run(&setups[number]);
}

static int
run(const struct options *options, const struct conf_stores *stores)
{
	struct daemon_setup setups[sizeof stores->store / sizeof stores->store[0] + 1];
	const char *names[sizeof setups / sizeof setups[0]];

	memset(setups, 0, sizeof setups);
	for (size_t i = 0; i < stores->count; i++) {
		names[i] = stores->store[i].name;
		setups[i] = (struct daemon_setup){ .conf_path = options->conf_path,
			.store = names[i],
			.master = options->master,
			.sockets = { .dict = find_socket("dict", names[i]),
			    .feed = find_socket("feed", names[i]) },
			.ready_fd = -1 };
	}
	if (stores->count == 1)
		return daemon_run(&setups[0]);
	return supervisor_run(names, stores->count, run_store, setups);
}

int
main(int argc, char **argv)
{
	struct conf_stores *stores;
	struct options options;
	struct error err;
	int status = parse_options(&options, argc, argv);

	if (status != -1)
		return status;
	log_open("imsconnd", options.debug);
	log_echo_audit();
	stores = xcalloc(1, sizeof *stores);
	if (check(stores, options.conf_path, &err) == -1) {
		log_error("%s", err.text);
		status = EX_CONFIG;
	} else if (options.check_only) {
		for (size_t i = 0; i < stores->count; i++)
			printf(
			    "%s: the configuration is good\n", stores->store[i].file);
		status = EX_OK;
	} else {
		raise_descriptor_limit();
		umask(007);
		daemon_block_signals();
		status = run(&options, stores);
	}
	conf_stores_fini(stores);
	free(stores);
	return status;
}
