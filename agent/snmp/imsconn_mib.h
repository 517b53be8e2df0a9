/* SPDX-License-Identifier: ISC */
/* IMSCONN-MIB: its tables, and how a request asks for their cells. */
#ifndef IMSC_IMSCONN_MIB_H
#define IMSC_IMSCONN_MIB_H

#include "agent/snmp/table.h"

/* Each in the file of its name; the access table is with the users. */
extern const struct table imsconn_agent;
extern const struct table imsconn_service;
extern const struct table imsconn_session;
extern const struct table imsconn_user;
extern const struct table imsconn_access;

/* All of them, below imscObjects. */
extern const struct tables imsconn_tables;

/* Whether the sessions of SERVICE, or for SERVICE_ALL of any service, are shown. */
bool scene_lists(const struct scene *scene, enum service service);

/* AGENTX must live as long as the module is open. */
int imsconn_mib_open(const struct agentx *agentx, struct error *err);
void imsconn_mib_close(void);
/* Says how long ago the master agent's sysUpTime began. */
void imsconn_mib_set_uptime(int64_t uptime_us);

/*
 * All cells of one request are asked for between begin and end, from one picture of the
 * store; nothing is held in between requests. NULL if the store cannot be read.
 */
struct reading *imsconn_mib_begin(void);
void imsconn_mib_end(void);

#endif
