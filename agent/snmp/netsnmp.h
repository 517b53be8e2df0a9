/* SPDX-License-Identifier: ISC */
/* The only file that includes Net-SNMP's headers, in the order they need. */
#ifndef IMSC_NETSNMP_H
#define IMSC_NETSNMP_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/agent/sysORTable.h>
#include <net-snmp/library/large_fd_set.h>

#endif
