/* SPDX-License-Identifier: ISC */
/* Names or pseudonyms, addresses or networks, rows or none. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/snmp/personal.h"
#include "agent/store/alias.h"

enum privacy_mode
scene_privacy(const struct scene *scene)
{
	return scene->privacy != NULL ? scene->privacy->mode : PRIVACY_FULL;
}

bool
scene_tells_table(const struct scene *scene, const struct table *table)
{
	return !table->personal || scene_privacy(scene) != PRIVACY_AGGREGATE;
}

bool
scene_tells_column(const struct scene *scene, const struct column *column)
{
	return !column->revealing || scene_privacy(scene) == PRIVACY_FULL;
}

bool
scene_make_key(const struct scene *scene, struct text name, struct user_key *key)
{
	if (scene_privacy(scene) == PRIVACY_FULL)
		return user_key_make(key, name, NULL) == 0;
	if (scene_privacy(scene) == PRIVACY_AGGREGATE)
		return false;
	return privacy_pseudonym(scene->privacy, name, key);
}

bool
scene_get_user(const struct scene *scene, const struct user_key *key, struct user *user)
{
	if (scene_privacy(scene) == PRIVACY_FULL)
		return user_get(scene->view, key, user);
	return alias_get(scene->view, key, user);
}

bool
scene_seek_user(const struct scene *scene, enum service having,
    const struct user_key *key, bool after, struct user_key *found, struct user *user)
{
	if (scene_privacy(scene) == PRIVACY_FULL)
		return user_seek(scene->view, having, key, after, found, user);
	return alias_seek(scene->view, having, key, after, found, user);
}

struct address
scene_client_address(const struct scene *scene, const struct address *address)
{
	if (scene_privacy(scene) == PRIVACY_FULL)
		return *address;
	return privacy_network(address);
}

/* What is in VALUE's own octets. */
static bool
show_own(struct value *value, size_t length)
{
	value->data = value->own.octets;
	value->length = length;
	return true;
}

bool
value_user(struct value *value, const struct scene *scene, struct text name)
{
	struct user_key pseudonym;

	if (scene_privacy(scene) == PRIVACY_FULL)
		return value_text(value, name, VALUE_TEXT_MAX);
	if (!scene_make_key(scene, name, &pseudonym))
		return false;
	memcpy(value->own.octets, pseudonym.name, pseudonym.length);
	return show_own(value, pseudonym.length);
}

bool
value_client_address(
    struct value *value, const struct scene *scene, const struct address *address)
{
	struct address shown = scene_client_address(scene, address);

	memcpy(value->own.octets, shown.bytes, shown.length);
	return show_own(value, shown.length);
}

/* What stands behind the last quote; nothing if that may be inside of what is quoted. */
static struct text
find_tail(struct text message)
{
	struct text tail = { 0 };
	size_t quotes = 0;

	for (size_t i = 0; i < message.length; i++) {
		if (message.data[i] != '"')
			continue;
		quotes++;
		tail.data = message.data + i + 1;
		tail.length = message.length - i - 1;
	}
	/* As long as this, it may have been cut before. */
	if (quotes % 2 != 0 || message.length >= VALUE_TEXT_MAX)
		tail.length = 0;
	return tail;
}

/* From the first to the last quote is left out: who was quoted may have used quotes. */
bool
value_message(struct value *value, const struct scene *scene, struct text message)
{
	static const char dots[] = "\"...\"";
	struct text tail = find_tail(message);
	const char *quote = NULL;
	int length;

	if (scene_privacy(scene) != PRIVACY_FULL && message.length > 0)
		quote = memchr(message.data, '"', message.length);
	if (quote == NULL)
		return value_text(value, message, VALUE_TEXT_MAX);
	length = snprintf((char *)value->own.octets, sizeof value->own.octets,
	    "%.*s%s%.*s", (int)(quote - message.data), message.data, dots,
	    (int)tail.length, tail.length > 0 ? tail.data : "");
	return show_own(
	    value, length < VALUE_TEXT_MAX ? (size_t)length : VALUE_TEXT_MAX - 1);
}
