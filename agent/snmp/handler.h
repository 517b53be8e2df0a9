/* SPDX-License-Identifier: ISC */
/* What answers the library's requests: GET, GETNEXT and the phases of SET. */
#ifndef IMSC_HANDLER_H
#define IMSC_HANDLER_H

#include "agent/snmp/agentx.h"

/*
 * Registers the modules and their lines in sysORTable with the library, once in a process.
 * imsconn_mib_open() comes first; AGENTX must outlive the library's session.
 */
int handler_open(const struct agentx *agentx, struct error *err);

#endif
