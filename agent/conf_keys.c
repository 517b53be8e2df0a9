/* SPDX-License-Identifier: ISC */
/* Every key of the configuration. imsconn.conf(5) describes the same keys, and a test
 * compares the two. */
#include "config.h"

#include <string.h>

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
#define NUMBERS(name, field, text, from, to) \
	KEY(name, CONF_NUMBERS, field, text), .low = from, .high = to
#define STRINGS(name, field, text, from, to) \
	KEY(name, CONF_STRINGS, field, text), .low = from, .high = to
#define NETWORKS(name, field) KEY(name, CONF_NETWORKS, field, "[]")
#define NAMES(name, field, text, from, to) \
	KEY(name, CONF_NAMES, field, text), .low = from, .high = to
#define CHANGES .reload = true
#define OF_ALL .main_only = true

/* The limits of a STRING, and of each of STRINGS, are those of its length. */
const struct conf_key conf_keys[] = {
	{ STRING("agentx.context", agentx_context, "", 0, 32), .named = "*",
	    .unique = CONF_UNIQUE_CONTEXT },
	{ SWITCH("agentx.enable", agentx_enable, "true"), OF_ALL },
	{ NUMBER("agentx.ping_seconds", ping_seconds, "1", 1, 300), OF_ALL },
	{ STRING("agentx.socket", agentx_socket, "/var/agentx/master", 1, 255),
	    OF_ALL },
	{ KEY("alarms", CONF_ALARMS, alarms, "()"), .high = ALARMS_MAX, CHANGES },
	{ NUMBER("audit.rows", audit_rows, "10000", 1, 1000000), CHANGES },
	{ WORD("backend", backend, "dovecot", "dovecot|cyrus|none") },
	{ NUMBER("collector.activity_seconds", activity_seconds, "60", 0, 86400),
	    CHANGES },
	{ NUMBER("collector.max_sessions", max_sessions, "2000000", 1, 20000000),
	    CHANGES },
	{ NUMBER("collector.poll_seconds", poll_seconds, "5", 1, 3600), CHANGES },
	{ NUMBER("collector.timeout_seconds", timeout_seconds, "10", 1, 600), CHANGES },
	{ STRING("cyrus.event_group", cyrus_event_group, "mail", 0, 32) },
	{ STRING("cyrus.event_socket", cyrus_event_socket, "", 0, SOCKET_PATH_MAX),
	    .unique = CONF_UNIQUE_SOCKET },
	{ STRINGS("cyrus.lastpop_command", cyrus_lastpop_command, "[]", 1, 1000) },
	{ STRING("cyrus.log_file", cyrus_log_file, "", 0, 1000) },
	{ STRINGS("cyrus.log_match", cyrus_log_match,
	    "[ \"_COMM=imapd\", \"_COMM=pop3d\", \"_COMM=httpd\", \"_UID=cyrus\" ]", 1,
	    255) },
	{ STRING("cyrus.pid_file", cyrus_pid_file, "/run/cyrus-master.pid", 1, 1000) },
	{ STRING("cyrus.proc_path", cyrus_proc, "/run/cyrus/proc", 1, 1000) },
	{ STRINGS("cyrus.services", cyrus_services, "[]", 1, 255) },
	{ STRINGS("cyrus.users_command", cyrus_users_command,
	    "[ \"/usr/lib/cyrus/bin/ctl_mboxlist\", \"-d\" ]", 1, 1000) },
	{ NUMBER("cyrus.users_minutes", cyrus_users_minutes, "60", 0, 10080), CHANGES },
	{ SWITCH("disconnect.allow_snmp", allow_snmp, "false"), CHANGES },
	{ STRINGS("disconnect.block_command", block_command, "[]", 1, 1000) },
	{ NUMBER("disconnect.block_seconds", block_seconds, "10", 1, 300), CHANGES },
	{ NUMBER("disconnect.timeout_seconds", disconnect_seconds, "15", 1, 300),
	    CHANGES },
	{ STRINGS("disconnect.unblock_command", unblock_command, "[]", 1, 1000) },
	{ STRING("dovecot.anvil_socket", anvil_socket, "/run/dovecot/anvil", 1,
	    SOCKET_PATH_MAX) },
	{ NUMBER("dovecot.dict_connections", dict_connections, "16000", 1, 1000000) },
	{ STRING("dovecot.dict_forward", dict_forward, "", 0, SOCKET_PATH_MAX) },
	{ WORD("dovecot.dict_forward_precision", dict_forward_precision, "s",
	    "s|ms|us|ns") },
	{ STRING("dovecot.dict_group", dict_group, "dovecot", 0, 32) },
	{ STRING("dovecot.dict_socket", dict_socket, IMSC_RUNDIR "/imsconn/dict.sock",
	      0, SOCKET_PATH_MAX),
	    .named = IMSC_RUNDIR "/imsconn/dict.*.sock", .unique = CONF_UNIQUE_SOCKET },
	{ STRING("dovecot.doveadm", doveadm, "doveadm", 1, 1000) },
	{ STRING("dovecot.doveconf", doveconf, "doveconf", 1, 1000) },
	{ STRING("dovecot.log_file", dovecot_log_file, "", 0, 1000) },
	{ STRINGS("dovecot.log_match", dovecot_log_match,
	    "[ \"SYSLOG_IDENTIFIER=dovecot\", \"_COMM=log\", \"_UID=0\" ]", 1, 255) },
	{ NUMBER("dovecot.users_minutes", users_minutes, "60", 0, 10080), CHANGES },
	{ NUMBER("feed.connections", feed_connections, "256", 1, 10000) },
	{ STRING("feed.group", feed_group, "www-data", 0, 32) },
	{ STRING("feed.socket", feed_socket, "", 0, SOCKET_PATH_MAX),
	    .unique = CONF_UNIQUE_SOCKET },
	{ NUMBERS("inactive_days", inactive_days, "[ 30, 90, 180, 365 ]", 1, 36500) },
	{ SWITCH("local.enablelastaccess", last_access, "0"), CHANGES },
	{ SWITCH("local.enablemasterlastaccess", master_last_access, "0"), CHANGES },
	{ SWITCH("local.http.enableuserlist", http_userlist, "0"), CHANGES },
	{ NUMBER("local.http.session_timeout", web_seconds, "600", 1, 86400), CHANGES },
	{ SWITCH("local.imap.enableuserlist", imap_userlist, "0"), CHANGES },
	{ SWITCH("local.pop3.enableuserlist", pop3_userlist, "1"), CHANGES },
	{ SWITCH("local.proxy.enableuserlist", proxy_userlist, "0"), CHANGES },
	{ STRING("module.board", board, "", 0, 1000), .unique = CONF_UNIQUE_SOCKET },
	{ SWITCH("network_services.enable", network_services, "true") },
	{ NUMBER("network_services.index_base", index_base, "0", 0, 2000000000) },
	{ NUMBER("notify.min_seconds", notify_min_seconds, "60", 0, 86400), CHANGES },
	{ NUMBER("notify.returned_seconds", returned_seconds, "3600", 0, 31536000),
	    CHANGES },
	{ NUMBER("notify.user_sessions", user_sessions, "0", 0, 1000000), CHANGES },
	{ STRING("privacy.key_file", privacy_key_file,
	    IMSC_SYSCONFDIR "/imsconn/privacy.key", 1, 1000) },
	{ WORD("privacy.mode", privacy_mode, "full", "full|pseudonymous|aggregate") },
	{ NUMBER("retention", retention_days, "0", 0, 36500), CHANGES },
	{ NUMBER("store.map_gib", store_map_gib, "16", 1, 4096) },
	{ STRING("store.path", store_path, IMSC_STATEDIR "/imsconn", 1, 1000),
	    .named = IMSC_STATEDIR "/imsconn/*", .unique = CONF_UNIQUE_FOLDER },
	{ NAMES("stores", stores, "[]", 1, CONF_STORE_NAME_MAX), OF_ALL },
	{ NETWORKS("webmail.hosts", webmail_hosts), CHANGES },
	{ STRING("webmail.session_prefix", webmail_prefix, "", 0, 63) },
	{ .path = NULL },
};

static bool
is_of_cyrus(const struct conf *conf)
{
	return strcmp(conf->backend, "cyrus") == 0;
}

const char *
conf_log_file(const struct conf *conf)
{
	return is_of_cyrus(conf) ? conf->cyrus_log_file : conf->dovecot_log_file;
}

const struct conf_strings *
conf_log_match(const struct conf *conf)
{
	return is_of_cyrus(conf) ? &conf->cyrus_log_match : &conf->dovecot_log_match;
}

int
conf_users_minutes(const struct conf *conf)
{
	if (!is_of_cyrus(conf))
		return conf->users_minutes;
	return conf->cyrus_users_command.count > 0 ? conf->cyrus_users_minutes : 0;
}
