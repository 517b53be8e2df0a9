/* SPDX-License-Identifier: ISC */
/*
 * usage: end_row CONF USER
 * Lists once, and says so; at each line of input it ends the user's first session of that list, as a kick
 * does in its last step, however old the list is by then. Says what came of it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/collect/backend.h"

static void
on_listed(void *arg, const struct error *err)
{
	struct error *failure = arg;

	if (err != NULL)
		*failure = *err;
}

static const struct listed *
find_row(const struct listing *listing, const char *user)
{
	for (size_t i = 0; i < listing->count; i++)
		if (text_equal(listing->rows[i].user, text_from(user)))
			return &listing->rows[i];
	return NULL;
}

static void
say(const char *word, const char *more)
{
	printf("%s %s\n", word, more);
	fflush(stdout);
}

static void
end_row(const struct backend *backend, void *state, const struct listed *row)
{
	struct error err;
	int rc = backend->end(state, row, &err);

	if (rc == -1)
		say("refused", err.text);
	else
		say(rc == 0 ? "done" : "impossible", "");
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct error err = { 0 };
	const struct backend *backend;
	const struct listed *row;
	struct listing listing;
	struct conf conf;
	void *state;

	conf_init(&conf);
	if (argc != 3 || base == NULL || conf_read(&conf, argv[1], &err) == -1)
		return fprintf(stderr, "%s\n", err.text), EXIT_FAILURE;
	backend = backend_find(conf.backend);
	state = backend->open(base, &conf, NULL, NULL);
	listing_init(&listing);
	backend->list(state, &listing, &conf, on_listed, &err);
	event_base_dispatch(base);
	row = find_row(&listing, argv[2]);
	if (row == NULL)
		return fprintf(stderr, "not listed: %s\n", err.text), EXIT_FAILURE;
	say("listed", "");
	while (getchar() == '\n')
		end_row(backend, state, row);
	backend->close(state);
	listing_fini(&listing);
	event_base_free(base);
	conf_fini(&conf);
	return EXIT_SUCCESS;
}
