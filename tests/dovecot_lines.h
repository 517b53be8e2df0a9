/* SPDX-License-Identifier: ISC */
/* Lines of Dovecot's log, as real ones wrote them, and what they tell. */
#ifndef IMSC_TESTS_DOVECOT_LINES_H
#define IMSC_TESTS_DOVECOT_LINES_H

#include "agent/collect/log_line.h"
#include "agent/model.h"

#define LINES_STAMP "2026-11-22 03:58:57 "
#define STATS                                                                   \
	" deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 " \
	"body_bytes=0"

/* As Dovecot wrote them, to a file, or with AT_US to the journal. */
static const struct {
	const char *line;
	int64_t at_us;
	enum log_line kind;
	enum service service;
	const char *user;
	uint32_t pid;
	const char *id;
} real_lines[] = {
	/* 2.3.19 */
	{ LINES_STAMP
	    "imap-login: Info: Login: user=<ann>, method=PLAIN, rip=127.0.0.1, "
	    "lip=127.0.0.1, mpid=32450, secured, session=<wwhxQw5hJa9/AAAB>",
	    0, LOG_LINE_LOGIN, SERVICE_IMAP, "ann", 32450, "wwhxQw5hJa9/AAAB" },
	{ LINES_STAMP
	    "imap(ann)<32450><wwhxQw5hJa9/AAAB>: Info: Disconnected: Logged out "
	    "in=15 out=546" STATS,
	    0, LOG_LINE_LOGOUT, SERVICE_IMAP, "ann", 32450, "wwhxQw5hJa9/AAAB" },
	{ "pop3-login: Login: user=<bob>, method=PLAIN, rip=127.0.0.1, lip=127.0.0.1, "
	  "mpid=13997, secured, session=<KLmF9A1hX69/AAAB>",
	    1, LOG_LINE_LOGIN, SERVICE_POP3, "bob", 13997, "KLmF9A1hX69/AAAB" },
	{ "pop3(bob)<13997><KLmF9A1hX69/AAAB>: Disconnected: Logged out top=0/0, "
	  "retr=0/0, del=0/0, size=0",
	    1, LOG_LINE_LOGOUT, SERVICE_POP3, "bob", 13997, "KLmF9A1hX69/AAAB" },
	{ "imap-hibernate(hib)<14053><Sz6H9A1hh4R/AAAB>: Disconnected: Connection "
	  "closed in=8 out=32" STATS,
	    1, LOG_LINE_LOGOUT, SERVICE_IMAP, "hib", 14053, "Sz6H9A1hh4R/AAAB" },
	{ "imap-hibernate(hib3)<14053><1Chx9Q1h/45/AAAB>: Disconnected: Shutting down "
	  "in=8 out=415" STATS,
	    1, LOG_LINE_LOGOUT, SERVICE_IMAP, "hib3", 14053, "1Chx9Q1h/45/AAAB" },
	{ "imap(idl)<14230><WZOw9Q1hi+Z/AAAB>: Disconnected: Server shutting down. "
	  "in=0 out=434" STATS,
	    1, LOG_LINE_LOGOUT, SERVICE_IMAP, "idl", 14230, "WZOw9Q1hi+Z/AAAB" },
	{ "imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): "
	  "user=<>, rip=127.0.0.1, lip=127.0.0.1, secured, session=<fU2B9A1hfbh/AAAB>",
	    1, LOG_LINE_OTHER, 0, "", 0, "" },
	{ "master: Warning: Killed with signal 15 (by pid=13709 uid=0 code=kill)", 1,
	    LOG_LINE_OTHER, 0, "", 0, "" },
	/* 2.4.1 */
	{ "Nov 22 03:58:57 imap-login: Info: Logged in: user=<cram>, method=CRAM-MD5, "
	  "rip=127.0.0.1, lip=127.0.0.1, mpid=23778, secured, "
	  "session=<TNGIQQ5hW9d/AAAB>",
	    0, LOG_LINE_LOGIN, SERVICE_IMAP, "cram", 23778, "TNGIQQ5hW9d/AAAB" },
	{ "Nov 22 03:58:57 imap(cram)<23778><TNGIQQ5hW9d/AAAB>: Info: Disconnected: "
	  "Connection closed (No commands sent) in=0 out=453" STATS,
	    0, LOG_LINE_LOGOUT, SERVICE_IMAP, "cram", 23778, "TNGIQQ5hW9d/AAAB" },
	{ "Nov 22 03:58:57 imap-hibernate(hib)<24165><CA2VQQ5ho89/AAAB>: Info: "
	  "Disconnected: Connection closed in=22 out=495" STATS,
	    0, LOG_LINE_LOGOUT, SERVICE_IMAP, "hib", 24165, "CA2VQQ5ho89/AAAB" },
	{ "pop3-login: Logged in: user=<p3>, method=PLAIN, rip=127.0.0.1, "
	  "lip=127.0.0.1, mpid=17171, secured, session=<Mof4Pw5hJd5/AAAB>",
	    1, LOG_LINE_LOGIN, SERVICE_POP3, "p3", 17171, "Mof4Pw5hJd5/AAAB" },
	{ "pop3(p3)<17171><Mof4Pw5hJd5/AAAB>: Disconnected: Connection closed "
	  "top=0/0, retr=0/0, del=0/0, size=0",
	    1, LOG_LINE_LOGOUT, SERVICE_POP3, "p3", 17171, "Mof4Pw5hJd5/AAAB" },
	{ "imap(kicked)<16927><97jDPw5hV6p/AAAB>: Disconnected: User kicked in=0 "
	  "out=482" STATS,
	    1, LOG_LINE_LOGOUT, SERVICE_IMAP, "kicked", 16927, "97jDPw5hV6p/AAAB" },
	{ "imap-hibernate(hkicked)<14500><f4TGPw5hT9N/AAAB>: Disconnected: User kicked "
	  "in=8 out=463" STATS,
	    1, LOG_LINE_LOGOUT, SERVICE_IMAP, "hkicked", 14500, "f4TGPw5hT9N/AAAB" },
	{ "imap-login: Logged in: user=<q>, method=x, session=<zz>>, method=PLAIN, "
	  "rip=127.0.0.1, lip=127.0.0.1, mpid=13807, secured, "
	  "session=<Mkv2Pg5hJ89/AAAB>",
	    1, LOG_LINE_LOGIN, SERVICE_IMAP, "q>, method=x, session=<zz>", 13807,
	    "Mkv2Pg5hJ89/AAAB" },
	{ "imap(q>, method=x, session=<zz>)<13807><Mkv2Pg5hJ89/AAAB>: Disconnected: "
	  "Logged out in=15 out=594" STATS,
	    1, LOG_LINE_LOGOUT, SERVICE_IMAP, "q>, method=x, session=<zz>", 13807,
	    "Mkv2Pg5hJ89/AAAB" },
	{ "imap-login: Logged in: user=<tab?x>, method=PLAIN, rip=127.0.0.1, "
	  "lip=127.0.0.1, mpid=13972, secured, session=<Aw35Pg5h2bh/AAAB>",
	    1, LOG_LINE_OTHER, 0, "", 0, "" },
	{ "imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 "
	  "secs) (auth_failed): user=<mallory>, method=PLAIN, rip=127.0.0.1, "
	  "lip=127.0.0.1, secured, session=<b2KMPg5hs7B/AAAB>",
	    1, LOG_LINE_OTHER, 0, "", 0, "" },
};

#endif
