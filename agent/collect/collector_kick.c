/* SPDX-License-Identifier: ISC */
/* The collector's kicks: from the queue, all that wait at once, to the audit. */
#include "config.h"

#include <string.h>

#include "agent/collect/collector_state.h"
#include "agent/collect/kick_web.h"
#include "agent/log.h"

static void
audit(struct collector *collector, const struct kick *kick)
{
	struct view *view = collector_writer(collector);
	struct error err;

	if (view != NULL &&
	    kick_audit(view, kick, AUDIT_SNMP, (struct text){ 0 }, &collector->conf,
		&err) == -1)
		collector_write_failed(collector, &err);
	kick_log(kick, AUDIT_SNMP, (struct text){ 0 });
}

static void
end_web(struct collector *collector)
{
	struct view *view = collector_writer(collector);
	struct error err;

	if (view != NULL &&
	    kick_web(view, &collector->conf, collector->kicks, collector->kick_count,
		&err) == -1)
		collector_write_failed(collector, &err);
}

static void
on_done(void *arg, const struct error *unreachable)
{
	struct collector *collector = arg;

	(void)unreachable; /* each kick's reason says it */
	collector->kick_run = NULL;
	end_web(collector);
	for (size_t i = 0; i < collector->kick_count; i++) {
		audit(collector, &collector->kicks[i]);
		kick_fini(&collector->kicks[i]);
		kick_queue_finish(collector->queue, collector->targets[i]);
	}
	collector->kick_count = 0;
	collector_poll_soon(collector);
	event_add(collector->kick_ready, NULL);
}

static void
add_beneath(const struct collector *collector, struct kick *kick)
{
	if (kick->session.service == SERVICE_HTTP && kick->session.number != 0)
		kick->beneath_count = web_processes(collector->web, kick->user,
		    kick->session.number, kick->beneath, KICK_BENEATH_MAX);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct collector *collector = arg;
	const struct kick_target *target;
	size_t count = 0;

	(void)fd;
	(void)what;
	while (count < KICKS_AT_ONCE &&
	    (target = kick_queue_take(collector->queue)) != NULL) {
		collector->targets[count] = target;
		collector->kicks[count] = (struct kick){
			.user = { target->user, target->user_length },
			.session = target->session,
		};
		add_beneath(collector, &collector->kicks[count++]);
	}
	collector->kick_count = count;
	if (count == 0)
		event_add(collector->kick_ready, NULL);
	else
		collector->kick_run = kick_start(collector->base, &collector->conf,
		    collector->store, collector->kicks, count, on_done, collector);
}

void
collector_kick_open(struct collector *collector)
{
	collector->kick_ready = event_new(collector->base,
	    kick_queue_fd(collector->queue), EV_READ, on_ready, collector);
	event_add(collector->kick_ready, NULL);
}

void
collector_kick_close(struct collector *collector)
{
	kick_cancel(collector->kick_run);
	event_free(collector->kick_ready);
}
