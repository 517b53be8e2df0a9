/* SPDX-License-Identifier: ISC */
/* Lines of Cyrus's log, as real ones wrote them by rsyslogd, and what they tell. */
#ifndef IMSC_TESTS_CYRUS_LINES_H
#define IMSC_TESTS_CYRUS_LINES_H

#include "agent/collect/log_line.h"
#include "agent/model.h"

static const struct cyrus_line {
	const char *line;
	enum log_line kind;
	enum service service;
	const char *user;
	const char *mechanism;
	const char *id;
	struct octets octets;
} real_lines[] = {
	/* 3.6.1 */
	{ "2026-11-25T02:42:47.197230+00:00 vm cyrus/imap[28545]: auditlog: traffic "
	  "sessionid=<cyrus-1795574567-28545-1-578804018825649607> bytes_in=<0> "
	  "bytes_out=<172>",
	    LOG_LINE_LOGOUT, SERVICE_IMAP, "", "",
	    "cyrus-1795574567-28545-1-578804018825649607", { true, 0, 172 } },
	{ "2026-11-25T02:42:47.458900+00:00 vm cyrus/imap[28545]: login: [127.0.0.1] "
	  "alice plaintext User logged in "
	  "SESSIONID=<cyrus-1795574567-28545-2-14739981232745150278>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "alice", "plaintext",
	    "cyrus-1795574567-28545-2-14739981232745150278", { 0 } },
	{ "2026-11-25T02:42:47.463916+00:00 vm cyrus/imap[28545]: auditlog: create "
	  "sessionid=<cyrus-1795574567-28545-2-14739981232745150278> "
	  "mailbox=<user.alice> uniqueid=<1tx3t6vwrajvzojxt4u7xec1> "
	  "uidvalidity=<1795574568>",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "2026-11-25T02:42:47.472418+00:00 vm cyrus/imap[28545]: USAGE alice user: "
	  "0.010134 sys: 0.010134",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "2026-11-25T02:42:47.472572+00:00 vm cyrus/imap[28545]: auditlog: traffic "
	  "sessionid=<cyrus-1795574567-28545-2-14739981232745150278> bytes_in=<35> "
	  "bytes_out=<1016>",
	    LOG_LINE_LOGOUT, SERVICE_IMAP, "", "",
	    "cyrus-1795574567-28545-2-14739981232745150278", { true, 35, 1016 } },
	{ "2026-11-25T02:42:47.474517+00:00 vm cyrus/imap[28545]: login: [127.0.0.1] "
	  "bob plain User logged in "
	  "SESSIONID=<cyrus-1795574567-28545-3-17079948261771439622>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "bob", "PLAIN",
	    "cyrus-1795574567-28545-3-17079948261771439622", { 0 } },
	{ "2026-11-25T02:42:47.490304+00:00 vm cyrus/imap[28545]: login: [127.0.0.1] "
	  "bob PLAIN+TLS User logged in "
	  "SESSIONID=<cyrus-1795574567-28545-4-4645959440858480690>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "bob", "PLAIN",
	    "cyrus-1795574567-28545-4-4645959440858480690", { 0 } },
	{ "2026-11-25T02:42:47.547030+00:00 vm cyrus/imap[28545]: login: [127.0.0.1] "
	  "bob plaintext+TLS User logged in "
	  "SESSIONID=<cyrus-1795574567-28545-5-10611031636730396909>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "bob", "plaintext",
	    "cyrus-1795574567-28545-5-10611031636730396909", { 0 } },
	{ "2026-11-25T02:42:47.594350+00:00 vm cyrus/imap[28545]: login: [127.0.0.1] "
	  "dave CRAM-MD5 User logged in "
	  "SESSIONID=<cyrus-1795574567-28545-6-12871085151641400094>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "dave", "CRAM-MD5",
	    "cyrus-1795574567-28545-6-12871085151641400094", { 0 } },
	{ "2026-11-25T02:42:47.618496+00:00 vm cyrus/pop3[28772]: login: [127.0.0.1] "
	  "dave APOP User logged in "
	  "SESSIONID=<cyrus-1795574567-28772-1-14074576215279429168>",
	    LOG_LINE_LOGIN, SERVICE_POP3, "dave", "APOP",
	    "cyrus-1795574567-28772-1-14074576215279429168", { 0 } },
	{ "2026-11-25T02:42:47.620097+00:00 vm cyrus/pop3[28772]: counts: retr=<0> "
	  "top=<0> dele=<0>",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	/* LOGIN anonymous "me@x plaintext User logged in SESSIONID=<cyrus-1-2-3-4>" */
	{ "2026-11-25T02:42:47.621776+00:00 vm cyrus/imap[28545]: login: [127.0.0.1] "
	  "anonymous me@x plaintext User logged in SESSIONID=<cyrus-1-2-3-4>",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "2026-11-25T02:42:47.638055+00:00 vm cyrus/imap[28780]: badlogin: "
	  "[127.0.0.1] "
	  "ANONYMOUS (-notset-) [SASL(-6): can't request information until later in "
	  "exchange: Information that was requested is not yet available.]",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	/* LOGIN "x plaintext User logged in SESSIONID=<q>" pw */
	{ "2026-11-25T02:42:53.706861+00:00 vm cyrus/imap[28780]: login: [127.0.0.1] x "
	  "plaintext user logged in sessionid=<q> plaintext User logged in "
	  "SESSIONID=<cyrus-1795574573-28780-5-5879521964921214774>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "x plaintext user logged in sessionid=<q>",
	    "plaintext", "cyrus-1795574573-28780-5-5879521964921214774", { 0 } },
	{ "2026-11-25T02:42:56.747563+00:00 vm cyrus/imap[31355]: login: [127.0.0.1] "
	  "e] "
	  "f plaintext User logged in "
	  "SESSIONID=<cyrus-1795574576-31355-3-7259746842328735326>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "e] f", "plaintext",
	    "cyrus-1795574576-31355-3-7259746842328735326", { 0 } },
	{ "2026-11-25T02:42:56.905958+00:00 vm cyrus/imap[31355]: login: [127.0.0.1] "
	  "[1.2.3.4] plaintext User logged in "
	  "SESSIONID=<cyrus-1795574576-31355-9-6259417371393714419>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "[1.2.3.4]", "plaintext",
	    "cyrus-1795574576-31355-9-6259417371393714419", { 0 } },
	{ "2026-11-25T02:43:02.986525+00:00 vm cyrus/pop3[28772]: login: [127.0.0.1] "
	  "alice plaintext+TLS User logged in "
	  "SESSIONID=<cyrus-1795574582-28772-1-4149532148049379301>",
	    LOG_LINE_LOGIN, SERVICE_POP3, "alice", "plaintext",
	    "cyrus-1795574582-28772-1-4149532148049379301", { 0 } },
	{ "2026-11-25T02:43:09.124526+00:00 vm cyrus/http[5949]: login: [127.0.0.1] "
	  "alice Basic User logged in "
	  "SESSIONID=<cyrus-1795574589-5949-1-3788848357222216961>",
	    LOG_LINE_LOGIN, SERVICE_HTTP, "alice", "Basic",
	    "cyrus-1795574589-5949-1-3788848357222216961", { 0 } },
	{ "2026-11-25T02:43:09.125138+00:00 vm cyrus/http[5949]: [127.0.0.1] as "
	  "\"alice\" via SESSIONID=<cyrus-1795574589-5949-1-3788848357222216961>; "
	  "\"PROPFIND /dav/principals/user/alice/ HTTP/1.1\" (auth=Basic; depth=0) => "
	  "\"HTTP/1.1 207 Multi-Status\" (tx-encoding=chunked) [timing: cmd=0.001145 "
	  "net=0.000002 total=0.001147]",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "2026-11-25T02:43:09.195149+00:00 vm cyrus/master[28463]: attempting clean "
	  "shutdown on signal",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	/* 3.6.1, where it finds a name of the client's address */
	{ "Nov 21 21:01:10 mail1 cyrus/imap[19397]: login: localhost [127.0.0.1] bob "
	  "plain+TLS User logged in "
	  "SESSIONID=<cyrus-1795294869-19397-1-5960097506350019118>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "bob", "PLAIN",
	    "cyrus-1795294869-19397-1-5960097506350019118", { 0 } },
	/* 3.10.1 */
	{ "2026-11-25T02:43:30.289711+00:00 vm cyrus/imap[13104]: login: [127.0.0.1] "
	  "dave CRAM-MD5 User logged in "
	  "SESSIONID=<cyrus-1795574610-13104-6-13446293228116290467>",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "dave", "CRAM-MD5",
	    "cyrus-1795574610-13104-6-13446293228116290467", { 0 } },
	{ "2026-11-25T02:43:36.376009+00:00 vm cyrus/imap[13104]: session ended: "
	  "sessionid=<cyrus-1795574616-13104-2-11037574904925957057> userid=<a\"b> "
	  "id.name=<(null)> ",
	    LOG_LINE_LOGOUT, SERVICE_IMAP, "", "",
	    "cyrus-1795574616-13104-2-11037574904925957057", { 0 } },
	{ "2026-11-25T02:43:51.668583+00:00 vm cyrus/http[15674]: login: [127.0.0.1] "
	  "bob Basic User logged in "
	  "SESSIONID=<cyrus-1795574631-15674-1-9805495156737396029>",
	    LOG_LINE_LOGIN, SERVICE_HTTP, "bob", "Basic",
	    "cyrus-1795574631-15674-1-9805495156737396029", { 0 } },
	{ "2026-11-25T02:43:51.712242+00:00 vm cyrus/http[15674]: auditlog: traffic "
	  "sessionid=<cyrus-1795574631-15674-1-9805495156737396029> bytes_in=<442> "
	  "bytes_out=<3224>",
	    LOG_LINE_LOGOUT, SERVICE_HTTP, "", "",
	    "cyrus-1795574631-15674-1-9805495156737396029", { true, 442, 3224 } },
	{ "2026-11-25T02:43:48.576380+00:00 vm cyrus/pop3[13201]: login: [127.0.0.1] "
	  "anonymous me@x",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
};

/*
 * Not seen: as imap/loginlog.c, imap/auditlog.c and lib/logfmt.c of 3.13.7 write them. No Debian has
 * it yet.
 */
static const struct cyrus_line lines_of_3_13[] = {
	{ "event=login.good r.sessionid=cyrus-1-4711-2-3 r.clienthost=\"localhost "
	  "[127.0.0.1]\" u.username=ann login.mech=plain login.tls=0 "
	  "login.magic=~null~",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "ann", "PLAIN", "cyrus-1-4711-2-3", { 0 } },
	{ "event=login.good r.sessionid=cyrus-1-4711-2-3 r.tid=abc "
	  "r.clienthost=[127.0.0.1] u.username=\"a b\" login.mech=plaintext "
	  "login.tls=1 login.magic=+folder login.nopassword=1",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "a b", "plaintext", "cyrus-1-4711-2-3",
	    { 0 } },
	{ "event=login.good r.sessionid=cyrus-1-4711-2-3 r.clienthost=[127.0.0.1] "
	  "u.username=\"a\\\"b\\\\c=\\x{c3}\\x{a4}\\n login.mech=x\" "
	  "login.mech=CRAM-MD5 login.tls=0",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "a\"b\\c=\xc3\xa4\n login.mech=x", "CRAM-MD5",
	    "cyrus-1-4711-2-3", { 0 } },
	{ "event=login.good r.sessionid=cyrus-1-4711-2-3 r.clienthost=[127.0.0.1] "
	  "u.username=ann login.tls=0 pop.subfolder=~null~",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "ann", "APOP", "cyrus-1-4711-2-3", { 0 } },
	{ "event=login.good r.sessionid=cyrus-1-4711-2-3 r.clienthost=[127.0.0.1] "
	  "u.username=ann login.mech=plaintext login.tls=0 pop.subfolder=~null~",
	    LOG_LINE_LOGIN, SERVICE_IMAP, "ann", "plaintext", "cyrus-1-4711-2-3",
	    { 0 } },
	{ "event=login.good r.sessionid=cyrus-1-4711-2-3 r.clienthost=[127.0.0.1] "
	  "login.mech=plaintext login.tls=0 login.anonymous=1 "
	  "login.password=\"u.username=victim\"",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "event=login.bad r.clienthost=[127.0.0.1] u.username=ann "
	  "login.mech=plaintext error=\"checkpass failed\"",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "event=auditlog.traffic r.sessionid=cyrus-1-4711-2-3 used.bytes.in=52 "
	  "used.bytes.out=1379",
	    LOG_LINE_LOGOUT, SERVICE_IMAP, "", "", "cyrus-1-4711-2-3",
	    { true, 52, 1379 } },
	{ "event=auditlog.message.touched r.sessionid=cyrus-1-4711-2-3 "
	  "mbox.name=user.ann",
	    LOG_LINE_OTHER, 0, "", "", "", { 0 } },
	{ "session ended: sessionid=<cyrus-1-4711-2-3> userid=<ann> id.vendor=<> "
	  "id.name=<> id.version=<> ",
	    LOG_LINE_LOGOUT, SERVICE_IMAP, "", "", "cyrus-1-4711-2-3", { 0 } },
	/* imap/auditlog.c of 3.13.1 */
	{ "auditlog: traffic sessionid=<cyrus-1-4711-2-3> r.tid=<x> bytes_in=<1> "
	  "bytes_out=<2>",
	    LOG_LINE_LOGOUT, SERVICE_IMAP, "", "", "cyrus-1-4711-2-3", { true, 1, 2 } },
};

#endif
