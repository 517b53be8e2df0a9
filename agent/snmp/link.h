/* SPDX-License-Identifier: ISC */
/* The connection below the library's session to the master agent. */
#ifndef IMSC_LINK_H
#define IMSC_LINK_H

#include <stdbool.h>

#include "agent/snmp/netsnmp.h"

/*
 * Sees to it that a master agent that does not read cannot hold us for ever: what cannot be
 * sent in a while fails. Child processes do not inherit the connection.
 */
void link_set_up(netsnmp_session *session);
/* Ends it. The library finds it ended, and makes a new one as after any loss. */
void link_drop(netsnmp_session *session);
/* Whether that was us. */
bool link_is_dropped(void);
/* Why there is no connection to ADDRESS, in words; it tries once more to find out. */
const char *link_explain(const char *address);

#endif
