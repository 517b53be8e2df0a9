/* SPDX-License-Identifier: ISC */
/* What the logins and logouts that the mail server's log tells make of the store. */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/process.h"
#include "agent/collect/reconcile.h"
#include "agent/collect/told.h"
#include "agent/collect/webmail.h"

enum {
	/* A process starts in the second whose beginning its login's line tells. */
	START_SLACK_US = 2 * 1000000
};

/*
 * Whether the session that is told of may still be there: its process is the one that has the pid
 * now, and, unless it is so FRESH that there was no time to say so, still says that it serves it.
 */
static bool
lives(const struct collector *collector, const struct session *login, bool fresh)
{
	const struct backend *backend = collector->backend;
	uint64_t ticks;

	if (login->process.pid == 0 || !process_started(login->process.pid, &ticks) ||
	    process_ticks_us(ticks) > login->login_us + START_SLACK_US)
		return false;
	return backend->serves == NULL ||
	    (fresh && login->login_us > clock_now_us() - RECONCILE_GRACE_US) ||
	    backend->serves(&collector->conf, login);
}

void
collector_told_note(struct collector *collector, struct told *told, struct view *view,
    const struct session *login)
{
	struct session known = { 0 };

	if (login->process.pid == 0 || !told_in_process(view, login, &known))
		known.number = 0;
	told_note(told, view, login,
	    (struct session_key){ login->service, known.number },
	    collector_records(collector, login) &&
		!webmail_made(&collector->conf, login));
}

/* Who had the name of the session before has left: a connection of HTTP may be several users'. */
static int
end_other(struct collector *collector, struct told *told, struct view *view,
    const struct session *login, struct error *err)
{
	const struct told_login *other = told_find(told, login);
	struct session logout = *login;

	if (other == NULL || text_equal(other->user, login->user))
		return 0;
	logout.user = other->user;
	return collector_told_logout(collector, told, view, &logout, err);
}

/* It is no row: nothing else counts it. */
static void
count_over(
    const struct collector *collector, struct view *view, const struct session *login)
{
	if (collector->backend->names_once &&
	    collector_lists(collector, login->service) &&
	    !webmail_made(&collector->conf, login))
		store_count_login(view, login->service, login->login_us);
}

int
collector_told_login(struct collector *collector, struct told *told, struct view *view,
    const struct session *told_of, bool counts, struct error *err)
{
	struct session login = *told_of;

	if (told_before(told, &login) ||
	    (collector->backend->one_at_a_time && told_claim(told, view, &login)))
		return collector_write_more(collector, view, &login, err);
	if (!lives(collector, &login, counts))
		login.process.pid = 0;
	if (end_other(collector, told, view, &login, err) == -1 ||
	    collector_write_login(collector, view, &login, err) == -1)
		return -1;
	collector_told_note(collector, told, view, &login);
	if (login.process.pid != 0)
		watch_add(collector->watch,
		    &(struct process){ login.process.pid, process_now_ticks() });
	else if (counts)
		count_over(collector, view, &login);
	return 0;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Nobody may have logged in, where a logout does not say who did. */
int
collector_told_logout(struct collector *collector, struct told *told, struct view *view,
    const struct session *logout, struct error *err)
{
	const struct told_login *login = told_find(told, logout);
	struct session known;
	bool open = told_session(told, view, logout, &known) ||
	    told_in_process(view, logout, &known);
	int rc = 0;

	if (open || login != NULL || logout->user.length > 0)
		store_count_octets(view, logout->service, &logout->octets);
	if (open)
		rc = session_end(view,
		    (struct session_key){ known.service, known.number },
		    later(logout->login_us, known.login_us),
		    collector_records(collector, &known), err);
	else if (login != NULL && login->records)
		rc = user_record_logout(view, logout->service, login->user,
		    later(logout->login_us, login->login_us), err);
	told_leave(told, logout);
	return rc;
}
