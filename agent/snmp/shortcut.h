/* SPDX-License-Identifier: ISC */
/* GETNEXT, which is what walks are made of, answered without the library's detour. */
#ifndef IMSC_SHORTCUT_H
#define IMSC_SHORTCUT_H

#include "agent/snmp/netsnmp.h"

/*
 * To be called with each new session to the master agent; CONTEXT, which is the one served,
 * must live as long. The library passes a request
 * through a session with itself, over two pipes, and copies it five times; that is more than
 * half of what it costs. What is no plain GETNEXT still goes that way.
 */
void shortcut_open(netsnmp_session *session, const char *context);

#endif
