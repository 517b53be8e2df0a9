/* SPDX-License-Identifier: ISC */
/* The backends there are, and asking one of them while waiting. */
#include "config.h"

#include <string.h>

#include "agent/collect/backend.h"

static const struct backend *const backends[] = { &dovecot_backend, &cyrus_backend,
	&none_backend };

const struct backend *
backend_find(const char *name)
{
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

bool
backend_may_move(const struct backend *backend, void *state)
{
	return backend->may_move != NULL && backend->may_move(state);
}

bool
backend_hibernates(const struct backend *backend, uint32_t pid)
{
	return backend->hibernates != NULL && backend->hibernates(pid);
}

static unsigned
bit(enum capability capability)
{
	return 1u << capability;
}

unsigned
backend_fed(const struct conf *conf, bool given)
{
	const struct backend *backend = backend_find(conf->backend);
	unsigned fed = 0;

	if (backend != NULL && backend->feed != NULL &&
	    (given || backend->feed->wanted == NULL || backend->feed->wanted(conf)))
		fed = backend->feed->capabilities;
	if (backend != NULL && backend->read_log != NULL &&
	    conf_log_file(conf)[0] != '\0')
		fed |= backend->logged;
	return fed;
}

unsigned
backend_capabilities(const struct conf *conf, unsigned fed)
{
	const struct backend *backend = backend_find(conf->backend);
	unsigned all = backend != NULL ? backend->capabilities : 0;

	all |= fed;
	/* The kernel tells, where there are connections; and of webmail, we know ourselves. */
	if (backend != NULL && backend->polls && conf->activity_seconds > 0)
		all |= bit(CAPABILITY_IDLE_TIME) | bit(CAPABILITY_OCTETS);
	if (backend != NULL && backend->polls && conf->http_userlist)
		all |= bit(CAPABILITY_IDLE_TIME);
	if (!conf->last_access)
		all &= ~(bit(CAPABILITY_LAST_LOGIN) | bit(CAPABILITY_LAST_LOGOUT));
	if (!conf->allow_snmp)
		all &= ~(bit(CAPABILITY_DISCONNECT_USER) |
		    bit(CAPABILITY_DISCONNECT_SESSION));
	if (conf_users_minutes(conf) == 0)
		all &= ~bit(CAPABILITY_ALL_USERS);
	return all;
}

struct waiting {
	struct event_base *base;
	struct error *err;
	int result;
	bool over;
};

static void
stop_waiting(void *arg, const struct error *err)
{
	struct waiting *waiting = arg;

	if (err != NULL && waiting->err != NULL)
		*waiting->err = *err;
	waiting->result = err ? -1 : 0;
	waiting->over = true;
	event_base_loopbreak(waiting->base);
}

int
backend_list_now(const struct conf *conf, struct listing *listing,
    backend_meanwhile *meanwhile, void *arg, struct error *err)
{
	const struct backend *backend = backend_find(conf->backend);
	struct waiting waiting = { event_base_new(), err, -1, false };
	void *state;

	if (backend == NULL || waiting.base == NULL)
		return error_set(err, "cannot ask the backend \"%s\"", conf->backend);
	state = backend->open(waiting.base, conf, NULL, NULL);
	backend->list(state, listing, conf, stop_waiting, &waiting);
	event_base_loop(waiting.base, EVLOOP_NONBLOCK);
	if (meanwhile != NULL)
		meanwhile(arg);
	if (!waiting.over)
		event_base_dispatch(waiting.base);
	backend->close(state);
	event_base_free(waiting.base);
	return waiting.result;
}
