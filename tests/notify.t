#!/bin/sh
# SPDX-License-Identifier: ISC
# Notifications that a real snmptrapd receives through a real snmpd: each with every object and its
# value; what happened while snmpd was away, stopped or hung, once and only once; more than anyone
# takes at a time.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmptrapd snmpset

# without_time NAME [TEXT]...: the objects of these notifications, without the head and the times.
without_time() {
	traps "$@" | sed 's/.*\.1\.1\.4\.1\.0 = //; s/|[A-Za-z.]*\(Time\|Success\)\.[^|]*//g'
}

# disconnect_by_snmp USER
disconnect_by_snmp() {
	snmp_set "imscUserDisconnect.\"$1\"" i 1 >/dev/null
}

# write_crowd ALARMS: so many alarms that one login raises and one logout clears.
write_crowd() {
	write_conf notify.min_seconds=0
	{
		echo 'alarms = ('
		seq -f '  { name = "alarm %g"; rising = 1; },' "$1" | sed '$s/,$//'
		echo ');'
	} >>"$tmp/imsconn.conf"
}

# twice NAME: the alarms of which this was told more than once.
twice() {
	traps "$1" | sed 's/.*imscAlarmName\.[0-9]* = //; s/|.*//' | sort | uniq -d
}

start_snmptrapd
start_snmpd "$trap_sink"
start_dovecot
write_conf disconnect.allow_snmp=true notify.min_seconds=0 notify.user_sessions=2 disconnect.timeout_seconds=20
start_imsconnd

# ---- each of them

hold ann1 imap ann
hold ann2 imap ann
is 'as many sessions as the limit are told to nobody' "$(trap_count imscUserSessionsHigh)" 0
hold ann3 imap ann
ok 'one more is told' await says 1 trap_count imscUserSessionsHigh
is 'with the user and how many he has' "$(without_time imscUserSessionsHigh)" \
	'imscUserSessionsHigh|imscUserName."ann" = ann|imscUserSessions."ann" = 3'

disconnect_by_snmp ann
ok 'a user who was disconnected over SNMP is told of' await says 1 trap_count imscUserDisconnected
is 'with everything the audit has' "$(without_time imscUserDisconnected)" \
	'imscUserDisconnected|imscAuditUser.1 = ann|imscAuditOrigin.1 = snmp|imscAuditRequester.1 = |imscAuditSessions.1 = 3|imscAuditEnded.1 = 3|imscAuditResult.1 = done|imscAuditReason.1 = '
hold bob imap bob
util -k -u bob >/dev/null
ok 'and one whom the command disconnected' await says 1 trap_count imscUserDisconnected bob
is 'with who ran it' "$(without_time imscUserDisconnected bob)" \
	"imscUserDisconnected|imscAuditUser.2 = bob|imscAuditOrigin.2 = cli|imscAuditRequester.2 = $(id -un)|imscAuditSessions.2 = 1|imscAuditEnded.2 = 1|imscAuditResult.2 = done|imscAuditReason.2 = "
util -k -u nobody >/dev/null 2>&1

hold ann4 imap ann
ok 'a user who is back is told of' await says 1 trap_count imscUserReturned
is 'with when he was disconnected' "$(traps imscUserReturned | sed 's/.*imscAuditTime.1 = //; s/|.*//')" \
	"$(snmp_value imscAuditTime.1)"
is 'and how many sessions he has' "$(without_time imscUserReturned)" \
	'imscUserReturned|imscAuditUser.1 = ann|imscUserSessions."ann" = 1'
hold ann5 imap ann
stop_imsconnd
start_imsconnd
hold ann6 imap ann
await says 2 trap_count imscUserSessionsHigh
is 'he is back once for each time he was disconnected' "$(trap_count imscUserReturned)" 1
is 'one without a session is not told of, and none twice' "$(trap_count imscUserDisconnected)" 2
hold bob2 imap bob
ok 'who was disconnected before the restart and is back after it is told of' \
	await says 1 trap_count imscUserReturned bob
util -k -u ann >/dev/null
await says 2 trap_count imscUserDisconnected ann
python3 "$top_srcdir/tests/dict_client.py" put "$tmp/dict.sock" ann service=pop3 >/dev/null
ok 'and one who is back without a session that could be shown' await says 2 trap_count imscUserReturned ann

why="cannot connect to \"$tmp/dovecot/run/anvil\": "
stop_dovecot
ok 'a mail server that cannot be asked is told of' await says 1 trap_count imscCollectorFailed
like 'with what is wrong' "$(without_time imscCollectorFailed)" \
	"imscCollectorFailed\\|imscStoreName.0 = Dovecot $dovecot_version\\|imscCollectorStatus.0 = stale\\|imscCollectorLastError.0 = .*(${why%%\"*}|closed|lost|no answer)"
like 'and until when it could be' "$(traps imscCollectorFailed)" 'imscCollectorLastSuccess.0 = 20[0-9-]*,[0-9:.]*,'
start_dovecot
ok 'and when it can be asked again' await says 1 trap_count imscCollectorRecovered
is 'with its state' "$(without_time imscCollectorRecovered)" \
	"imscCollectorRecovered|imscStoreName.0 = Dovecot $dovecot_version|imscCollectorStatus.0 = ok"

# ---- while snmpd is away

hold eve imap eve
stop_snmpd
util -k -u eve >/dev/null
hold eve2 imap eve
await log_has imsconnd 'lost the master agent'
await says_like '^eve ' util -c
start_snmpd "$trap_sink"
ok 'what happened while snmpd was away is sent when it is back' await says 1 trap_count imscUserReturned eve
is 'once' "$(trap_count imscUserDisconnected eve) $(trap_count imscUserReturned eve)" '1 1'
like 'as from before its start' "$(traps imscUserDisconnected eve)" '1\.3\.0 = 0:0:00:00\.00'

# ---- while snmpd hangs

kill -STOP "$(pid_of snmpd)"
util -k -u eve >/dev/null
hold eve3 imap eve
await log_has imsconnd 'lost the master agent'
kill -CONT "$(pid_of snmpd)"
ok 'what happened while it hung is sent when it goes on' await says 2 trap_count imscUserReturned eve
hold fay imap fay
util -k -u fay >/dev/null
await says 1 trap_count imscUserDisconnected fay
is 'once' "$(trap_count imscUserDisconnected eve) $(trap_count imscUserReturned eve)" '2 2'

# ---- as informs

stop_snmpd
start_snmpd "informsink udp:127.0.0.1:$trap_port public"
hold kim1 imap kim
hold kim2 imap kim
hold kim3 imap kim
ok 'snmpd makes informs of them, too' await says 1 trap_count imscUserSessionsHigh kim
stop_snmpd
start_snmpd "$trap_sink"

# ---- while snmpd stands still, but not so long that it is lost

stop_imsconnd
write_conf notify.min_seconds=0 notify.user_sessions=1 agentx.ping_seconds=60
start_imsconnd
hold ivy1 imap ivy
kill -STOP "$(pid_of snmpd)"
hold ivy2 imap ivy
ok 'a master agent that does not answer is told' await log_has imsconnd 'does not answer; notifications wait'
kill -CONT "$(pid_of snmpd)"
hold joe1 imap joe
hold joe2 imap joe
ok 'notifications go on when it does, whether a manager asks or not' await says 1 trap_count imscUserSessionsHigh joe
is 'each once' "$(trap_count imscUserSessionsHigh ivy)" 1

# ---- more than anyone takes at a time

stop_imsconnd
util -k -u ann -u bob -u eve -u ivy -u joe -u kim >/dev/null 2>&1
write_crowd 1000
start_imsconnd
await says 0 snmp_value imscServiceSessions.all
hold gus imap gus
ok 'a thousand at once arrive' await says 1000 trap_count imscAlarmRaised
is 'each once' "$(twice imscAlarmRaised)" ''
is 'and snmpd and imsconnd go on' "$(snmp_value imscServiceSessions.all)" 1
tell gus logout
await says 1000 trap_count imscAlarmCleared

stop_snmpd
hold hal imap hal
tell hal logout
await log_has hal '^[0-9]* logout'
await says 2000 log_count imsconnd 'alarm .* is clear'
start_snmpd "$trap_sink"
ok 'what is more than the queue holds is counted' await says 976 snmp_value imscNotifyDropped.0
ok 'and the youngest are sent' await says 2000 trap_count imscAlarmCleared
is 'with the last ones before them' "$(trap_count imscAlarmRaised)" 1024
is 'nothing is sent twice, and nothing was' "$(traps imscAlarmRaised | sort | uniq -d)$(traps imscAlarmCleared | sort | uniq -d)" ''

done_testing
