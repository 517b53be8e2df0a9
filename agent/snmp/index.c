/* SPDX-License-Identifier: ISC */
/*
 * Indexes and arcs. Arcs that are no whole index lie between two possible ones: the part
 * at which they stop fitting, and all after it, become the lowest (and the next row is
 * there or beyond) or the highest (and it is beyond).
 */
#include "config.h"

#include <string.h>

#include "agent/snmp/index.h"

/* The arcs not yet read. */
struct arcs {
	const oid *at;
	size_t left;
};

/*
 * An arc has 32 bits, and oid has more: the library extends the sign of what came over
 * AgentX.
 */
static uint32_t
first_arc(const struct arcs *arcs)
{
	return (uint32_t)arcs->at[0];
}

static enum index_fit
parse_number(uint32_t *number, uint32_t highest, struct arcs *arcs)
{
	*number = 0;
	if (arcs->left == 0)
		return INDEX_FROM;
	*number = highest;
	if (first_arc(arcs) > highest)
		return INDEX_BEYOND;
	*number = first_arc(arcs);
	arcs->at++;
	arcs->left--;
	return INDEX_IS;
}

/* The lowest or the highest key with its length and the first KNOWN octets. */
static enum index_fit
pad_user(struct user_key *user, size_t known, enum index_fit fit)
{
	memset(user->name + known, fit == INDEX_FROM ? 0 : 0xff, user->length - known);
	return fit;
}

static enum index_fit
parse_user(struct user_key *user, struct arcs *arcs)
{
	uint32_t length = arcs->left > 0 ? first_arc(arcs) : 0;

	user->length = length <= USER_KEY_MAX ? (uint8_t)length : USER_KEY_MAX;
	if (length == 0)
		return INDEX_FROM;
	if (length > USER_KEY_MAX)
		return pad_user(user, 0, INDEX_BEYOND);
	for (uint32_t i = 0; i < length; i++) {
		if (i + 1 == arcs->left)
			return pad_user(user, i, INDEX_FROM);
		if (arcs->at[i + 1] > 0xff)
			return pad_user(user, i, INDEX_BEYOND);
		user->name[i] = (char)arcs->at[i + 1];
	}
	arcs->at += length + 1;
	arcs->left -= length + 1;
	return INDEX_IS;
}

static enum index_fit
parse_part(struct index *index, enum index_part part, struct arcs *arcs)
{
	uint32_t service;
	enum index_fit fit;

	if (part == INDEX_USER)
		return parse_user(&index->user, arcs);
	if (part == INDEX_NUMBER)
		return parse_number(&index->number, UINT32_MAX, arcs);
	if (part == INDEX_APPLICATION)
		return parse_number(&index->application, UINT32_MAX, arcs);
	fit = parse_number(&service, SERVICE_END - 1, arcs);
	index->service = (enum service)service;
	return fit;
}

/* All the parts at their lowest, or at their highest. */
static void
fill_parts(struct index *index, const enum index_part *parts, enum index_fit fit)
{
	bool highest = fit == INDEX_BEYOND;

	for (; *parts != INDEX_END; parts++) {
		if (*parts == INDEX_SERVICE) {
			index->service = highest ? SERVICE_END - 1 : SERVICE_NONE;
		} else if (*parts == INDEX_NUMBER) {
			index->number = highest ? UINT32_MAX : 0;
		} else if (*parts == INDEX_APPLICATION) {
			index->application = highest ? UINT32_MAX : 0;
		} else {
			index->user.length = highest ? USER_KEY_MAX : 0;
			pad_user(&index->user, 0, fit);
		}
	}
}

enum index_fit
index_parse(
    struct index *index, const enum index_part *parts, const oid *arcs, size_t n)
{
	struct arcs left = { arcs, n };
	enum index_fit fit = INDEX_IS;

	memset(index, 0, offsetof(struct index, user.name));
	for (; fit == INDEX_IS && *parts != INDEX_END; parts++)
		fit = parse_part(index, *parts, &left);
	if (fit != INDEX_IS)
		fill_parts(index, parts, fit);
	else if (left.left > 0)
		fit = INDEX_BEYOND;
	return fit;
}

static size_t
write_user(oid *arcs, const struct user_key *user)
{
	arcs[0] = user->length;
	for (size_t i = 0; i < user->length; i++)
		arcs[i + 1] = (unsigned char)user->name[i];
	return 1 + (size_t)user->length;
}

size_t
index_write(oid *arcs, const enum index_part *parts, const struct index *index)
{
	size_t n = 0;

	for (; *parts != INDEX_END; parts++) {
		if (*parts == INDEX_USER)
			n += write_user(arcs + n, &index->user);
		else if (*parts == INDEX_NUMBER)
			arcs[n++] = index->number;
		else if (*parts == INDEX_APPLICATION)
			arcs[n++] = index->application;
		else
			arcs[n++] = index->service;
	}
	return n;
}
