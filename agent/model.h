/* SPDX-License-Identifier: ISC */
/*
 * The data model: what is known of the users of a mail store. Times are microseconds
 * since the epoch; 0 is "not known". Texts are borrowed from where they were read.
 */
#ifndef IMSC_MODEL_H
#define IMSC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/text.h"

/* The numbers are ImscServiceNumber's of the MIB and are part of every key: never change. */
enum service {
	SERVICE_NONE = 0,
	SERVICE_ALL = 1, /* every service together: totals only */
	SERVICE_IMAP = 2,
	SERVICE_POP3 = 3,
	SERVICE_HTTP = 4, /* webmail, and connections such as those of calendars */
	SERVICE_SUBMISSION = 5,
	SERVICE_MANAGESIEVE = 6,
	SERVICE_LMTP = 7,
	SERVICE_OTHER = 8,
	SERVICE_PROXY = 9, /* logins passed on to other servers, by whatever protocol */
	SERVICE_END
};

enum {
	USER_NAME_MAX = 1000,    /* octets; longer names are refused */
	MAILBOX_NAME_MAX = 1000, /* octets; longer ones are cut */
	USER_KEY_MAX = 96        /* octets, so that no OID has more than 128 arcs */
};

/* How a login time is known; the numbers are imscSessionLoginTimeSource's. */
enum time_source {
	TIME_RECORDED = 1, /* the mail server said so at the login */
	TIME_DERIVED = 2,  /* from its own marks, as its process's start */
	TIME_OBSERVED = 3  /* seen first then; the session may be older */
};

/* An IPv4 or IPv6 address in network order; length 4 or 16, 0 if not known. */
struct address {
	uint8_t length;
	uint8_t bytes[16];
};

/* The addresses that have the first BITS of one. */
struct network {
	struct address address;
	uint8_t bits;
};

struct endpoint {
	struct address address;
	uint16_t port; /* 0 if not known */
};

/*
 * From here on a pid is none that Linux gives (PID_MAX_LIMIT is 1 << 22), but stands in for one
 * that the mail server does not tell: sessions that it lists alike have the same.
 */
#define PROCESS_STAND_IN ((uint32_t)1 << 30)

/*
 * A process of the mail server, and when it was seen to be the session's: a process with
 * this pid that started later is another one.
 */
struct process {
	uint32_t pid;        /* 0 if not known; or a stand-in */
	uint64_t seen_ticks; /* clock ticks after boot, as in proc_pid_stat(5) */
};

/*
 * The mail server's own name of a connection while one of its processes serves it; all zeros
 * if it has none.
 */
struct connection_id {
	uint8_t octets[16];
};

/* What went from the client to the server, and back. */
struct octets {
	bool known;
	uint64_t in;
	uint64_t out;
};

/*
 * One authenticated connection, or what a user does at webmail, which has no process. SERVICE
 * and NUMBER name it as long as it lives.
 */
struct session {
	enum service service;
	uint32_t number;
	struct text user;
	int64_t login_us;
	enum time_source login_source;
	int64_t created_us; /* when we first heard of it */
	struct text mechanism;
	struct text store_id;  /* the mail server's own name of it */
	struct text auth_user; /* whose credentials were used, if another user's */
	struct endpoint local;
	struct endpoint remote;
	struct address peer; /* who connected, if not REMOTE itself; not kept */
	struct process process;
	struct connection_id connection; /* in that process */
	bool hibernated; /* kept by a process for many such, until its client speaks */
	int64_t seen_us; /* of webmail: when its user was last seen there */
	struct text mailbox; /* selected now, if the mail server tells */
	int64_t active_us;   /* when its client was last heard, if somebody tells */
	struct octets octets;
};

/*
 * Whether it is what a user does at webmail. Other sessions of SERVICE_HTTP are connections, which have a
 * process.
 */
bool session_is_web(const struct session *session);

/* Compares SESSION's service, then its user, with these. */
int session_compare_user(
    const struct session *session, enum service service, struct text user);
/* Since when SESSION is idle; 0 if not known. */
int64_t session_idle_since_us(const struct session *session);

/* What is recorded of one user at one service. */
struct access {
	enum service service;
	uint32_t sessions; /* open now */
	int64_t login_us;
	int64_t logout_us;
	struct address address; /* where he last came from */
};

/* A user, with his accesses by rising service. */
struct user {
	struct text name;
	uint32_t sessions;
	size_t naccess;
	struct access access[SERVICE_END];
};

/* What is counted of one service, or of all. */
struct totals {
	uint32_t sessions;
	uint32_t users; /* with at least one session */
	uint32_t peak_sessions;
	uint32_t peak_users;
	int64_t peak_us; /* when peak_users was last reached */
	uint64_t logins;
	uint32_t disconnects; /* sessions ended on request */
	int64_t last_login_us;
	struct octets octets; /* of sessions that have ended */
};

/* How a request to end sessions was made, and what came of it: imscAudit's numbers. */
enum audit_origin {
	AUDIT_SNMP = 1,
	AUDIT_CLI = 2,
	AUDIT_POLICY = 3
};

/* What was asked for; the numbers are imscAuditAction's. */
enum audit_action {
	AUDIT_DISCONNECT = 1,
	AUDIT_BLOCK = 2,
	AUDIT_UNBLOCK = 3
};

enum audit_result {
	AUDIT_PENDING = 1,
	AUDIT_DONE = 2,
	AUDIT_PARTIAL = 3,
	AUDIT_FAILED = 4,
	AUDIT_NOTHING = 5 /* the user had no session, or was not blocked */
};

struct audit {
	uint32_t number;
	int64_t time_us;
	struct text user;
	enum audit_action action;
	enum audit_origin origin;
	struct text requester; /* who asked, where that is known */
	uint32_t asked;        /* sessions it was about */
	uint32_t ended;        /* sessions seen to end */
	enum audit_result result;
	struct text reason;  /* why not, if not done */
	int64_t returned_us; /* when the user was back, as far as that was noted */
};

/* A user who is kept from logging in. */
struct block {
	struct text user;
	int64_t since_us;
	int64_t until_us; /* when he is to be unblocked; 0: when somebody asks for it */
	int64_t failed_us;     /* when unblocking him failed first; 0: it did not */
	struct text requester; /* who asked for it */
};

/* Names as the command takes and prints them; NULL for what is no service. */
const char *service_name(enum service service);
/* Takes the original's word "pop" too; SERVICE_NONE if there is no such service. */
enum service service_from_name(struct text name);

/* The last login or logout, 0 if neither is known. */
int64_t access_last_us(const struct access *access);
/* As above over the services; SERVICE_ALL asks for all of them. */
int64_t user_last_us(const struct user *user, enum service service);
/* NULL if the user has no record at SERVICE. */
const struct access *user_access(const struct user *user, enum service service);

/* False if TEXT is no address; IPv4 in IPv6 (::ffff:a.b.c.d) becomes IPv4. */
bool address_parse(struct address *address, struct text text);
bool address_equal(const struct address *a, const struct address *b);

/* "192.0.2.7", "2001:db8::/32"; what is behind the bits is taken as zero. False: neither. */
bool network_parse(struct network *network, struct text text);
bool network_has(const struct network *network, const struct address *address);

bool connection_id_is_known(const struct connection_id *id);
bool connection_id_equal(const struct connection_id *a, const struct connection_id *b);

enum {
	ENDPOINT_TEXT_SIZE = 64
};
/* "192.0.2.1:143", "[2001:db8::1]:143", without the port if not known, or "". */
const char *endpoint_format(char buffer[ENDPOINT_TEXT_SIZE], const struct endpoint *e);

#endif
