/* SPDX-License-Identifier: ISC */
/* null SOCKET ROWS: an AgentX subagent that does nothing but count up. */
#include "config.h"

#include "tests/bench/null_table.h"

int
main(int argc, char **argv)
{
	char no_mibs[] = "mibs :";

	if (argc != 3)
		sample_die("usage: null socket rows");
	snmp_enable_stderrlog();
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_CONFIG_LOAD, 1);
	netsnmp_ds_set_string(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, argv[1]);
	netsnmp_config_remember(no_mibs);
	netsnmp_enable_subagent();
	if (init_agent("null") != 0 || null_register(argv[2]) != MIB_REGISTERED_OK)
		sample_die("null: cannot register");
	init_snmp("null");
	for (;;)
		agent_check_and_process(1);
}
