/* SPDX-License-Identifier: ISC */
/* -c: who is connected. */
#include "config.h"

#include <err.h>

#include "agent/clock.h"
#include "agent/collect/roster.h"
#include "cli/command.h"
#include "cli/local_time.h"

/* POP is not among them: its users do not stay connected. */
static const enum service shown_services[] = { SERVICE_IMAP, SERVICE_HTTP,
	SERVICE_PROXY };
enum {
	SHOWN_COUNT = sizeof shown_services / sizeof shown_services[0]
};

/* Few hosts are proxies: where it is not enabled, nothing is said of it unasked. */
static bool
is_asked(const struct command *command, enum service service)
{
	if (command->options->service == SERVICE_NONE)
		return service != SERVICE_PROXY || command->conf->proxy_userlist;
	return command->options->service == service;
}

static bool
is_shown(const struct command *command, enum service service)
{
	return service != SERVICE_POP3 && is_asked(command, service) &&
	    conf_lists(command->conf, service);
}

static bool
shows_any(const struct command *command)
{
	bool any = false;

	for (size_t i = 0; i < SHOWN_COUNT; i++)
		any |= is_shown(command, shown_services[i]);
	return any;
}

/* What is to be shown, of each service. */
struct counts {
	size_t of[SERVICE_END];
};

/* Leaves what is to be shown, in its order. */
static struct counts
choose_rows(const struct command *command, struct roster *roster)
{
	struct counts counts = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < roster->count; i++) {
		const struct roster_row *row = roster->rows[i];

		if (!is_shown(command, row->service) ||
		    !options_have(command->options, row->user))
			continue;
		roster->rows[n++] = row;
		counts.of[row->service]++;
	}
	roster->count = n;
	return counts;
}

static void
print_summaries(const struct command *command, const struct counts *counts)
{
	for (size_t i = 0; i < SHOWN_COUNT; i++) {
		enum service service = shown_services[i];

		if (is_shown(command, service))
			report_summary(command->report, service, counts->of[service]);
		else if (is_asked(command, service))
			report_disabled(command->report, service_name(service));
	}
}

static void
print_roster(struct command *command, struct roster *roster)
{
	struct counts counts = choose_rows(command, roster);

	report_sessions(command->report, roster->rows, roster->count);
	print_summaries(command, &counts);
	command->matched = command->matched || roster->count > 0;
}

/* One line: why the mail server could not be asked, and how old is what is shown. */
static void
say_old(const struct error *why, int64_t taken_us)
{
	struct local_time *zone = local_time_new();
	char s[LOCAL_TIME_SIZE];

	local_time_format(zone, s, taken_us);
	if (taken_us == 0)
		warnx("%s; what is shown was known at an unknown time", why->text);
	else
		warnx("%s; what is shown was known at %s, %lld seconds ago", why->text,
		    s, (long long)(clock_now_us() - taken_us) / CLOCK_SECOND_US);
	local_time_free(zone);
}

/* What can be shown without the mail server, which could not be asked for reason WHY. */
static bool
recall(const struct command *command, struct roster *roster, const struct error *why,
    enum exit_status *status)
{
	struct error err = command->store_error;

	if (command->store != NULL &&
	    roster_recall(roster, command->store, &err) == 0) {
		say_old(why, roster->taken_us);
		*status = STATUS_OLD;
		return true;
	}
	warnx("%s", why->text);
	warnx("%s", err.text);
	*status = command_status(why);
	return false;
}

/* False if nothing can be shown. STATUS says how good it is. */
static bool
take(const struct command *command, struct roster *roster, enum exit_status *status)
{
	struct error err;

	if (roster_take(roster, command->conf, command->store, &err) == -1)
		return recall(command, roster, &err, status);
	*status = STATUS_DONE;
	if (command->store != NULL)
		return true;
	warnx(
	    "%s; only what the mail server lists is shown", command->store_error.text);
	if (command->store_error.kind == ERROR_DENIED)
		*status = STATUS_DENIED;
	return true;
}

enum exit_status
show_sessions(struct command *command)
{
	struct roster roster = { 0 };
	enum exit_status status;

	if (!shows_any(command)) {
		print_summaries(command, &(struct counts){ 0 });
		return STATUS_DONE;
	}
	if (take(command, &roster, &status))
		print_roster(command, &roster);
	roster_fini(&roster);
	return status;
}
