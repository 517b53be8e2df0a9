/* SPDX-License-Identifier: ISC */
/* -c: who is connected. */
#include "config.h"

#include <endian.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/roster.h"
#include "cli/command.h"
#include "cli/local_time.h"

/* POP is not among them: its users do not stay connected. */
static const enum service shown_services[] = { SERVICE_IMAP, SERVICE_HTTP };
enum {
	SHOWN_COUNT = sizeof shown_services / sizeof shown_services[0]
};

static bool
is_enabled(const struct conf *conf, enum service service)
{
	return service == SERVICE_IMAP ? conf->imap_userlist : conf->http_userlist;
}

static bool
is_asked(const struct options *options, enum service service)
{
	return options->service == SERVICE_NONE || options->service == service;
}

static bool
is_shown(const struct command *command, enum service service)
{
	return (service == SERVICE_IMAP || service == SERVICE_HTTP) &&
	    is_asked(command->options, service) && is_enabled(command->conf, service);
}

enum {
	PREFIX_WORDS = 2
};

/* A session's place in the output: mostly told by its service and its uid's first octets. */
struct place {
	uint64_t prefix[PREFIX_WORDS];
	const struct session *session;
};

/* The numbers of the services are in the order of the original's output. */
static struct place
place_of(const struct session *session)
{
	struct place place = { .session = session };
	uint8_t octets[sizeof place.prefix] = { (uint8_t)session->service };
	size_t room = sizeof octets - 1;

	memcpy(octets + 1, session->user.data,
	    session->user.length < room ? session->user.length : room);
	memcpy(place.prefix, octets, sizeof octets);
	for (size_t i = 0; i < PREFIX_WORDS; i++)
		place.prefix[i] = be64toh(place.prefix[i]);
	return place;
}

static int
compare_places(const void *a, const void *b)
{
	const struct place *p = a;
	const struct place *q = b;
	const struct session *x = p->session;
	const struct session *y = q->session;
	int order;

	for (size_t i = 0; i < PREFIX_WORDS; i++)
		if (p->prefix[i] != q->prefix[i])
			return p->prefix[i] < q->prefix[i] ? -1 : 1;
	order = text_compare(x->user, y->user);
	if (order != 0)
		return order;
	if (x->login_us != y->login_us)
		return x->login_us < y->login_us ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* The sessions to be shown, in their order; the caller frees the array. */
static const struct session **
choose_sessions(
    const struct command *command, const struct roster *roster, size_t *count)
{
	const struct session **sessions = xcalloc(roster->count, sizeof *sessions);
	struct place *places = xcalloc(roster->count, sizeof *places);
	size_t n = 0;

	for (size_t i = 0; i < roster->count; i++) {
		const struct session *session = &roster->sessions[i];

		if (is_shown(command, session->service) &&
		    options_have(command->options, session->user))
			places[n++] = place_of(session);
	}
	qsort(places, n, sizeof *places, compare_places);
	for (size_t i = 0; i < n; i++)
		sessions[i] = places[i].session;
	free(places);
	*count = n;
	return sessions;
}

static void
print_summary(const struct command *command, enum service service,
    const struct session *const *sessions, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += sessions[i]->service == service;
	if (is_shown(command, service))
		report_summary(command->report, service, n);
	else
		report_disabled(command->report, service_name(service));
}

static void
print_summaries(
    const struct command *command, const struct session *const *sessions, size_t count)
{
	for (size_t i = 0; i < SHOWN_COUNT; i++)
		if (is_asked(command->options, shown_services[i]))
			print_summary(command, shown_services[i], sessions, count);
}

static void
print_roster(struct command *command, const struct roster *roster)
{
	const struct session **sessions;
	size_t count;

	sessions = choose_sessions(command, roster, &count);
	report_sessions(command->report, sessions, count);
	print_summaries(command, sessions, count);
	command->matched = command->matched || count > 0;
	free(sessions);
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

	if (!is_shown(command, SERVICE_IMAP) && !is_shown(command, SERVICE_HTTP)) {
		print_summaries(command, NULL, 0);
		return STATUS_DONE;
	}
	if (take(command, &roster, &status))
		print_roster(command, &roster);
	roster_fini(&roster);
	return status;
}
