/* SPDX-License-Identifier: ISC */
/*
 * What sessions transfer and since when they are idle, as far as the kernel tells: now and then it
 * is asked of each session's connection, some in each turn.
 */
#include "config.h"

#include "agent/clock.h"
#include "agent/collect/activity.h"
#include "agent/collect/collector_state.h"
#include "agent/collect/tcp_session.h"
#include "agent/log.h"

enum {
	SESSIONS_A_SLICE = 1024, /* a few milliseconds */
	CYCLES_OF_SILENCE =
	    2, /* after which all that went out before was acknowledged */
	FORGET_AGAIN_SECONDS = 1
};

/* Where the mail server tells itself since when a session is idle, that is nearer to the truth. */
static bool
is_heard(const struct collector *collector)
{
	return !(collector->backend->capabilities & 1u << CAPABILITY_IDLE_TIME);
}

static int
write_activity(
    struct collector *collector, const struct session *session, struct error *err)
{
	struct view *view = collector_writer(collector);

	return view == NULL ?
	    -1 :
	    session_count(view,
		(struct session_key){ session->service, session->number },
		&session->octets, session->active_us, err);
}

/* A connection that is gone leaves what was known of it. */
static int
ask(struct collector *collector, struct session *session, struct error *err)
{
	int64_t silence_us = (int64_t)collector->conf.activity_seconds *
	    CYCLES_OF_SILENCE * CLOCK_SECOND_US;
	struct tcp_connection connection;
	int count = tcp_find_session(collector->tcp, session->service, &session->local,
	    &session->remote, &connection, err);

	if (count == -1)
		return -1;
	if (count != 1 ||
	    !activity_take_connection(
		session, &connection, is_heard(collector), clock_now_us(), silence_us))
		return 0;
	return write_activity(collector, session, err);
}

/* Nobody looks any more: what was known grows wrong. */
static int
forget(struct collector *collector, struct session *session, struct error *err)
{
	session->octets = (struct octets){ 0 };
	if (is_heard(collector))
		session->active_us = 0;
	return write_activity(collector, session, err);
}

/* 1 if there are more, 0 if these were the last, -1 for a failure. */
static int
work(struct collector *collector, struct error *err)
{
	bool looks = collector->conf.activity_seconds > 0;
	struct view *view = collector_view(collector, err);
	struct session session;

	if (view == NULL)
		return -1;
	for (int i = 0; i < SESSIONS_A_SLICE; i++) {
		if (!session_seek(view, looks ? SESSION_ANY : SESSION_OCTETS,
			collector->activity_at, true, &session))
			return 0;
		collector->activity_at =
		    (struct session_key){ session.service, session.number };
		if (session.process.pid != 0 &&
		    (looks ? ask : forget)(collector, &session, err) == -1)
			return -1;
	}
	return 1;
}

/* What the kernel does not answer is told once; the store's failure at the end of the turn. */
static void
fail(struct collector *collector, const struct error *err)
{
	if (collector->turn_failed)
		return;
	if (!collector->activity_lost)
		log_warning("what sessions transfer is not known: %s", err->text);
	collector->activity_lost = true;
	tcp_close(collector->tcp);
	collector->tcp = NULL;
}

/* To forget, nobody need be asked. */
static bool
can_ask(struct collector *collector, struct error *err)
{
	if (collector->tcp == NULL)
		collector->tcp = tcp_open(err);
	return collector->tcp != NULL || collector->conf.activity_seconds == 0;
}

static void
begin(struct collector *collector, int seconds)
{
	collector->activity_at = (struct session_key){ SERVICE_NONE, 0 };
	event_add(collector->activity, &(struct timeval){ .tv_sec = seconds });
}

static void
on_activity(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	int seconds = collector->conf.activity_seconds;
	struct error err = { 0 };
	int rc = can_ask(collector, &err) ? work(collector, &err) : -1;

	(void)fd;
	(void)what;
	view_release(collector->reader);
	if (rc == -1)
		fail(collector, &err);
	else if (rc == 0)
		collector->activity_lost = false;
	if (rc == 1) /* on in the next turn */
		event_add(collector->activity, &(struct timeval){ 0 });
	else if (seconds > 0)
		begin(collector, seconds);
	else if (rc == -1)
		begin(collector, FORGET_AGAIN_SECONDS);
}

void
collector_activity_soon(struct collector *collector)
{
	if (collector->backend->polls)
		begin(collector, collector->conf.activity_seconds);
}

void
collector_activity_open(struct collector *collector)
{
	collector->activity = event_new(collector->base, -1, 0, on_activity, collector);
	collector_activity_soon(collector);
}

void
collector_activity_close(struct collector *collector)
{
	if (collector->activity != NULL)
		event_free(collector->activity);
}
