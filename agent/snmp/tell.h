/* SPDX-License-Identifier: ISC */
/* What struct agentx has beside the store, told on the board to the module in snmpd. */
#ifndef IMSC_TELL_H
#define IMSC_TELL_H

#include "agent/snmp/agentx.h"

/*
 * Opens the board in the file PATH, "" for none, and tells it all that AGENTX has, with the
 * folder of its STORE. From now on what changes in memory is told by whoever changes it.
 */
int tell_open(
    struct agentx *agentx, const char *path, const char *store, struct error *err);
/* Tells the settings of AGENTX again. */
void tell_settings(const struct agentx *agentx);
/* After the rest of AGENTX is gone. */
void tell_close(struct agentx *agentx);

#endif
