/* SPDX-License-Identifier: ISC */
/*
 * The SNMP thread: Net-SNMP's library as an AgentX subagent, without its files. Waiting for
 * the master agent is this thread's own affair; nobody else stands still meanwhile.
 */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>

#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"

/* How long the library waits for the master agent to answer it, in seconds. */
enum {
	ANSWER_SECONDS = 1
};

static struct {
	const struct agentx *agentx;
	bool connected;
	bool stopping;
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
	(void)session;
	(void)arg;
	imsconn_mib_connected();
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
	log_warning("lost the master agent at %s; trying again every %d s",
	    agentx_state.agentx->socket, agentx_state.agentx->ping_seconds);
	return 0;
}

static void
on_stop(int fd, void *arg)
{
	(void)fd;
	(void)arg;
	agentx_state.stopping = true;
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
	netsnmp_ds_set_int(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_TIMEOUT, ANSWER_SECONDS);
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
	netsnmp_ds_set_string(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, agentx->socket);
	netsnmp_config_remember(no_mibs);
	netsnmp_enable_subagent();
}

static int
start(struct agentx *agentx, struct error *err)
{
	set_up_log();
	set_up_library(agentx);
	if (init_agent("imsconnd") != 0)
		return error_set(err, "cannot set up Net-SNMP's library");
	/* init_agent() has just set its own. */
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, agentx->ping_seconds);
	snmp_register_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, NULL);
	snmp_register_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_lost, NULL);
	if (imsconn_mib_open(agentx, err) == -1)
		return -1;
	if (register_readfd(agentx->stop_fd, on_stop, NULL) != FD_REGISTERED_OK)
		return error_set(err, "cannot watch for the end");
	init_snmp("imsconnd");
	if (!agentx_state.connected)
		log_warning("no master agent at %s; trying again every %d s",
		    agentx->socket, agentx->ping_seconds);
	return 0;
}

/* A master agent that goes away in the middle of an answer must not end us. */
static void
block_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int
agentx_run(struct agentx *agentx, struct error *err)
{
	int rc;

	agentx_state.agentx = agentx;
	block_sigpipe();
	rc = start(agentx, err);
	while (rc == 0 && !agentx_state.stopping)
		agent_check_and_process(1);
	unregister_readfd(agentx->stop_fd);
	snmp_shutdown("imsconnd");
	shutdown_agent();
	imsconn_mib_close();
	return rc;
}
