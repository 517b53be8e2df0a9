/* SPDX-License-Identifier: ISC */
/* IMSCONN-MIB: its tables, and its one registration with Net-SNMP's library. */
#ifndef IMSC_IMSCONN_MIB_H
#define IMSC_IMSCONN_MIB_H

#include "agent/snmp/columns.h"

/* Each in the file of its name; the access table is with the users. */
extern const struct table imsconn_agent;
extern const struct table imsconn_service;
extern const struct table imsconn_session;
extern const struct table imsconn_user;
extern const struct table imsconn_access;

/* Whether the sessions of SERVICE, or for SERVICE_ALL of any service, are shown. */
bool scene_lists(const struct scene *scene, enum service service);

/*
 * Registers the module, and its line in sysORTable. AGENTX must live as long as the
 * module is open. Once in a process.
 */
int imsconn_mib_open(const struct agentx *agentx, struct error *err);
void imsconn_mib_close(void);
/* Says that the library has just learnt the master agent's sysUpTime. */
void imsconn_mib_connected(void);

#endif
