/* SPDX-License-Identifier: ISC */
/*
 * Notifications: notices from the queue, sent through the master agent, which answers each.
 * One that was not answered before the master died is sent again to the next one. One that
 * a hanging master did not answer in time is in its hands, and is not.
 */
#ifndef IMSC_NOTIFY_H
#define IMSC_NOTIFY_H

#include "agent/notice.h"
#include "agent/snmp/netsnmp.h"

/* Both must outlive the rest. CONTEXT is the SNMP context that it happens in, "" the default. */
void notify_open(struct notice_queue *queue, const char *context);
void notify_close(void);

/* There is a new session with the master agent; it is lost. */
void notify_connected(netsnmp_session *session);
void notify_lost(void);

/* Sends what can be sent now. Never more than the socket takes at once. */
void notify_send(void);
/* Readable when there is something to send; -1 while nothing can be sent. */
int notify_fd(void);

#endif
