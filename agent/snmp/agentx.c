/* SPDX-License-Identifier: ISC */
/*
 * The SNMP thread: Net-SNMP's library as an AgentX subagent, without its files. Waiting for
 * the master agent is this thread's own affair; nobody else stands still meanwhile.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "agent/log.h"
#include "agent/snmp/handler.h"
#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/link.h"
#include "agent/snmp/notify.h"
#include "agent/snmp/registration.h"
#include "agent/snmp/shortcut.h"
#include "agent/snmp/watchdog.h"

/*
 * How long the library waits for the master agent to answer it, in seconds. Masters do stand
 * still for a second or two, and a connection that is given up is paid for by managers.
 */
enum {
	ANSWER_SECONDS = 2
};

static struct {
	const struct agentx *agentx;
	bool connected;
} agentx_state;

/* What the library has to say: a refused registration, for one. */
static int
on_log(int major, int minor, void *message, void *arg)
{
	const struct snmp_log_message *m = message;
	int length = (int)strcspn(m->msg, "\n");

	(void)major;
	(void)minor;
	(void)arg;
	if (length > 0 && m->priority <= LOG_ERR)
		log_warning("AgentX: %.*s", length, m->msg);
	else if (length > 0)
		log_debug("AgentX: %.*s", length, m->msg);
	return 0;
}

static int
on_connected(int major, int minor, void *session, void *arg)
{
	(void)major;
	(void)minor;
	(void)arg;
	link_set_up(session);
	shortcut_open(session, agentx_state.agentx->context);
	notify_connected(session);
	registration_begin(session);
	imsconn_mib_set_uptime((int64_t)netsnmp_get_agent_uptime() * VALUE_TICK_US);
	agentx_state.connected = true;
	log_info("connected to the master agent at %s", agentx_state.agentx->socket);
	return 0;
}

static int
on_lost(int major, int minor, void *session, void *arg)
{
	(void)major;
	(void)minor;
	(void)session;
	(void)arg;
	agentx_state.connected = false;
	notify_lost();
	registration_end();
	log_warning("lost the master agent at %s; trying again every %d s",
	    agentx_state.agentx->socket, agentx_state.agentx->ping_seconds);
	return 0;
}

static void
set_up_log(void)
{
	snmp_disable_log();
	snmp_enable_calllog();
	snmp_register_callback(
	    SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
}

/* Neither configuration nor state nor MIB modules are read from files. */
static void
set_up_library(const struct agentx *agentx)
{
	char no_mibs[] = "mibs :";

	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_CONFIG_LOAD, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
	netsnmp_ds_set_string(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, agentx->socket);
	netsnmp_config_remember(no_mibs);
	netsnmp_enable_subagent();
}

/* To be called after init_agent(), which sets its own, and before the first session. */
static void
set_times(const struct agentx *agentx)
{
	netsnmp_ds_set_int(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_TIMEOUT, ANSWER_SECONDS);
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, agentx->ping_seconds);
}

static int
start(struct agentx *agentx, struct error *err)
{
	set_up_log();
	set_up_library(agentx);
	if (init_agent("imsconnd") != 0)
		return error_set(err, "cannot set up Net-SNMP's library");
	set_times(agentx);
	notify_open(agentx->notices, agentx->context);
	snmp_register_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, NULL);
	snmp_register_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_lost, NULL);
	if (imsconn_mib_open(agentx, err) == -1 || handler_open(agentx, err) == -1)
		return -1;
	init_snmp("imsconnd");
	if (!agentx_state.connected)
		log_warning("no master agent at %s (%s); trying again every %d s",
		    agentx->socket, link_explain(agentx->socket), agentx->ping_seconds);
	return 0;
}

/*
 * Waits once and does what is due. Sessions are read before alarms run: an alarm may read
 * one, and what select() said of it would be stale. False if it is time to stop.
 */
static bool
turn(const struct agentx *agentx, netsnmp_large_fd_set *fds)
{
	int highest = agentx->stop_fd + 1;
	int notices = notify_fd();
	struct timeval timeout = { 0 };
	int block = 1;
	int ready;

	NETSNMP_LARGE_FD_ZERO(fds);
	NETSNMP_LARGE_FD_SET(agentx->stop_fd, fds);
	if (notices != -1) {
		NETSNMP_LARGE_FD_SET(notices, fds);
		highest = notices < highest ? highest : notices + 1;
	}
	snmp_select_info2(&highest, fds, &timeout, &block);
	ready = netsnmp_large_fd_set_select(
	    highest, fds, NULL, NULL, block ? NULL : &timeout);
	if (ready == -1) {
		assert(errno == EINTR);
		return true;
	}
	if (NETSNMP_LARGE_FD_ISSET(agentx->stop_fd, fds))
		return false;
	watchdog_begin();
	if (ready > 0)
		snmp_read2(fds);
	else
		snmp_timeout();
	run_alarms();
	netsnmp_check_outstanding_agent_requests();
	notify_send();
	watchdog_end();
	return true;
}

int
agentx_run(struct agentx *agentx, struct error *err)
{
	netsnmp_large_fd_set fds;
	int rc;

	agentx_state.agentx = agentx;
	netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	rc = start(agentx, err);
	while (rc == 0 && turn(agentx, &fds))
		;
	netsnmp_large_fd_set_cleanup(&fds);
	snmp_shutdown("imsconnd");
	shutdown_agent();
	notify_close();
	imsconn_mib_close();
	return rc;
}
