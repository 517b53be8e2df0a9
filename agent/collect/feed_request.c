/* SPDX-License-Identifier: ISC */
/* Requests of the feed: taken apart, with every member checked. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/alloc.h"
#include "agent/collect/feed_request.h"
#include "agent/collect/feed_time.h"
#include "agent/collect/webmail.h"

enum {
	DOMAIN_MAX = 255,
	REASON_MAX = FEED_LINE_MAX
};

/* A member that may be left out, or be null: then TEXT is empty. */
static int
take_text(const json_t *object, const char *name, size_t max, struct text *text,
    struct error *err)
{
	const json_t *member = json_object_get(object, name);

	*text = (struct text){ 0 };
	if (member == NULL || json_is_null(member))
		return 0;
	if (!json_is_string(member))
		return error_set(err, "\"%s\" is no string", name);
	*text = (struct text){ json_string_value(member), json_string_length(member) };
	if (text->length > max)
		return error_set(err, "\"%s\" has more than %zu octets", name, max);
	return 0;
}

static int
need_text(const json_t *object, const char *name, size_t max, struct text *text,
    struct error *err)
{
	if (take_text(object, name, max, text, err) == -1)
		return -1;
	return text->length > 0 ? 0 :
				  error_set(err, "\"%s\" is missing or empty", name);
}

static int
take_port(const json_t *object, const char *name, uint16_t *port, struct error *err)
{
	const json_t *member = json_object_get(object, name);

	*port = 0;
	if (member == NULL || json_is_null(member))
		return 0;
	if (!json_is_integer(member))
		return error_set(err, "\"%s\" is no whole number", name);
	if (json_integer_value(member) < 0 || json_integer_value(member) > UINT16_MAX)
		return error_set(
		    err, "\"%s\" is not between 0 and %d", name, UINT16_MAX);
	*port = (uint16_t)json_integer_value(member);
	return 0;
}

static int
take_client(const json_t *object, struct endpoint *client, struct error *err)
{
	struct text address;

	if (take_text(object, "clientIP", DOMAIN_MAX, &address, err) == -1)
		return -1;
	if (address.length > 0 && !address_parse(&client->address, address))
		return error_set(err, "\"clientIP\" is no address");
	return take_port(object, "clientPort", &client->port, err);
}

/* A name is not looked up: it says nothing to us. */
static int
take_server(const json_t *object, struct endpoint *server, struct error *err)
{
	struct text domain;

	if (take_text(object, "serverDomain", DOMAIN_MAX, &domain, err) == -1)
		return -1;
	address_parse(&server->address, domain);
	return take_port(object, "serverPort", &server->port, err);
}

static int
take_kind(const json_t *object, enum web_event_kind *kind, struct error *err)
{
	static const struct {
		const char *name;
		enum web_event_kind kind;
	} kinds[] = { { "Login", WEB_LOGIN }, { "Logout", WEB_LOGOUT },
		{ "KeepAlive", WEB_ALIVE } };
	struct text name;

	if (need_text(object, "event", FEED_LINE_MAX, &name, err) == -1)
		return -1;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (text_equal(name, text_from(kinds[i].name))) {
			*kind = kinds[i].kind;
			return 0;
		}
	return error_set(
	    err, "\"event\" is none of \"Login\", \"Logout\", \"KeepAlive\"");
}

static int
check_service(const json_t *object, struct error *err)
{
	struct text service;

	if (take_text(object, "service", FEED_LINE_MAX, &service, err) == -1)
		return -1;
	return service.length == 0 || text_equal(service, text_from("http")) ?
	    0 :
	    error_set(err, "\"service\" is not \"http\"");
}

static int
take_time(const json_t *object, int64_t now_us, int64_t *time_us, struct error *err)
{
	struct text time;

	*time_us = now_us;
	if (take_text(object, "timestamp", FEED_LINE_MAX, &time, err) == -1)
		return -1;
	if (time.length > 0 && !feed_time_parse(time, time_us))
		return error_set(
		    err, "\"timestamp\" is no time as \"2026-11-02T03:04:05Z\"");
	if (*time_us > now_us)
		*time_us = now_us;
	return 0;
}

static int
take_users(const json_t *object, struct web_event *event, struct error *err)
{
	if (need_text(object, "user", USER_NAME_MAX, &event->user, err) == -1 ||
	    take_text(object, "admin", USER_NAME_MAX, &event->auth_user, err) == -1)
		return -1;
	if (text_equal(event->user, event->auth_user))
		event->auth_user = (struct text){ 0 };
	return 0;
}

static int
take_members(const json_t *object, struct web_event *event, struct error *err)
{
	struct text reason;

	if (take_kind(object, &event->kind, err) == -1 ||
	    take_users(object, event, err) == -1 ||
	    need_text(object, "sessionId", WEBMAIL_ID_MAX, &event->id, err) == -1 ||
	    check_service(object, err) == -1 ||
	    take_client(object, &event->remote, err) == -1 ||
	    take_server(object, &event->local, err) == -1 ||
	    take_time(object, event->told_us, &event->time_us, err) == -1)
		return -1;
	return take_text(object, "reason", REASON_MAX, &reason, err);
}

int
feed_request_parse(struct feed_request *request, const char *line, size_t length,
    int64_t now_us, struct error *err)
{
	json_error_t why;

	memset(request, 0, sizeof *request);
	request->event.told_us = now_us;
	request->json = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
	if (request->json == NULL)
		return error_set(err, "this is no JSON: %s", why.text);
	if (!json_is_object(request->json))
		return error_set(err, "this is no object of JSON");
	return take_members(request->json, &request->event, err);
}

void
feed_request_fini(struct feed_request *request)
{
	json_decref(request->json);
	request->json = NULL;
}

/* OBJECT as a line; it is given back. */
static char *
make_line(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
	size_t length;

	json_decref(object);
	xchecked(text);
	length = strlen(text);
	text = xchecked(realloc(text, length + 2));
	strcpy(text + length, "\n");
	return text;
}

char *
feed_answer(enum web_answer answer)
{
	if (answer == WEB_FULL)
		return feed_answer_error("there are too many sessions of webmail");
	return make_line(json_pack(
	    "{s:s}", "status", answer == WEB_DISCONNECTED ? "disconnected" : "ok"));
}

/* Escaped, it is UTF-8, without which there is no JSON. */
char *
feed_answer_error(const char *why)
{
	char shown[1024];

	text_escape(shown, sizeof shown, text_from(why));
	return make_line(json_pack("{s:s, s:s}", "status", "error", "error", shown));
}
