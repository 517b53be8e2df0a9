/* SPDX-License-Identifier: ISC */
/*
 * The one place that decides what of persons is told, by the privacy that a scene has. What
 * names a user, comes from a client or was said by others is shown by these functions only.
 */
#ifndef IMSC_PERSONAL_H
#define IMSC_PERSONAL_H

#include "agent/snmp/columns.h"

/* imscPrivacy. */
enum privacy_mode scene_privacy(const struct scene *scene);

/* Whether there are rows of TABLE, and instances of its COLUMN, at all. */
bool scene_tells_table(const struct scene *scene, const struct table *table);
bool scene_tells_column(const struct scene *scene, const struct column *column);

/* The key of a user's rows, as imscUserKey tells it. False for what can be no name. */
bool scene_make_key(const struct scene *scene, struct text name, struct user_key *key);

/* As user_get() and user_seek(), with the keys that are told: imscUserKey's. */
bool scene_get_user(
    const struct scene *scene, const struct user_key *key, struct user *user);
bool scene_seek_user(const struct scene *scene, enum service having,
    const struct user_key *key, bool after, struct user_key *found, struct user *user);

/* A client's address, or its network. */
struct address scene_client_address(
    const struct scene *scene, const struct address *address);

/* As the functions of value.h. */
bool value_user(struct value *value, const struct scene *scene, struct text name);
bool value_client_address(
    struct value *value, const struct scene *scene, const struct address *address);
/* A message that may quote what came from outside. */
bool value_message(struct value *value, const struct scene *scene, struct text message);

#endif
