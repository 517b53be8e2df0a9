/* SPDX-License-Identifier: ISC */
/*
 * The configuration: one struct, filled from a libconfig file by a table that knows each
 * key's type, default and limits. imsconn.conf(5) describes every key.
 */
#ifndef IMSC_CONF_H
#define IMSC_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/alarm.h"
#include "agent/error.h"
#include "agent/model.h"

#define CONF_DEFAULT_PATH IMSC_SYSCONFDIR "/imsconn/imsconn.conf"

/* One threshold: an element of the list "alarms". */
struct conf_alarm {
	char *name;
	char *object;
	char *service;
	char *direction;
	bool startup;
	int rising;
	int falling;
};

struct conf_alarms {
	struct conf_alarm *all;
	size_t count;
};

enum {
	CONF_NUMBERS_MAX = 16
};

/* The numbers of an array, rising, each once. */
struct conf_numbers {
	size_t count;
	int number[CONF_NUMBERS_MAX];
};

enum {
	CONF_STRINGS_MAX = 16
};

/* The strings of an array, as they stand there; all that are not there are NULL. */
struct conf_strings {
	size_t count;
	char *string[CONF_STRINGS_MAX + 1];
};

enum {
	CONF_STORE_NAME_MAX = 32
};

enum {
	CONF_NETWORKS_MAX = 64
};

/* The networks of an array, as they stand there. */
struct conf_networks {
	size_t count;
	struct network network[CONF_NETWORKS_MAX];
};

/* Strings are owned by the struct and never NULL. */
struct conf {
	bool imap_userlist;           /* local.imap.enableuserlist */
	bool pop3_userlist;           /* local.pop3.enableuserlist */
	bool http_userlist;           /* local.http.enableuserlist */
	bool proxy_userlist;          /* local.proxy.enableuserlist */
	bool last_access;             /* local.enablelastaccess */
	bool master_last_access;      /* local.enablemasterlastaccess */
	char *backend;                /* backend: "dovecot", "cyrus" or "none" */
	char *cyrus_event_group;      /* cyrus.event_group; "" leaves the process's */
	char *cyrus_event_socket;     /* cyrus.event_socket; "" for none */
	char *cyrus_proc;             /* cyrus.proc_path: a folder */
	char *cyrus_pid_file;         /* cyrus.pid_file: of its master */
	char *cyrus_log_file;         /* cyrus.log_file; "" for none */
	char *anvil_socket;           /* dovecot.anvil_socket */
	char *dict_socket;            /* dovecot.dict_socket; "" for none */
	char *dict_forward;           /* dovecot.dict_forward; "" for nobody */
	char *dict_forward_precision; /* dovecot.dict_forward_precision */
	char *dict_group;             /* dovecot.dict_group; "" leaves the process's */
	int dict_connections;         /* dovecot.dict_connections */
	char *dovecot_log_file;       /* dovecot.log_file; "" for none */
	char *doveadm;                /* dovecot.doveadm: a path, or a name in PATH */
	char *doveconf;               /* dovecot.doveconf: likewise */
	int users_minutes;            /* dovecot.users_minutes; 0 is never */
	char *feed_socket;            /* feed.socket; "" for none */
	char *feed_group;             /* feed.group; "" leaves the process's */
	int feed_connections;         /* feed.connections */
	int web_seconds; /* local.http.session_timeout: how long a silent one lives */
	int activity_seconds;   /* collector.activity_seconds; 0 is never */
	int poll_seconds;       /* collector.poll_seconds */
	int timeout_seconds;    /* collector.timeout_seconds: a poll's deadline */
	int max_sessions;       /* collector.max_sessions: a listing's bound */
	char *store_path;       /* store.path: a directory */
	int store_map_gib;      /* store.map_gib */
	char *privacy_key_file; /* privacy.key_file */
	char *privacy_mode;     /* privacy.mode: a word of agent/privacy.h */
	int retention_days;     /* retention; 0 is for ever */
	int audit_rows;         /* audit.rows */
	char *agentx_context;   /* agentx.context: SNMP's; "" is the default one */
	bool agentx_enable;     /* agentx.enable */
	char *agentx_socket;    /* agentx.socket: a path, or tcp:host:port */
	int ping_seconds;       /* agentx.ping_seconds */
	char *board;            /* module.board: a file; "" for none */
	bool allow_snmp;        /* disconnect.allow_snmp */
	int disconnect_seconds; /* disconnect.timeout_seconds */

	struct conf_strings cyrus_services; /* cyrus.services: "name=service" */

	struct conf_strings cyrus_log_match;       /* cyrus.log_match */
	struct conf_strings cyrus_users_command;   /* cyrus.users_command */
	struct conf_strings cyrus_lastpop_command; /* cyrus.lastpop_command */
	int cyrus_users_minutes;                   /* cyrus.users_minutes; 0 is never */

	struct conf_strings dovecot_log_match; /* dovecot.log_match */

	struct conf_strings block_command;   /* disconnect.block_command */
	struct conf_strings unblock_command; /* disconnect.unblock_command */
	int block_seconds; /* disconnect.block_seconds: either's deadline */

	struct conf_alarms alarms; /* alarms; at most ALARMS_MAX */
	int notify_min_seconds;    /* notify.min_seconds */
	int returned_seconds;      /* notify.returned_seconds; 0 tells of nobody */
	int user_sessions;         /* notify.user_sessions; 0 is no limit */
	struct conf_numbers inactive_days;  /* inactive_days */
	bool network_services;              /* network_services.enable */
	int index_base;                     /* network_services.index_base */
	struct conf_networks webmail_hosts; /* webmail.hosts */
	char *webmail_prefix;               /* webmail.session_prefix; "" marks none */
	struct conf_strings stores;         /* stores: those beside the main one */
};

enum conf_type {
	CONF_BOOL,
	CONF_INT,
	CONF_STRING,
	CONF_ALARMS,
	CONF_NUMBERS,
	CONF_STRINGS,
	CONF_NAMES, /* strings that can be a part of a file's name, each once */
	CONF_NETWORKS
};

/* What no two stores of one imsconnd may share. */
enum conf_unique {
	CONF_SHARED,
	CONF_UNIQUE_CONTEXT,
	CONF_UNIQUE_FOLDER,
	CONF_UNIQUE_SOCKET /* whose key it is does not matter; "" is none */
};

/* One key. The default is text, as the manual page prints it. */
struct conf_key {
	const char *path;
	enum conf_type type;
	size_t offset;        /* in its struct */
	const char *standard; /* the default */
	int low; /* limits of a CONF_INT, of each of CONF_NUMBERS, of the length of a CONF_STRING
	            or of each of CONF_STRINGS and CONF_NAMES, or of how many CONF_ALARMS */
	int high;
	const char *allowed; /* CONF_STRING: "dovecot|none", or NULL for any */
	bool reload;         /* SIGHUP can change it */
	bool main_only;    /* it is the process's, and not in a further store's file */
	const char *named; /* CONF_STRING: the default in such a file, with * for the
	                        store's name; NULL: as in the main file */
	enum conf_unique unique;
};

/* Every key, by rising path; ends with a NULL path. */
extern const struct conf_key conf_keys[];

/* Those of an element of "alarms"; a default of -1 or "" is none. */
extern const struct conf_key conf_alarm_keys[];

/*
 * Reads PATH. Every key that is not there has its default. An unknown key, a wrong type or
 * a value out of its limits fails with "PATH:LINE: KEY: what is wrong; what is allowed".
 * The caller gives CONF back with conf_fini() in either case.
 */
int conf_read(struct conf *conf, const char *path, struct error *err);
/*
 * The same for PATH as the file of a store beside that of MAIN_PATH: CONF has its defaults
 * already, and what is the process's may not be set.
 */
int conf_read_further(
    struct conf *conf, const char *path, const char *main_path, struct error *err);
/* The rule that an element of "alarms" makes; its name is borrowed. */
struct alarm_rule conf_alarm_rule(const struct conf_alarm *alarm);

/* Where the log is of the mail server that CONF is about, "" for nowhere; and what is its own there. */
const char *conf_log_file(const struct conf *conf);
const struct conf_strings *conf_log_match(const struct conf *conf);

/* How often the users of the mail server in use are listed; 0 is never. */
int conf_users_minutes(const struct conf *conf);

/* Whether the connected users of SERVICE are listed; for SERVICE_ALL false. */
bool conf_lists(const struct conf *conf, enum service service);

/* Whether what was done with AUTH_USER's credentials (empty: the user's own) is an access. */
bool conf_records(const struct conf *conf, struct text auth_user);

/* All defaults. */
void conf_init(struct conf *conf);
/* Those of the store NAME; what is the process's, and not a store's, stays. */
void conf_init_further(struct conf *conf, const char *name);
void conf_fini(struct conf *conf);
void conf_strings_fini(struct conf_strings *strings);

/*
 * Takes from NEXT what SIGHUP may change and frees the rest of it. IGNORED gets the paths of
 * the changed keys that need a restart, separated by blanks, or "".
 */
void conf_reload(struct conf *conf, struct conf *next, char *ignored, size_t size);

#endif
