/* SPDX-License-Identifier: ISC */
/*
 * IMSCONN-MIB and NETWORK-SERVICES-MIB (RFC 2788): their tables, and how a request asks for
 * their cells.
 */
#ifndef IMSC_IMSCONN_MIB_H
#define IMSC_IMSCONN_MIB_H

#include "agent/snmp/table.h"

/*
 * Each in the file of its name; accesses are with the users, all users with the inactive, and
 * notify's scalars with the alarms.
 */
extern const struct table imsconn_agent;
extern const struct table imsconn_service;
extern const struct table imsconn_session;
extern const struct table imsconn_user;
extern const struct table imsconn_access;
extern const struct table imsconn_inactive;
extern const struct table imsconn_all_users;
extern const struct table imsconn_audit;
extern const struct table imsconn_alarm;
extern const struct table imsconn_notify;

/* The entry of a table, by its arcs below imscObjects. */
#define IMSCONN_ENTRY(...) TABLE_ENTRY(IMSC_OID_ROOT, 1, __VA_ARGS__)

/* The services as applications, and their sessions as associations. */
#define NETWORK_SERVICES_ROOT 1, 3, 6, 1, 2, 1, 27
extern const struct table network_services_appl;
extern const struct table network_services_assoc;

/* Whether the sessions of SERVICE, or for SERVICE_ALL of any service, are shown. */
bool scene_lists(const struct scene *scene, enum service service);
/* Those that are served. */
const struct tables *scene_tables(const struct scene *scene);
/* It is NOW_US; master_start_us stays within what sysUpTime can count. */
void scene_set_time(struct scene *scene, int64_t now_us);

/* ---- in imsconnd alone: one scene, that of the whole process */

/* AGENTX must live as long as the module is open. */
int imsconn_mib_open(const struct agentx *agentx, struct error *err);
void imsconn_mib_close(void);
/* Says how long ago the master agent's sysUpTime began. */
void imsconn_mib_set_uptime(int64_t uptime_us);

/* Those that are served. */
const struct tables *imsconn_mib_tables(void);
/* What is the same for every request; its view can be read only in between. */
const struct scene *imsconn_mib_scene(void);

/*
 * All cells of one request are asked for between begin and end, from one picture of the
 * store; nothing is held in between requests. NULL if the store cannot be read.
 */
struct reading *imsconn_mib_begin(void);
void imsconn_mib_end(void);

#endif
