/* SPDX-License-Identifier: ISC */
/* Records on their way to the site's own dict: one connection each, as Dovecot does it. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/dict_forward.h"
#include "agent/collect/dict_login.h"
#include "agent/collect/dovecot_text.h"
#include "agent/log.h"

enum {
	QUEUE_MAX = 10000,
	LINKS_MAX = 8, /* connections at once */
	TRIES_MAX = 3, /* of a record that only makes the other end hang up */
	ANSWER_SECONDS = 10,
	RETRY_SECONDS = 1,
	WARN_EVERY_SECONDS = 60,
	SECONDS_DIGITS = 10, /* of a time, until the year 2286 */
	TIME_DIGITS_MAX = 19,
	REPLY_SIZE = 512
};

/* A record: a client's until it is committed, then in the queue, then a link's. */
struct forwarded {
	TAILQ_ENTRY(forwarded) next;
	struct forwarded *more; /* of the same client */
	char *transaction;
	char *text; /* all that is said on its connection */
	unsigned tries;
};

struct link {
	TAILQ_ENTRY(link) next;
	struct dict_forward *owner;
	struct forwarded *record;
	struct event *answered;
	int fd;
};

struct dict_forward {
	struct event_base *base;
	struct sockaddr_un address;
	size_t digits; /* of a time */
	TAILQ_HEAD(forwarded_queue, forwarded) queue;
	size_t queued;
	TAILQ_HEAD(links, link) links;
	size_t linked;
	struct event *retry;
	bool away; /* said; nothing is tried until the retry */
	uint64_t lost;
	int64_t warned_us;
};

static void pump(struct dict_forward *forward);

static void
free_record(struct forwarded *record)
{
	free(record->transaction);
	free(record->text);
	free(record);
}

static void
drop_oldest(struct dict_forward *forward)
{
	struct forwarded *record = TAILQ_FIRST(&forward->queue);

	TAILQ_REMOVE(&forward->queue, record, next);
	forward->queued--;
	free_record(record);
}

static void
enqueue(struct dict_forward *forward, struct forwarded *record)
{
	if (forward->queued == QUEUE_MAX) {
		drop_oldest(forward);
		forward->lost++;
	}
	TAILQ_INSERT_TAIL(&forward->queue, record, next);
	forward->queued++;
}

static void
go_away(struct dict_forward *forward, const char *why)
{
	evtimer_add(forward->retry, &(struct timeval){ .tv_sec = RETRY_SECONDS });
	if (!forward->away)
		log_warning("the site's dict at \"%s\" cannot be reached: %s; up to %d "
			    "records wait for it",
		    forward->address.sun_path, why, QUEUE_MAX);
	forward->away = true;
}

static void
come_back(struct dict_forward *forward)
{
	if (!forward->away)
		return;
	log_info("the site's dict takes records again; %llu were lost",
	    (unsigned long long)forward->lost);
	forward->lost = 0;
	forward->away = false;
}

/* What the other end did not answer is tried again, before all others. */
static void
try_later(struct dict_forward *forward, struct forwarded *record, const char *why)
{
	if (++record->tries < TRIES_MAX) {
		TAILQ_INSERT_HEAD(&forward->queue, record, next);
		forward->queued++;
	} else {
		free_record(record);
		forward->lost++;
	}
	go_away(forward, why);
}

static void
close_link(struct link *link)
{
	TAILQ_REMOVE(&link->owner->links, link, next);
	link->owner->linked--;
	event_free(link->answered);
	close(link->fd);
	if (link->record != NULL)
		free_record(link->record);
	free(link);
}

static void
see_reply(struct dict_forward *forward, const char *reply, size_t length)
{
	int64_t now_us = clock_monotonic_us();
	char shown[REPLY_SIZE];

	come_back(forward);
	if (reply[0] == 'O' || reply[0] == 'N')
		return;
	forward->lost++;
	if (forward->warned_us != 0 &&
	    now_us - forward->warned_us < (int64_t)WARN_EVERY_SECONDS * CLOCK_SECOND_US)
		return;
	forward->warned_us = now_us;
	text_escape(shown, sizeof shown, (struct text){ reply, length });
	log_warning("the site's dict refused a record: %s; %llu were lost by now",
	    shown, (unsigned long long)forward->lost);
}

static void
on_answered(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;
	struct dict_forward *forward = link->owner;
	char reply[REPLY_SIZE];
	ssize_t n = 0;

	if (what & EV_READ)
		n = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		event_add(
		    link->answered, &(struct timeval){ .tv_sec = ANSWER_SECONDS });
		return;
	}
	if (n > 0) {
		see_reply(forward, reply, (size_t)n - (reply[n - 1] == '\n'));
	} else {
		try_later(forward, link->record,
		    what & EV_TIMEOUT ? "it does not answer" : "it hangs up");
		link->record = NULL;
	}
	close_link(link);
	pump(forward);
}

/* Connects and says everything at once: it fits into any socket's buffer, or fails. */
static int
say(const struct dict_forward *forward, const char *text)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	size_t length = strlen(text);

	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&forward->address,
		sizeof forward->address) == 0 &&
	    send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length)
		return fd;
	close(fd);
	return -1;
}

static int
open_link(struct dict_forward *forward)
{
	struct forwarded *record = TAILQ_FIRST(&forward->queue);
	int fd = say(forward, record->text);
	struct link *link;

	if (fd == -1) {
		go_away(forward, strerror(errno));
		return -1;
	}
	TAILQ_REMOVE(&forward->queue, record, next);
	forward->queued--;
	link = xcalloc(1, sizeof *link);
	link->owner = forward;
	link->record = record;
	link->fd = fd;
	link->answered =
	    event_new(forward->base, fd, EV_READ | EV_TIMEOUT, on_answered, link);
	event_add(link->answered, &(struct timeval){ .tv_sec = ANSWER_SECONDS });
	TAILQ_INSERT_TAIL(&forward->links, link, next);
	forward->linked++;
	return 0;
}

static void
pump(struct dict_forward *forward)
{
	/* After a failure one at a time is tried, by the timer. */
	if (forward->away && evtimer_pending(forward->retry, NULL))
		return;
	while (forward->linked < (forward->away ? 1 : LINKS_MAX) &&
	    forward->queued > 0 && open_link(forward) == 0)
		;
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pump(arg);
}

struct dict_forward *
dict_forward_new(struct event_base *base, const char *path, const char *precision)
{
	struct dict_forward *forward = xcalloc(1, sizeof *forward);
	static const char *const words[] = { "s", "ms", "us" };

	forward->base = base;
	forward->address.sun_family = AF_UNIX;
	snprintf(
	    forward->address.sun_path, sizeof forward->address.sun_path, "%s", path);
	forward->digits = TIME_DIGITS_MAX;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(precision, words[i]) == 0)
			forward->digits = SECONDS_DIGITS + 3 * i;
	TAILQ_INIT(&forward->queue);
	TAILQ_INIT(&forward->links);
	forward->retry = evtimer_new(base, on_retry, forward);
	return forward;
}

void
dict_forward_free(struct dict_forward *forward)
{
	if (forward == NULL)
		return;
	if (forward->queued + forward->linked > 0)
		log_warning("%zu records were not passed on to the site's dict",
		    forward->queued + forward->linked);
	while (!TAILQ_EMPTY(&forward->links))
		close_link(TAILQ_FIRST(&forward->links));
	while (!TAILQ_EMPTY(&forward->queue))
		drop_oldest(forward);
	event_free(forward->retry);
	free(forward);
}

void
dict_forward_client_fini(struct dict_forward_client *client)
{
	struct forwarded *record;

	while ((record = client->first) != NULL) {
		client->first = record->more;
		free_record(record);
	}
	free(client->hello);
	free(client->begin);
}

void
dict_forward_hear(struct dict_forward_client *client, const char *data, size_t length)
{
	char **line;

	if (length == 0 || (data[0] != 'H' && data[0] != 'B'))
		return;
	line = data[0] == 'H' ? &client->hello : &client->begin;
	free(*line);
	*line = xmemdup0(data, length);
}

/* Times of the size that the site had; what is no time stays as it is. */
static struct text
change_time(const struct dict_forward *forward, struct text value,
    char digits[TIME_DIGITS_MAX + 1])
{
	if (value.length < SECONDS_DIGITS || value.length > TIME_DIGITS_MAX ||
	    (value.length - SECONDS_DIGITS) % 3 != 0)
		return value;
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] < '0' || value.data[i] > '9')
			return value;
	memset(digits, '0', TIME_DIGITS_MAX);
	memcpy(digits, value.data, value.length);
	return (struct text){ digits, forward->digits };
}

/* Whether the client began this transaction last. */
static bool
is_begun(const struct dict_forward_client *client, struct text transaction)
{
	const char *begin = client->begin;
	size_t length = transaction.length;

	return begin != NULL && strlen(begin) > length &&
	    memcmp(begin + 1, transaction.data, length) == 0 &&
	    (begin[length + 1] == '\t' || begin[length + 1] == '\0');
}

static void
set(struct dict_forward *forward, struct dict_forward_client *client,
    const struct dict_line *line)
{
	struct text key = { line->key.data, dict_login_site_key(line->key) };
	char digits[TIME_DIGITS_MAX + 1];
	struct text value = change_time(forward, line->value, digits);
	struct forwarded *record;
	char *escaped_key;
	char *escaped_value;
	int transaction = (int)line->transaction.length;

	if (key.length == 0 || client->hello == NULL ||
	    !is_begun(client, line->transaction))
		return;
	record = xcalloc(1, sizeof *record);
	record->transaction =
	    xmemdup0(line->transaction.data, line->transaction.length);
	escaped_key = dovecot_escape(key);
	escaped_value = dovecot_escape(value);
	if (asprintf(&record->text, "%s\n%s\nS%.*s\t%s\t%s\nC%.*s\n", client->hello,
		client->begin, transaction, line->transaction.data, escaped_key,
		escaped_value, transaction, line->transaction.data) == -1)
		record->text = xchecked(NULL);
	free(escaped_key);
	free(escaped_value);
	record->more = client->first;
	client->first = record;
}

/* Ends a transaction: its records go on, or away. */
static void
end(struct dict_forward *forward, struct dict_forward_client *client,
    struct text transaction, bool committed)
{
	struct forwarded **at = &client->first;
	struct forwarded *record;

	while ((record = *at) != NULL) {
		if (!text_equal(text_from(record->transaction), transaction)) {
			at = &record->more;
			continue;
		}
		*at = record->more;
		if (committed)
			enqueue(forward, record);
		else
			free_record(record);
	}
	pump(forward);
}

void
dict_forward_take(struct dict_forward *forward, struct dict_forward_client *client,
    enum dict_command command, const struct dict_line *line)
{
	if (command == DICT_SET)
		set(forward, client, line);
	else if (command == DICT_COMMIT || command == DICT_COMMIT_ASYNC)
		end(forward, client, line->transaction, true);
	else if (command == DICT_ROLLBACK)
		end(forward, client, line->transaction, false);
}
