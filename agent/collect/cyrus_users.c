/* SPDX-License-Identifier: ISC */
/* Mailboxes as ctl_mboxlist prints them: which of them are somebody's INBOX. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/collect/cyrus_users.h"

/* Bit of the type of a mailbox that is gone, in versions with tabs. */
#define TYPE_DELETED (1 << 4)

static bool
add(struct text *user, char *buffer, struct text part)
{
	if (user->length + part.length > USER_NAME_MAX)
		return false;
	memcpy(buffer + user->length, part.data, part.length);
	user->length += part.length;
	return true;
}

/* Takes what is before the first C off NAME; all of it if there is none. */
static struct text
take_until(struct text *name, char c)
{
	const char *at = name->length > 0 ? memchr(name->data, c, name->length) : NULL;
	struct text part = { name->data,
		at ? (size_t)(at - name->data) : name->length };

	name->data += part.length;
	name->length -= part.length;
	return part;
}

/* "user.X", or with domains "domain!user.X". Internal names have '^' for a dot in X. */
static bool
take_user(struct text *user, struct text name, char *buffer)
{
	static const char prefix[] = "user.";
	const size_t skip = sizeof prefix - 1;
	struct text domain = { NULL, 0 };

	if (name.length > 0 && memchr(name.data, '!', name.length) != NULL) {
		domain = take_until(&name, '!');
		name = (struct text){ name.data + 1, name.length - 1 };
		if (domain.length == 0)
			return false;
	}
	if (name.length <= skip || memcmp(name.data, prefix, skip) != 0)
		return false;
	name = (struct text){ name.data + skip, name.length - skip };
	if (memchr(name.data, '.', name.length) != NULL ||
	    memchr(name.data, '\0', name.length) != NULL)
		return false;
	*user = (struct text){ buffer, 0 };
	if (!add(user, buffer, name))
		return false;
	for (size_t i = 0; i < user->length; i++)
		if (buffer[i] == '^')
			buffer[i] = '.';
	return domain.length == 0 ||
	    (add(user, buffer, (struct text){ "@", 1 }) && add(user, buffer, domain));
}

/* "name TAB type partition acl TAB ..." */
static bool
parse_fields(struct text *user, struct text line, char *buffer)
{
	struct text name = take_until(&line, '\t');
	char type[12] = "";

	if (line.length < 2)
		return false;
	memcpy(type, line.data + 1,
	    line.length - 1 < sizeof type ? line.length - 1 : sizeof type - 1);
	return (strtol(type, NULL, 10) & TYPE_DELETED) == 0 &&
	    take_user(user, name, buffer);
}

/* The JSON string that LINE begins with, quotes and all, and what is behind it. */
static bool
split_member(struct text line, struct text *name, struct text *value)
{
	size_t i = 1;

	while (i < line.length && line.data[i] != '"')
		i += line.data[i] == '\\' ? 2 : 1;
	if (i >= line.length)
		return false;
	*name = (struct text){ line.data, i + 1 };
	*value = (struct text){ line.data + i + 1, line.length - i - 1 };
	if (value->length == 0 || value->data[0] != ':')
		return false;
	value->data++;
	value->length--;
	while (value->length > 0 && strchr(", \r", value->data[value->length - 1]))
		value->length--;
	return true;
}

/* Of a mailbox that is gone, what is left has a 'd' in its type. */
static bool
is_there(struct text value)
{
	json_t *mailbox = json_loadb(value.data, value.length, 0, NULL);
	const char *type = json_string_value(json_object_get(mailbox, "mbtype"));
	bool there =
	    json_is_object(mailbox) && (type == NULL || strchr(type, 'd') == NULL);

	json_decref(mailbox);
	return there;
}

/* '"name": { ... },' */
static bool
parse_member(struct text *user, struct text line, char *buffer)
{
	struct text name;
	struct text value;
	json_t *string;
	bool is_user;

	if (!split_member(line, &name, &value))
		return false;
	string =
	    json_loadb(name.data, name.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	is_user = string != NULL &&
	    take_user(user,
		(struct text){ json_string_value(string), json_string_length(string) },
		buffer);
	json_decref(string);
	return is_user && is_there(value);
}

bool
cyrus_users_parse(
    struct text *user, struct text line, char buffer[static USER_NAME_MAX])
{
	if (line.length > 0 && line.data[0] == '"')
		return parse_member(user, line, buffer);
	return parse_fields(user, line, buffer);
}
