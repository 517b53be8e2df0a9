#!/bin/sh
# SPDX-License-Identifier: ISC
# Who is connected, since when, from where and how, and who was there: with a real Dovecot, real
# clients, and a mail server that comes and goes.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights ,+sys_ptrace # for the ports of a session that was there before
need snmpd snmpget

# What "imsconnutil -c" has of a user beside the time: mechanism, TO and FROM.
row() {
	util -c -s imap -u "$1" | sed -n "s/^$1  *[^ ]*  *//p" | tr -s ' '
}

# client_tenths NAME EVENT: when a client saw it, in tenths of a second.
client_tenths() {
	echo $(($(event_time "$1" "$2") / 100000))
}

status() {
	snmp_value imscCollectorStatus.0
}

fails_more_than() {
	[ "$(snmp_value imscCollectorFailures.0)" -gt "$1" ]
}

# await_polls COUNT: so many successful polls from now on.
await_polls() {
	for _ in $(seq "$1"); do
		polled=$(snmp_value imscCollectorLastSuccess.0)
		await not says "$polled" snmp_value imscCollectorLastSuccess.0 || return 1
	done
}

# ---- a session that was there before us

start_snmpd
tell_ports=1
start_dovecot
ok 'Dovecot serves users without imsconnd' hold early imap early
write_conf
start_imsconnd
await says ok status
ok 'a session that was there before imsconnd is listed' says 1 snmp_value imscServiceSessions.imap
is 'its login time is taken from its process' "$(session_value early LoginTimeSource)" derived
ok 'and is right to two seconds' between $(($(client_tenths early login) - 20)) \
	"$(tenths "$(session_value early LoginTime)")" $(($(client_tenths early login) + 20))
is 'its addresses and ports are found' "$(row early)" \
	"127.0.0.1:$imap_port 127.0.0.1:$(event early connected)"
is 'its mechanism is not known and has no instance' \
	"$(session_value early AuthMech | grep -c 'No Such Instance')" 1

# ---- sessions that are told

hold ann1 imap ann idle
hold ann2 imap ann mech=cram-md5
hold bob pop3 bob
ok 'three more clients make three more sessions' await says 4 snmp_value imscServiceSessions.all
is 'the service table tells imap from pop3' \
	"$(snmp_value imscServiceSessions.imap) $(snmp_value imscServiceSessions.pop3)" '3 1'
is 'and sessions from users' "$(snmp_value imscServiceUsers.imap)" 2
is 'the login time of a session is recorded' "$(session_value bob LoginTimeSource)" recorded
ok 'and is exact' between "$(client_tenths bob connected)" \
	"$(tenths "$(session_value bob LoginTime)")" "$(client_tenths bob login)"
is 'its mechanism is told' "$(session_value bob AuthMech)" PLAIN
is 'so the ports at both ends are told' \
	"$(session_value bob LocalPort) $(session_value bob RemotePort)" \
	"$pop3_port $(event bob connected)"
is 'and the addresses' "$(session_value bob LocalAddress) $(session_value bob RemoteAddress)" \
	'7F 00 00 01  7F 00 00 01 '
like 'its process is one of Dovecot' "$(cat "/proc/$(session_value bob Process)/comm")" '^pop3$'
is 'the command shows mechanism, TO and FROM of each session' "$(row ann)" \
	"plain 127.0.0.1:$imap_port 127.0.0.1:$(event ann1 connected)
cram-md5 127.0.0.1:$imap_port 127.0.0.1:$(event ann2 connected)"
is 'the command and SNMP see the same sessions' "$(util -c -s imap | tail -n 1)" \
	'3 users were logged in to imap.'

# ---- coming and going

ok 'a POP user comes and goes' visit pop3 carl
ok 'between two polls, and is recorded' await says_like '^carl .*NOT-RECORDED.*NOT-RECORDED.*:' \
	util -a -u carl
tell ann2 logout
collect ann2
ok 'a logout is seen' await says 1 snmp_value 'imscUserSessions."ann"'
ok 'its time is recorded' between "$(client_tenths ann2 told)" \
	"$(tenths "$(snmp_value 'imscUserImapLastAccess."ann"')")" $(($(client_tenths ann2 logout) + 10))
is 'the other session of the user keeps its row' "$(row ann)" \
	"plain 127.0.0.1:$imap_port 127.0.0.1:$(event ann1 connected)"
tell bob close
collect bob
ok 'a lost connection is seen' await says 0 snmp_value imscServiceSessions.pop3

# ---- without polls: the process tells

stop_imsconnd
write_conf collector.poll_seconds=3600
start_imsconnd
await says ok status
hold cyd imap cyd
ok 'a login is seen without a poll' await says 1 snmp_value 'imscUserSessions."cyd"'
tell cyd logout
collect cyd
ok 'a logout is seen without a poll' await says 0 snmp_value 'imscUserSessions."cyd"'
ok 'within a second' between "$(client_tenths cyd told)" \
	"$(tenths "$(snmp_value 'imscUserImapLastAccess."cyd"')")" $(($(client_tenths cyd logout) + 10))

# ---- Dovecot goes and comes back

stop_imsconnd
write_conf
start_imsconnd
await says 2 snmp_value imscServiceSessions.all
stop_dovecot
ok 'sessions end with Dovecot' await says 0 snmp_value imscServiceSessions.all
ok 'imsconnd tells that it cannot see' await says stale status
failures=$(snmp_value imscCollectorFailures.0)
ok 'and keeps trying' await fails_more_than "$failures"
like 'the error names the socket' "$(snmp_value imscCollectorLastError.0)" "$anvil_socket"
tell_ports=
start_dovecot
ok 'imsconnd finds Dovecot again' await says ok status
hold dan imap dan
ok 'and sees who comes' await says 1 snmp_value 'imscUserSessions."dan"'
is 'the port that Dovecot does not tell is found by the connection' \
	"$(session_value dan LocalPort)" "$imap_port"
is 'it said once that Dovecot was lost' "$(log_count imsconnd 'warning: .*anvil')" 1
is 'and once that it is back' "$(log_count imsconnd 'is back|again')" 1

# ---- Dovecot's list is lost while its sessions live

kill -KILL "$(dovecot_process anvil)"
hold eve imap eve || hold eve imap eve
ok 'a session after the loss of the list is seen' await says 1 snmp_value 'imscUserSessions."eve"'
ok 'polls go on' await_polls 3
is 'the session before the loss is still there' "$(snmp_value 'imscUserSessions."dan"')" 1
tell dan logout
collect dan
ok 'until it ends' await says 0 snmp_value 'imscUserSessions."dan"'

ok 'imsconnd stops when told' stop_imsconnd
done_testing
