/* SPDX-License-Identifier: ISC */
/* An event of Cyrus, in a datagram. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/collect/cyrus_event.h"
#include "agent/collect/feed_time.h"

enum {
	FIELDS_BEFORE = 5, /* method, class, priority, user, mailbox */
	OPTIONS_MAX = 64,
	ID_MAX = 255,
	NAME_MAX = 255
};

/* An event is read at once: a time that is farther off than this is none. */
static const int64_t off_us = 60LL * CLOCK_SECOND_US;

/* Takes a field, with the NUL that ends it, off REST. */
static bool
cut(struct text *rest, struct text *field)
{
	const char *end =
	    rest->length > 0 ? memchr(rest->data, '\0', rest->length) : NULL;

	if (end == NULL)
		return false;
	*field = (struct text){ rest->data, (size_t)(end - rest->data) };
	rest->data = end + 1;
	rest->length -= field->length + 1;
	return true;
}

/* The field that has the event. */
static bool
find_message(struct text rest, struct text *message)
{
	unsigned long options;
	struct text field;
	char *end;

	for (int i = 0; i < FIELDS_BEFORE; i++)
		if (!cut(&rest, &field))
			return false;
	if (!cut(&rest, &field))
		return false;
	options = strtoul(field.data, &end, 10);
	if (end == field.data || *end != '\0' || options > OPTIONS_MAX)
		return false;
	for (unsigned long i = 0; i < options; i++)
		if (!cut(&rest, &field))
			return false;
	return cut(&rest, message);
}

static struct text
get_text(const json_t *object, const char *name, size_t max)
{
	const json_t *member = json_object_get(object, name);
	struct text text = { 0 };

	if (json_is_string(member) && json_string_length(member) <= max)
		text = (struct text){ json_string_value(member),
			json_string_length(member) };
	return text;
}

/* A number, or one that is written as a text; 0 if it is none, or too large. */
static uint32_t
get_number(const json_t *object, const char *name, uint32_t max)
{
	const json_t *member = json_object_get(object, name);
	const char *text = json_string_value(member);
	json_int_t number = json_integer_value(member);
	char *end = NULL;

	if (text != NULL) {
		number = strtoll(text, &end, 10);
		if (end == text || *end != '\0')
			return 0;
	}
	return number > 0 && number <= max ? (uint32_t)number : 0;
}

/* Where the port is told apart: behind the ";", or the ":" of no IPv6 address. NULL: nowhere. */
static const char *
find_port(struct text text)
{
	const char *semicolon = memrchr(text.data, ';', text.length);
	const char *colon = memrchr(text.data, ':', text.length);

	if (semicolon != NULL || colon == NULL || colon == text.data)
		return semicolon;
	return memchr(text.data, ':', text.length) == colon || colon[-1] == ']' ?
	    colon :
	    NULL;
}

/* "192.0.2.1;143", "192.0.2.1:143", "[2001:db8::1]:143", or an address alone. */
static void
parse_end(struct endpoint *end, struct text text)
{
	const char *at = text.length > 0 ? find_port(text) : NULL;
	unsigned long port = at != NULL ? strtoul(at + 1, NULL, 10) : 0;

	if (at != NULL)
		text.length = (size_t)(at - text.data);
	if (text.length > 2 && text.data[0] == '[' && text.data[text.length - 1] == ']')
		text = (struct text){ text.data + 1, text.length - 2 };
	if (address_parse(&end->address, text))
		end->port = port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Split into two members; or, in other versions, in one. */
static void
take_end(const json_t *object, struct endpoint *end, const char *address,
    const char *port, const char *both)
{
	if (address_parse(&end->address, get_text(object, address, NAME_MAX)))
		end->port = (uint16_t)get_number(object, port, UINT16_MAX);
	else
		parse_end(end, get_text(object, both, NAME_MAX));
}

static enum cyrus_event_kind
find_kind(struct text name)
{
	if (text_equal(name, text_from("Login")))
		return CYRUS_EVENT_LOGIN;
	if (text_equal(name, text_from("Logout")))
		return CYRUS_EVENT_LOGOUT;
	return CYRUS_EVENT_OTHER;
}

static int64_t
take_time(const json_t *object, int64_t now_us)
{
	int64_t time_us;

	if (!feed_time_parse(get_text(object, "timestamp", NAME_MAX), &time_us) ||
	    llabs(time_us - now_us) > off_us)
		return now_us;
	return time_us;
}

static int
take_members(struct cyrus_event *event, int64_t now_us, struct error *err)
{
	const json_t *object = event->json;
	struct session *session = &event->session;

	event->kind = find_kind(get_text(object, "event", NAME_MAX));
	if (event->kind == CYRUS_EVENT_OTHER)
		return 0;
	event->service = get_text(object, "service", NAME_MAX);
	session->user = get_text(object, "user", USER_NAME_MAX);
	session->store_id = get_text(object, "vnd.cmu.sessionId", ID_MAX);
	session->process.pid = get_number(object, "pid", PROCESS_STAND_IN - 1);
	session->login_us = take_time(object, now_us);
	session->login_source = TIME_RECORDED;
	session->created_us = now_us;
	take_end(
	    object, &session->local, "serverDomain", "serverPort", "serverAddress");
	take_end(object, &session->remote, "clientIP", "clientPort", "clientAddress");
	if (session->process.pid == 0)
		return error_set(err, "it names no process");
	if (session->user.length == 0)
		return error_set(err, "it names no user");
	return 0;
}

int
cyrus_event_parse(struct cyrus_event *event, const char *octets, size_t length,
    int64_t now_us, struct error *err)
{
	struct text message;
	json_error_t why;

	*event = (struct cyrus_event){ .kind = CYRUS_EVENT_OTHER };
	if (!find_message((struct text){ octets, length }, &message))
		return error_set(err, "it is no notification");
	event->json = json_loadb(message.data, message.length, 0, &why);
	if (event->json == NULL)
		return error_set(err, "it is no JSON: %s", why.text);
	if (!json_is_object(event->json))
		return error_set(err, "it is no JSON object");
	return take_members(event, now_us, err);
}

void
cyrus_event_fini(struct cyrus_event *event)
{
	json_decref(event->json);
	event->json = NULL;
}
