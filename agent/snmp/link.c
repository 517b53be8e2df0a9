/* SPDX-License-Identifier: ISC */
/* What the library leaves open about its connection to the master agent. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/log.h"
#include "agent/snmp/link.h"

/* How long an answer may wait for room in the socket. */
enum {
	SEND_SECONDS = 5
};

static bool dropped; /* by us, since the last link_set_up() */

/* -1 if the session has no connection any more. */
static int
find_socket(netsnmp_session *session)
{
	void *opaque = snmp_sess_pointer(session);
	netsnmp_transport *transport = opaque ? snmp_sess_transport(opaque) : NULL;

	return transport ? transport->sock : -1;
}

void
link_set_up(netsnmp_session *session)
{
	const struct timeval limit = { .tv_sec = SEND_SECONDS };
	int fd = find_socket(session);

	dropped = false;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		log_warning("cannot set up the connection to the master agent: %s",
		    strerror(errno));
}

void
link_drop(netsnmp_session *session)
{
	dropped = true;
	shutdown(find_socket(session), SHUT_RDWR);
}

bool
link_is_dropped(void)
{
	return dropped;
}

const char *
link_explain(const char *address)
{
	netsnmp_transport *transport;

	errno = 0;
	transport = netsnmp_transport_open_client("agentx", address);
	if (transport == NULL)
		return errno != 0 ? strerror(errno) : "cannot connect";
	transport->f_close(transport);
	netsnmp_transport_free(transport);
	return "it does not answer";
}
