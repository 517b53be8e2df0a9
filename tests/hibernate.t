#!/bin/sh
# SPDX-License-Identifier: ISC
# Idle sessions that Dovecot hands over to imap-hibernate: each stays one session, with its number, its
# login time and all that is known of it, there and back, over restarts, until it ends.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget
AWAIT_SECONDS=40

process_of() {
	cat "/proc/$(session_value "$1" Process)/comm"
}

# listed_in USER: the name of his process as Dovecot has it.
listed_in() {
	cat "/proc/$("$doveadm" -f tab who -1 "$1" | awk 'NR == 2 { print $3 }')/comm"
}

# last_time NAME EVENT: as event_time, of the last one; in tenths of a second.
last_time() {
	sed -n "s/^\([0-9]*\)[0-9]\{5\} $2.*/\1/p" "$tmp/$1.log" | tail -n 1
}

# is_hibernated USER; is_awake USER: by the process that imsconnd knows.
is_hibernated() {
	says imap-hibernate process_of "$1"
}

is_awake() {
	says imap process_of "$1"
}

# shown USER: what must not change.
shown() {
	for column in LoginTime LoginTimeSource AuthMech LocalPort RemotePort StoreId; do
		session_value "$1" "$column"
	done
}

# whole USER: his row is as it was, and the only one.
whole() {
	says "$(cat "$tmp/row.$1")" sessions_of "$1" && says "$(cat "$tmp/shown.$1")" shown "$1" &&
		says 1 snmp_value "imscUserSessions.\"$1\""
}

remember() {
	sessions_of "$1" >"$tmp/row.$1"
	shown "$1" >"$tmp/shown.$1"
}

logins() {
	snmp_value imscServiceLogins.imap
}

# wake NAME: its client says something, and goes back to IDLE after it.
wake() {
	tell "$1" 'send DONE'
	await log_has "$1" 'received a3 OK'
}

command_time() {
	util -c -s imap -u "$1" | awk -v user="$1" '$1 == user { print $2, $3, $5 }'
}

ietf_mibs
start_snmpd
start_dovecot "$(hibernation 1)"
write_conf
start_imsconnd

hold ann imap ann idle mech=cram-md5
hold bob imap bob idle
hold carl imap carl
await says 3 snmp_value imscServiceSessions.imap
for user in ann bob carl; do
	await says recorded session_value "$user" LoginTimeSource
	remember "$user"
done
ann_shown=$(command_time ann)

ok "a session's process changes when it hibernates" await is_hibernated ann
ok 'and all else of it stays' whole ann
ok 'so does another one' await is_hibernated bob
ok 'whole' whole bob
ok 'who is not idle stays where he is' is_awake carl
is 'the command shows it as before' "$(command_time ann)" "$ann_shown"
is 'nobody logged in for that' "$(logins)" 3
wake ann
ok 'it comes back when its client speaks' await is_awake ann
ok 'whole' whole ann
tell ann 'send a4 IDLE'
ok 'it hibernates again' await is_hibernated ann
ok 'whole' whole ann

# ---- without imsconnd

stop_imsconnd
is 'the command knows it without imsconnd, too' "$(command_time ann)" "$ann_shown"
wake ann
start_imsconnd
ok 'a session that came back while imsconnd was away' await is_awake ann
ok 'is the same' whole ann
tell ann 'send a5 IDLE'
await is_hibernated ann
stop_imsconnd KILL
start_imsconnd
await says ok snmp_value imscCollectorStatus.0
ok 'one that hibernated all the time' is_hibernated ann
ok 'is the same, though imsconnd was killed' whole ann
wake bob
await is_awake bob
stop_imsconnd
tell bob 'send b5 IDLE'
await says imap-hibernate listed_in bob
start_imsconnd
await is_hibernated bob
ok 'one that went to hibernate while imsconnd was away is the same' whole bob
is 'nobody logged in for all that' "$(logins)" 3

# ---- ends

tell bob close
collect bob
ok 'a client who leaves while his session hibernates is seen to go' await says 0 snmp_value 'imscUserSessions."bob"'
ok 'at about that time' between "$(last_time bob told)" \
	"$(tenths "$(snmp_value 'imscUserImapLastAccess."bob"')")" $(($(last_time bob told) + 100))
ok 'and nobody else' whole ann
tell carl logout
collect carl
ok 'a logout is seen' await says 0 snmp_value 'imscUserSessions."carl"'
ok 'at its time, though it may have been a handover' between "$(last_time carl told)" \
	"$(tenths "$(snmp_value 'imscUserImapLastAccess."carl"')")" $(($(last_time carl logout) + 10))
stop_dovecot
ok 'sessions end with Dovecot, hibernated or not' await says 0 snmp_value imscServiceSessions.imap

# ---- known by polls alone

stop_imsconnd
rm -rf "$tmp/store"
start_dovecot "$(hibernation 1)" "$(no_last_login)"
write_conf
start_imsconnd
hold dan imap dan
ok 'a session that only polls know' await says_like '^imap\.' sessions_of dan
tell dan 'send a2 SELECT INBOX'
await log_has dan 'received a2 OK'
remember dan
tell dan 'send a3 IDLE'
ok 'hibernates' await is_hibernated dan
ok 'as one session' says "$(cat "$tmp/row.dan")" sessions_of dan
is 'with its login time' "$(shown dan)" "$(cat "$tmp/shown.dan")"
ok 'imsconnd stops when told' stop_imsconnd
done_testing
