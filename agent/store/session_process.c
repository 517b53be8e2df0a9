/* SPDX-License-Identifier: ISC */
/* The sessions by their processes, with what tells without reading one whether it is as listed. */
#include "config.h"

#include <string.h>

#include "agent/store/session_row.h"

struct process_key {
	uint32_t pid; /* big-endian */
	struct row_key row;
} __attribute__((packed));

/* Without the second, if nothing is told. */
struct process_value {
	uint64_t mark;
	struct session_told told;
};

#define FNV_BASIS 14695981039346656037u

static uint64_t
add_to_mark(uint64_t mark, const void *data, size_t length)
{
	const uint8_t *octets = data;

	for (size_t i = 0; i < length; i++)
		mark = (mark ^ octets[i]) * 1099511628211u;
	return mark;
}

uint64_t
session_mark(enum service service, struct text user, const struct address *remote,
    const struct connection_id *connection)
{
	uint8_t number = (uint8_t)service;
	uint64_t mark = add_to_mark(FNV_BASIS, &number, 1);

	mark = add_to_mark(mark, remote->bytes, remote->length);
	mark = add_to_mark(mark, user.data, user.length);
	if (connection == NULL || !connection_id_is_known(connection))
		return mark;
	return add_to_mark(mark, connection->octets, sizeof connection->octets);
}

struct session_told
session_told(struct text mailbox, int64_t active_us)
{
	return (struct session_told){ mailbox.length == 0 ?
		    0 :
		    add_to_mark(FNV_BASIS, mailbox.data, mailbox.length),
		active_us };
}

int
session_seek_process(struct view *view, struct session_ref *ref)
{
	struct process_key key = { htobe32(ref->pid), make_row_key(ref->session) };
	MDB_val k = KEY(key);
	struct process_value kept = { 0 };
	MDB_val value;

	if (!view_seek(view, TABLE_PROCESS, &k, true, &value))
		return 0;
	if (k.mv_size != sizeof key)
		return view_damaged(view, TABLE_PROCESS, "a key's length");
	memcpy(&key, k.mv_data, sizeof key);
	if (value.mv_size <= sizeof kept)
		memcpy(&kept, value.mv_data, value.mv_size);
	*ref = (struct session_ref){ be32toh(key.pid),
		{ (enum service)key.row.service, be32toh(key.row.number) }, kept.mark,
		kept.told };
	return 1;
}

int
session_set_process(
    struct view *view, const struct session *session, bool is, struct error *err)
{
	struct process_key key = { htobe32(session->process.pid),
		make_row_key(
		    (struct session_key){ session->service, session->number }) };
	struct process_value value = { session_mark(session->service, session->user,
					   &session->remote.address,
					   &session->connection),
		session_told(session->mailbox, session->active_us) };
	bool told = value.told.mailbox != 0 || value.told.active_us != 0;

	if (session->process.pid == 0)
		return 0;
	if (is)
		return view_put(view, TABLE_PROCESS, KEY(key),
		    (MDB_val){ told ? sizeof value : sizeof value.mark, &value }, err);
	return view_delete(view, TABLE_PROCESS, KEY(key), err);
}
