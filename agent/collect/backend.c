/* SPDX-License-Identifier: ISC */
/* The backends there are, and asking one of them while waiting. */
#include "config.h"

#include <string.h>

#include "agent/collect/backend.h"

static const struct backend *const backends[] = { &dovecot_backend, &none_backend };

const struct backend *
backend_find(const char *name)
{
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
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
