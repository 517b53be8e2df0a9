/* SPDX-License-Identifier: ISC */
/*
 * The parts of the tree that we answer for, as the master agent is told of them. The library
 * tells it itself, but waits for the answer and forgets it: a refused part would stay
 * unserved for ever, and nobody would know.
 */
#ifndef IMSC_REGISTRATION_H
#define IMSC_REGISTRATION_H

#include "agent/error.h"
#include "agent/snmp/netsnmp.h"

/* CONTEXT is the SNMP context of all parts, "" for the default one, and must live on. */
void registration_open(const char *context);
/*
 * Has HANDLE answer for what is below ROOT, once in a process; to be called before the first
 * session. ROOT must live on.
 */
int registration_add(const char *name, const oid *root, size_t length,
    Netsnmp_Node_Handler *handle, struct error *err);

/*
 * To be called at the start of each session to the master agent and at its end. Where
 * another agent answers for a part already, we stand by behind it: the master agent turns
 * to us as soon as the other is gone. A master agent that does not answer loses us.
 */
void registration_begin(netsnmp_session *session);
void registration_end(void);

#endif
