#!/bin/sh
# SPDX-License-Identifier: ISC
# A Dovecot that tells imsconnd nothing but by its log: sessions, login times and accesses all the
# same, each once, while the log is moved, copied, truncated, and imsconnd comes and goes.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need snmpd snmpget mdb_stat setpriv
TZ=Europe/Berlin
export TZ

mail_log=$tmp/dovecot-mail.log

# client_tenths NAME EVENT: when a client saw it, in tenths of a second.
client_tenths() {
	echo $(($(event_time "$1" "$2") / 100000))
}

# logins: how many were counted since the store was made.
logins() {
	snmp_value imscServiceLogins.all
}

sessions() {
	snmp_value imscServiceSessions.all
}

# accesses USER: the lines of "imsconnutil -a" of him.
accesses() {
	util -a | grep -c "^$1 " || :
}

known() {
	[ "$(accesses "$1")" = 1 ]
}

come_and_go() {
	visit "$@" >/dev/null
}

# reopen: as logrotate's postrotate tells Dovecot.
reopen() {
	kill -USR1 "$(pid_of dovecot)"
	await test -e "$mail_log"
}

# last_imap USER: in tenths of a second.
last_imap() {
	tenths "$(snmp_value "imscUserImapLastAccess.\"$1\"")"
}

last_is_between() {
	between "$1" "$(last_imap "$2")" "$3"
}

start_snmpd
start_dovecot "$(no_last_login)"
come_and_go imap old
hold early imap early
# Nobody asks for all users: Dovecot would write that it cannot list them, amid our lines.
write_conf "dovecot.log_file=$mail_log" dovecot.dict_socket= dovecot.users_minutes=0
start_imsconnd

# ---- sessions and visits

ok 'who came before the log was first read is on record' await known old
ok 'a session that was there before has its login time from the log' await says recorded \
	session_value early LoginTimeSource
ok 'right to a second' between $(($(client_tenths early connected) - 10)) \
	"$(tenths "$(session_value early LoginTime)")" $(($(client_tenths early login) + 10))
hold ann imap ann mech=cram-md5
ok 'a login is told by the log' await says recorded session_value ann LoginTimeSource
ok 'with its time to a second' between $(($(client_tenths ann connected) - 10)) \
	"$(tenths "$(session_value ann LoginTime)")" $(($(client_tenths ann login) + 10))
is 'with its mechanism' "$(session_value ann AuthMech)" CRAM-MD5
is 'and the port of the client' "$(session_value ann RemotePort)" "$(event ann connected)"
like 'its process is one of Dovecot' "$(cat "/proc/$(session_value ann Process)/comm")" '^imap$'
tell ann logout
collect ann
ok 'a logout is recorded, right to a second' await last_is_between \
	$(($(client_tenths ann told) - 10)) ann $(($(client_tenths ann logout) + 10))
ok 'a POP user comes and goes between two polls' visit pop3 carl
ok 'and is on record' await known carl
ok 'a failed login is none' not mail_client visit imap "$imap_port" mallory wrong
come_and_go imap bob
await known bob
is 'of who failed nothing is known' "$(accesses mallory)" 0

# ---- the log is rotated

mv "$mail_log" "$mail_log.1"
hold between imap between
ok 'a login in the log that was moved away is seen' await says recorded session_value between \
	LoginTimeSource
reopen
hold dan imap dan
ok 'and one in the new log' await says recorded session_value dan LoginTimeSource
cp "$mail_log" "$mail_log.2"
: >"$mail_log"
come_and_go imap eve
ok 'the log is copied and truncated: a login after that is seen' await known eve
for n in 1 2 3 4 5 6 7 8; do come_and_go pop3 "filler$n"; done
await known filler8
: >"$mail_log"
come_and_go imap fay
ok 'also when it was truncated again' await known fay

# ---- imsconnd goes and comes

await says 3 sessions
come_and_go imap gil
await known gil
await says 3 sessions
counted=$(logins)
printf '%s imap-login: Info: Login: user=<ha' "$(date '+%Y-%m-%d %H:%M:%S')" >>"$mail_log"
stop_imsconnd
start_imsconnd
printf 'l>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=1999999999, session=<x>\n' >>"$mail_log"
ok 'half a line is taken when it is whole, also after a restart' await known hal
ok 'the sessions are still there' await says 3 sessions
is 'and have their login time' "$(session_value early LoginTimeSource)" recorded
is 'no login was counted twice' "$(logins)" "$counted"
last_gil=$(last_imap gil)

stop_imsconnd KILL
mv "$mail_log" "$mail_log.3"
come_and_go imap ida
tell dan logout
collect dan
reopen
come_and_go imap jan
hold kim imap kim
start_imsconnd
ok 'who came while imsconnd was killed is on record: in the log that was moved' await known ida
ok 'and in the new one' await known jan
ok 'who stayed has his login time from the log' await says recorded session_value kim LoginTimeSource
ok 'who left meanwhile left when the log says' await last_is_between \
	$(($(client_tenths dan told) - 10)) dan $(($(client_tenths dan logout) + 10))
is 'an access from before is as it was' "$(last_imap gil)" "$last_gil"
is 'one more login is counted' "$(logins)" $((counted + 1))
is 'three sessions are there' "$(sessions)" 3

# ---- names, and those who mean ill

for name in 'a"b' 'x, method=z' 'q>, method=x, session=<zz>'; do
	come_and_go imap "$name"
	ok "a user named $name is on record by that name" await says_like "^$(echo "$name" | sed 's/[.]/\\./g') " \
		util -a
done
come_and_go imap 'v imap-login: info: login: user=<victim>, method=plain'
come_and_go imap last
await known last
is 'nobody is logged in by the name of another' "$(accesses victim)" 0
{
	head -c 100000 /dev/urandom
	head -c 60000 /dev/zero | tr '\000' x
	echo
} >>"$mail_log"
come_and_go imap after
ok 'binary and endless lines in the log do no harm' await known after

# ---- a long log

# commits: how many there were since the store was made.
commits() {
	mdb_stat -e "$tmp/store" | sed -n 's/.*Last transaction ID: //p'
}

before=$(commits)
awk -v at="$(date '+%Y-%m-%d %H:%M:%S')" 'BEGIN {
	for (i = 0; i < 20000; i++)
		print at " imap-login: Info: Login: user=<u" i % 100 ">, method=PLAIN, rip=192.0.2.1, " \
			"lip=192.0.2.2, mpid=1999999999, TLS, session=<" i ">"
}' >>"$mail_log"
come_and_go imap behind
ok 'a long log is read' await known behind
ok 'in many turns' between 8 $(($(commits) - before)) 1000

# ---- no log at all

mv "$mail_log" "$mail_log.4"
rm "$mail_log.4"
stop_imsconnd
start_imsconnd
ok 'a log that is not there is told of' await log_has imsconnd 'warning: the mail server.s log: .*No such file'
reopen
come_and_go imap zoe
ok 'and read when it comes' await known zoe

# ---- rights

stop_imsconnd
chgrp adm "$mail_log"
chmod 640 "$mail_log"
write_conf "dovecot.log_file=$mail_log" dovecot.dict_socket= agentx.enable=false
chown -R games "$tmp/store"
imsconn_under='setpriv --reuid games --regid nogroup --clear-groups'
start_imsconnd
ok 'who may read a log is told' await log_has imsconnd \
	"log: cannot read \"$mail_log\": permission denied; be root or a member of group adm"
ok 'imsconnd stops when told' stop_imsconnd
done_testing
