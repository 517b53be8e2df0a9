#!/bin/sh
# SPDX-License-Identifier: ISC
# Disconnecting: by the command and by SNMP, a user or one session, never anybody else's, and only what
# was seen to end is counted. Real sessions of a real Dovecot.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need snmpd snmpset mdb_dump unshare

# stays NAME...: these clients are still connected, and Dovecot answers them.
stays() {
	for name in "$@"; do
		answers=$(log_count "$name" "$answer")
		tell "$name" 'send x1 NOOP'
		await not says "$answers" log_count "$name" "$answer" || return 1
		not log_has "$name" ' closed' || return 1
	done
}

# What Dovecot says to a NOOP of IMAP, and where it is none: in IDLE, and by POP.
answer='received (x1 OK|a3 BAD|-ERR)'

# goes NAME...: these clients are told good-bye and closed.
goes() {
	for name in "$@"; do
		await log_has "$name" ' closed' || return 1
		log_has "$name" 'received (\* BYE|-ERR)' || return 1
	done
}

audit_rows() {
	mdb_dump -s audit "$tmp/store" | awk '/^HEADER=END/ { on = 1; next } /^DATA=END/ { on = 0 }
		on { n++ } END { print n / 2 }'
}

last_audit() {
	grep 'disconnect user=' "$tmp/syslog.log" | tail -n 1 | sed 's/^.*disconnect user/disconnect user/'
}

count_imap_processes() {
	dovecot_process imap | wc -l
}

ietf_mibs
start_syslog
start_snmpd
start_dovecot
write_conf disconnect.allow_snmp=true
start_imsconnd

# ---- by the command

hold ann1 imap ann idle
hold ann2 imap ann
hold ann3 pop3 ann
hold anna imap anna
hold bob imap bob idle
await says 5 snmp_value imscServiceSessions.all
is 'the command ends all sessions of a user and counts them' "$(util -k -u ann 2>&1)" \
	'Disconnected user ann: 3 connections.'
ok 'IMAP and POP clients are told good-bye' goes ann1 ann2 ann3
like "an IMAP client's is a BYE" "$(cat "$tmp/ann1.log")" 'received \* BYE'
ok 'nobody else is touched' stays anna bob
ok 'the rows are gone' await says 2 snmp_value imscServiceSessions.all
is 'they are counted' "$(snmp_value imscServiceDisconnects.all)" 3
is 'by service, too' \
	"$(snmp_value imscServiceDisconnects.imap) $(snmp_value imscServiceDisconnects.pop3)" '2 1'
is 'there is an audit row' "$(audit_rows)" 1
like 'and a line in syslog' "$(last_audit)" \
	'^disconnect user="ann" origin=cli requester="root.*" sessions=3 ended=3 result="done" reason=""$'
status=0
said=$(util -k -u ann 2>&1) || status=$?
is 'a user who is not connected is told so' "$said $status" 'User ann is not connected. 1'
is 'and that is on record as well' "$(audit_rows)" 2
like 'with its outcome' "$(last_audit)" 'user="ann" .* sessions=0 ended=0 result="nothing to do"'
status=0
said=$(util -k -u 'an*' -u 'b?b' -u ANNA 2>&1) || status=$?
is 'a name is a name, not a pattern' "$said $status" "User ANNA is not connected.
User an* is not connected.
User b?b is not connected. 1"
printf '# who has to go\n\nanna \r\nbob\nnobody\n' >"$tmp/file"
status=0
said=$(util -k -f "$tmp/file") || status=$?
is 'users can be named in a file' "$said $status" "Disconnected user anna: 1 connections.
Disconnected user bob: 1 connections.
User nobody is not connected. 0"
ok 'all of them go' goes anna bob

# ---- by SNMP

hold cat1 imap cat idle
hold cat2 imap cat
hold dan1 imap dan idle
hold dan2 imap dan idle
hold eve pop3 eve
await says 5 snmp_value imscServiceSessions.all
rows=$(audit_rows)
ok 'a user is disconnected by a SET' snmp_set 'imscUserDisconnect."cat"' i 1
ok 'his clients are told good-bye' goes cat1 cat2
ok 'his session rows are gone' await says '' sessions_of cat
is 'his user row stays' "$(snmp_value 'imscUserSessions."cat"')" 0
ok 'there is an audit row' await says $((rows + 1)) audit_rows
like 'and a line in syslog' "$(last_audit)" \
	'^disconnect user="cat" origin=snmp .* sessions=2 ended=2 result="done"'
row=$(snmp_walk -Oqs imscSessionRemotePort |
	sed -n "s/^imscSessionRemotePort\\.\\([^ ]*\\) $(event dan1 connected)\$/\\1/p")
ok 'one session is disconnected by a SET' snmp_set "imscSessionDisconnect.$row" i 1
ok 'its client is told good-bye' goes dan1
ok 'its row is gone' await says_like 'No Such Instance' snmp_get "imscSessionUser.$row"
ok "the user's other session stays, and so does everybody else" stays dan2 eve
ok 'the column reads false again' await says false snmp_value 'imscUserDisconnect."dan"'
rows=$(audit_rows)
ok 'setting it to false' snmp_set 'imscUserDisconnect."dan"' i 2
ok 'does nothing' stays dan2
ok 'a SET for a user without a session succeeds' snmp_set 'imscUserDisconnect."cat"' i 1
ok 'and is on record' await says $((rows + 1)) audit_rows
unlike 'a community that may only read disconnects nobody' \
	"$(run_snmp snmpset public 'imscUserDisconnect."dan"' i 1 2>&1)" 'INTEGER'
unlike 'nor does a v3 user who may only read' \
	"$(run_snmp snmpset reader 'imscUserDisconnect."dan"' i 1 2>&1)" 'INTEGER'
stop_imsconnd
write_conf
start_imsconnd
like 'unless the configuration allows it, no SET is taken' \
	"$(snmp_set 'imscUserDisconnect."dan"' i 1 2>&1)" 'notWritable|noAccess'
ok 'and all stay' stays dan2 eve
stop dan2
stop eve

# ---- processes that serve several sessions; kick_exact.t has them all

stop_dovecot
start_dovecot "$(shared_processes)"
hold fay imap fay idle
hold gus imap gus idle
ok 'two users share a process' await says 1 count_imap_processes
stop gus
ok 'imsconnd sees the other one go' await says 1 snmp_value imscServiceSessions.imap
hold fay2 imap fay
is 'several sessions of one user in one process end together' "$(util -k -u fay 2>&1)" \
	'Disconnected user fay: 2 connections.'
for name in fay fay2; do
	ok 'their clients see it' await log_has $name ' (closed|reset)'
done

# ---- when it cannot be done

stop_dovecot
status=0
said=$(util -k -u fay 2>&1) || status=$?
like 'without Dovecot the command says what is missing' "$said" "$anvil_socket"
is 'with exit status 69' "$status" 69
ok 'imsconnd stops when told' stop_imsconnd
done_testing
