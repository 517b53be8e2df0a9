/* SPDX-License-Identifier: ISC */
/* Every key of the configuration. imsconn.conf(5) describes the same keys, and a test
 * compares the two. */
#include "config.h"

#include "agent/conf.h"

/* unix(7): sun_path without its NUL. */
#define SOCKET_PATH_MAX 107

#define KEY(name, kind, field, text)                                        \
	.path = name, .type = kind, .offset = offsetof(struct conf, field), \
	.standard = text
#define SWITCH(name, field, text) KEY(name, CONF_BOOL, field, text)
#define NUMBER(name, field, text, from, to) \
	KEY(name, CONF_INT, field, text), .low = from, .high = to
#define STRING(name, field, text, from, to) \
	KEY(name, CONF_STRING, field, text), .low = from, .high = to
#define WORD(name, field, text, words) \
	KEY(name, CONF_STRING, field, text), .allowed = words
#define CHANGES .reload = true

/* The limits of a STRING are those of its length. */
const struct conf_key conf_keys[] = {
	{ SWITCH("agentx.enable", agentx_enable, "true") },
	{ NUMBER("agentx.ping_seconds", ping_seconds, "1", 1, 300) },
	{ STRING("agentx.socket", agentx_socket, "/var/agentx/master", 1, 255) },
	{ NUMBER("audit.rows", audit_rows, "10000", 1, 1000000), CHANGES },
	{ WORD("backend", backend, "dovecot", "dovecot|none") },
	{ NUMBER("collector.max_sessions", max_sessions, "2000000", 1, 20000000),
	    CHANGES },
	{ NUMBER("collector.poll_seconds", poll_seconds, "5", 1, 3600), CHANGES },
	{ NUMBER("collector.timeout_seconds", timeout_seconds, "10", 1, 600), CHANGES },
	{ SWITCH("disconnect.allow_snmp", allow_snmp, "false"), CHANGES },
	{ NUMBER("disconnect.timeout_seconds", disconnect_seconds, "5", 1, 300),
	    CHANGES },
	{ STRING("dovecot.anvil_socket", anvil_socket, "/run/dovecot/anvil", 1,
	    SOCKET_PATH_MAX) },
	{ NUMBER("dovecot.dict_connections", dict_connections, "16000", 1, 1000000) },
	{ STRING("dovecot.dict_group", dict_group, "dovecot", 0, 32) },
	{ STRING("dovecot.dict_socket", dict_socket, IMSC_RUNDIR "/imsconn/dict.sock",
	    0, SOCKET_PATH_MAX) },
	{ SWITCH("local.enablelastaccess", last_access, "0"), CHANGES },
	{ SWITCH("local.http.enableuserlist", http_userlist, "0"), CHANGES },
	{ SWITCH("local.imap.enableuserlist", imap_userlist, "0"), CHANGES },
	{ SWITCH("local.pop3.enableuserlist", pop3_userlist, "1"), CHANGES },
	{ NUMBER("retention", retention_days, "0", 0, 36500), CHANGES },
	{ NUMBER("store.map_gib", store_map_gib, "16", 1, 4096) },
	{ STRING("store.path", store_path, IMSC_STATEDIR "/imsconn", 1, 1000) },
	{ .path = NULL },
};
