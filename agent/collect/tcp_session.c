/* SPDX-License-Identifier: ISC */
/* Sessions' TCP connections. */
#include "config.h"

#include "agent/collect/tcp_session.h"

/* By IANA's list: without TLS at first, and with. */
static const uint16_t usual_ports[SERVICE_END][2] = {
	[SERVICE_IMAP] = { 143, 993 },
	[SERVICE_POP3] = { 110, 995 },
};

int
tcp_find_session(struct tcp *tcp, enum service service, const struct endpoint *local,
    const struct endpoint *remote, struct tcp_connection *found, struct error *err)
{
	struct tcp_connection one;
	int count = 0;

	if (local->port != 0)
		return tcp_find(tcp, local, remote, found, err);
	for (int i = 0; i < 2; i++) {
		struct endpoint end = { local->address, usual_ports[service][i] };
		int rc = tcp_find(tcp, &end, remote, &one, err);

		if (rc == -1)
			return -1;
		if (rc == 1)
			*found = one;
		count += rc;
	}
	return count;
}

bool
tcp_session_is_open(struct tcp **tcp, const struct session *session)
{
	struct tcp_connection found;

	if (*tcp == NULL)
		*tcp = tcp_open(NULL);
	return *tcp != NULL &&
	    tcp_find_session(*tcp, session->service, &session->local, &session->remote,
		&found, NULL) > 0;
}
