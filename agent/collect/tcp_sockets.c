/* SPDX-License-Identifier: ISC */
/* The host's TCP connections by inode: a sorted array, made of one answer of the kernel. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/tcp_sockets.h"

enum {
	SOCKETS_MAX = 4 * 1024 * 1024 /* more than any host has ports for */
};

struct tcp_sockets {
	struct tcp_socket *all; /* by inode, once it was asked for */
	size_t count;
	size_t capacity;
	bool asked;
};

struct tcp_sockets *
tcp_sockets_new(void)
{
	return xcalloc(1, sizeof(struct tcp_sockets));
}

void
tcp_sockets_free(struct tcp_sockets *sockets)
{
	if (sockets == NULL)
		return;
	free(sockets->all);
	free(sockets);
}

static void
add(void *arg, const struct tcp_socket *socket)
{
	struct tcp_sockets *sockets = arg;

	if (sockets->count == SOCKETS_MAX)
		return;
	sockets->all = xgrow(
	    sockets->all, &sockets->capacity, sockets->count + 1, sizeof *sockets->all);
	sockets->all[sockets->count++] = *socket;
}

static int
compare(const void *first, const void *second)
{
	const struct tcp_socket *a = first;
	const struct tcp_socket *b = second;

	return (a->inode > b->inode) - (a->inode < b->inode);
}

static void
ask(struct tcp_sockets *sockets)
{
	struct tcp *tcp = tcp_open(NULL);

	sockets->asked = true;
	if (tcp != NULL && tcp_list(tcp, add, sockets, NULL) == -1)
		sockets->count = 0;
	tcp_close(tcp);
	if (sockets->count > 0)
		qsort(sockets->all, sockets->count, sizeof *sockets->all, compare);
}

const struct tcp_connection *
tcp_sockets_find(struct tcp_sockets *sockets, uint32_t inode)
{
	const struct tcp_socket wanted = { .inode = inode };
	const struct tcp_socket *found = NULL;

	if (!sockets->asked)
		ask(sockets);
	if (sockets->count > 0)
		found = bsearch(&wanted, sockets->all, sockets->count,
		    sizeof *sockets->all, compare);
	return found != NULL ? &found->connection : NULL;
}
