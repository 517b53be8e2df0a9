#!/bin/sh
# SPDX-License-Identifier: ISC
# imsconnutil beside a real Dovecot: who is connected, who was there, and disconnecting users,
# with imsconnd and without.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need mdb_dump prlimit unshare

TZ=UTC0
export TZ

# rows OPTION...: the sessions that -c shows, without their times.
rows() {
	util -c "$@" 2>&1 | awk '$1 != "UID" && !/ users were logged in to / { print $1, $3, $4, $5 }'
}

# session_row CLIENT USER MECHANISM: what rows() has of a client.
session_row() {
	echo "$2 $3 127.0.0.1:$imap_port 127.0.0.1:$(event "$1" connected)"
}

# seconds TIME: such as 21/Nov/2026:23:51:58, since the epoch.
seconds() {
	date -d "$(echo "$1" | sed 's,/, ,g; s,:, ,')" +%s
}

ends_with() {
	[ "$("$@" >/dev/null 2>&1; echo $?)" = "$wanted" ]
}

# audit_rows: how many requests the store has a record of.
audit_rows() {
	mdb_dump -p -s audit "$tmp/store" | sed '1,/^HEADER=END/d; /^DATA=END/d' | wc -l | awk '{ print $1 / 2 }'
}

tell_ports=1
start_dovecot
start_syslog
write_conf disconnect.timeout_seconds=10
start_imsconnd

hold ann1 imap ann idle mech=plain
hold ann2 imap ann mech=cram-md5
hold bob imap bob mech=plain
hold carl pop3 carl
await says "$(session_row ann1 ann plain)
$(session_row ann2 ann cram-md5)
$(session_row bob bob plain)" rows
is 'a row a session, with mechanism, TO and FROM, by user and time' "$(rows)" "$(session_row ann1 ann plain)
$(session_row ann2 ann cram-md5)
$(session_row bob bob plain)"
like 'the summary counts sessions' "$(util -c)" '^3 users were logged in to imap\.$'
login=$(($(event_time bob login) / 1000000))
ok 'the time is that of the login' between $((login - 2)) \
	"$(seconds "$(util -c -u bob | awk '$1 == "bob" { print $2 }')")" $((login + 2))
is 'a user of POP is not shown' "$(util -c -u carl | head -n 2 | tail -n 1)" '0 users were logged in to imap.'

visit pop3 dora >"$tmp/visit.log"
await says_like '^dora +---NOT-RECORDED--- +---NOT-RECORDED--- +[0-9]' util -a
like 'a visit by POP is a last access' "$(util -a -u dora)" \
	'^dora +---NOT-RECORDED--- +---NOT-RECORDED--- +[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3}$'

status=0
out=$(util -k -u ann -u nobody -u carl 2>"$tmp/err") || status=$?
is 'several users are disconnected at once, whatever their service' "$status|$out|$(cat "$tmp/err")" \
	'0|Disconnected user ann: 2 connections.
Disconnected user carl: 1 connections.
User nobody is not connected.|'
ok 'the client is told' await log_has ann1 'received \* BYE'
ok 'the other client, too' await log_has ann2 closed
is 'others stay' "$(rows)" "$(session_row bob bob plain)"
wanted=1
ok 'who was disconnected is not connected' ends_with util -c -u ann
is 'each request has its record in the store' "$(audit_rows)" 3
ok 'and its line in syslog' await log_has syslog \
	'disconnect user="ann" origin=cli requester="root.*" sessions=2 ended=2 result="done"'
ok '... also one that found nobody' await log_has syslog 'disconnect user="nobody" .* result="nothing to do"'

hold eve imap eve mech=plain
ok 'imsconnd goes on' await says_like '^eve +[0-9]' util -a
stop_imsconnd
wanted=0
ok 'imsconnd is not needed to see who is connected' ends_with util -c -u bob
is '... nor what the store knows of it' "$(rows -u bob)" "$(session_row bob bob plain)"
is '... nor to disconnect' "$(util -k -u bob)" 'Disconnected user bob: 1 connections.'
is '... with a record, too' "$(audit_rows)" 4
stop_dovecot
wanted=75
ok 'without Dovecot only older data are shown' ends_with util -c
wanted=69
ok '... and nobody is disconnected' ends_with util -k -u eve

done_testing
