/* SPDX-License-Identifier: ISC */
/* The command: who is connected, who was there when, and the end of connections. */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent/conf_stores.h"
#include "agent/log.h"
#include "cli/command.h"

/* A file of ours must never become what was closed: the store would be written to. */
static void
fill_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

enum exit_status
command_status(const struct error *err)
{
	return err->kind == ERROR_DENIED ? STATUS_DENIED : STATUS_UNAVAILABLE;
}

static enum exit_status
worse(enum exit_status a, enum exit_status b)
{
	return a > b ? a : b;
}

static enum exit_status
show(struct command *command)
{
	enum exit_status status = STATUS_DONE;

	if (command->options->access)
		status = worse(status, show_access(command));
	if (command->options->connected)
		status = worse(status, show_sessions(command));
	if (status == STATUS_DONE && command->options->named && !command->matched)
		return STATUS_NOTHING;
	return status;
}

/* A reader who has seen enough is no reason for words. */
static enum exit_status
finish_output(struct report *report)
{
	int failure = report_flush(report);

	if (failure == 0)
		return STATUS_DONE;
	if (failure != EPIPE)
		warnx("cannot write: %s", strerror(failure));
	return STATUS_OUTPUT;
}

/* With -k, a user who is blocked need not be connected. */
static enum exit_status
block_and_disconnect(struct command *command)
{
	enum exit_status blocked = block_users(command, AUDIT_BLOCK);
	enum exit_status ended;

	if (!command->options->disconnect)
		return blocked;
	ended = disconnect_users(command);
	if (blocked == STATUS_DONE && ended == STATUS_NOTHING)
		return STATUS_DONE;
	return worse(blocked, ended);
}

static enum exit_status
obey(struct command *command)
{
	const struct options *options = command->options;

	if (options->block)
		return block_and_disconnect(command);
	if (options->disconnect)
		return disconnect_users(command);
	if (options->unblock)
		return block_users(command, AUDIT_UNBLOCK);
	if (options->blocked)
		return show_blocked(command);
	return show(command);
}

static enum exit_status
run(const struct options *options, const struct conf *conf)
{
	struct command command = { .options = options, .conf = conf };
	enum exit_status status;

	command.report = report_new(STDOUT_FILENO);
	if (store_open(&command.store, conf->store_path, STORE_READ,
		conf->store_map_gib, &command.store_error) == -1)
		command.store = NULL;
	status = obey(&command);
	status = worse(status, finish_output(command.report));
	store_close(command.store);
	report_free(command.report);
	return status;
}

static enum exit_status
read_conf(struct conf *conf, const struct options *options)
{
	struct error err;

	if (conf_read_store(conf, options->config, options->store, &err) == 0)
		return STATUS_DONE;
	warnx("%s", err.text);
	return err.kind == ERROR_DENIED ? STATUS_DENIED : STATUS_CONFIG;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct conf conf;
	int status;

	fill_standard_files();
	signal(SIGPIPE, SIG_IGN);
	log_open("imsconnutil", false);
	if (options_read(&options, argc, argv, &status)) {
		log_set_store(options.store);
		status = read_conf(&conf, &options);
		if (status == STATUS_DONE)
			status = run(&options, &conf);
		conf_fini(&conf);
	}
	options_fini(&options);
	return status;
}
