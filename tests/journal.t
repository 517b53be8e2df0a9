#!/bin/sh
# SPDX-License-Identifier: ISC
# A Dovecot that tells imsconnd nothing but by systemd's journal: the same as from a log file,
# with times to the microsecond; while the journal is rotated, thrown away and moved, while
# imsconnd comes and goes, and whoever else writes to it.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/journald.sh"
need_dovecot
need snmpd snmpget setpriv
own_mounts
least_rights '' systemd-journal

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

# known USER: there is an access of his.
known() {
	util -a | grep -q "^$1 "
}

come_and_go() {
	visit "$@" >/dev/null
}

# last_imap USER: in tenths of a second.
last_imap() {
	tenths "$(snmp_value "imscUserImapLastAccess.\"$1\"")"
}

last_is_between() {
	between "$1" "$(last_imap "$2")" "$3"
}

recorded() {
	says recorded session_value "$1" LoginTimeSource
}

# claim COMMAND...: COMMAND logs that victim logged in, as Dovecot would.
claim() {
	"$@" -t dovecot -p mail.info 'imap-login: Login: user=<victim>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=1999999999, session=<x>'
}

# send_as NAME: what a process NAME of root sends to the journal, from the standard input. It lives
# until journald has looked at it.
send_as() {
	python3 -c 'import ctypes, os, socket, subprocess, sys, time
ctypes.CDLL(None).prctl(15, sys.argv[1].encode())
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.connect("/run/systemd/journal/socket")
sock.send(sys.stdin.buffer.read())
end = time.monotonic() + 20
mine = ["journalctl", "-q", "-o", "json", "-n", "1", "_PID=%d" % os.getpid()]
while not subprocess.check_output(mine) and time.monotonic() < end:
    time.sleep(0.02)' "$1"
}

# field NAME: NAME with the octets of the standard input, as journald takes them.
field() {
	python3 -c 'import struct, sys
value = sys.stdin.buffer.read()
sys.stdout.buffer.write(sys.argv[1].encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n")' "$1"
}

# restart_journald [LINE]...: with these lines of configuration.
restart_journald() {
	stop_journald
	journald_conf "$@"
	start_journald
}

make_journald
start_journald
start_snmpd
start_dovecot 'log_path = syslog' "$(no_last_login)"
come_and_go imap old
hold early imap early
write_conf dovecot.log_file=journal dovecot.dict_socket=
start_imsconnd

# ---- sessions and visits

ok 'who came before the journal was first read is on record' await known old
ok 'a session that was there before has its login time from the journal' await recorded early
ok 'exactly' between "$(client_tenths early connected)" "$(tenths "$(session_value early LoginTime)")" \
	$(($(client_tenths early login) + 10))
hold ann imap ann mech=cram-md5
ok 'a login is told by the journal' await recorded ann
ok 'with its exact time' between "$(client_tenths ann connected)" \
	"$(tenths "$(session_value ann LoginTime)")" $(($(client_tenths ann login) + 10))
is 'with its mechanism' "$(session_value ann AuthMech)" CRAM-MD5
is 'and the port of the client' "$(session_value ann RemotePort)" "$(event ann connected)"
like 'its process is one of Dovecot' "$(cat "/proc/$(session_value ann Process)/comm")" '^imap$'
tell ann logout
collect ann
ok 'a logout is recorded' await last_is_between \
	"$(client_tenths ann told)" ann $(($(client_tenths ann logout) + 10))
ok 'a POP user comes and goes between two polls' visit pop3 carl
ok 'and is on record' await known carl
ok 'a hundred come and go at once' mail_client burst imap "$imap_port" 100 8 'many%d' 
ok 'all are on record' await says 100 eval "util -a | grep -c '^many'"

# ---- those who mean ill

ok 'a user of the host claims a login' claim setpriv --reuid nobody --clear-groups logger
ok 'so does another daemon' claim logger
come_and_go imap honest
await known honest
is 'nobody is logged in by them' "$(known victim && echo known)" ''
printf 'SYSLOG_IDENTIFIER=dovecot\nPRIORITY=6\n' | send_as log
{
	printf 'SYSLOG_IDENTIFIER=dovecot\nPRIORITY=6\n'
	printf 'x\nimap-login: Login: user=<victim>, method=PLAIN, rip=192.0.2.1, mpid=1, session=<x>\n' |
		field MESSAGE
} | send_as log
{
	printf 'SYSLOG_IDENTIFIER=dovecot\nPRIORITY=6\n'
	head -c 90000 /dev/urandom | field MESSAGE
} | send_as log
{
	printf 'SYSLOG_IDENTIFIER=dovecot\nPRIORITY=6\n'
	printf 'imap-login: Login: user=<bin\303\244ry>, method=PLAIN, rip=192.0.2.1, lip=\000, mpid=1999999999, session=<x>' |
		field MESSAGE
} | send_as log
ok 'any octets may be in an entry' await known 'binäry'
is 'and what is no first line is none' "$(known victim && echo known)" ''

# ---- the journal is rotated, and thrown away

ok 'the journal is rotated' journalctl -q --rotate
hold bob imap bob
ok 'a login in the new one is seen' await recorded bob
ok 'what was before is thrown away' journalctl -q --rotate --vacuum-time=1us
hold dan imap dan
ok 'a login after that is seen' await recorded dan
restart_journald
hold eve imap eve
ok 'journald is started again: a login after that is seen' await recorded eve

# ---- imsconnd goes and comes

await says 4 sessions
counted=$(logins)
last_carl=$(util -a | grep '^carl ')
stop_imsconnd
start_imsconnd # it catches up before it serves
is 'what was read before is not counted again' "$(logins)" "$counted"
come_and_go imap fay
await known fay
ok 'the sessions are still there' await says 4 sessions
is 'and have their login time' "$(session_value early LoginTimeSource)" recorded
# A visit counts if it was seen before it was over.
ok 'no login was counted twice' between "$counted" "$(logins)" $((counted + 1))
counted=$(logins)

stop_imsconnd KILL
come_and_go imap gil
tell dan logout
collect dan
journalctl -q --rotate
hold hal imap hal
start_imsconnd
ok 'who came while imsconnd was killed is on record' await known gil
ok 'who stayed has his login time from the journal' await recorded hal
ok 'who left meanwhile left when the journal says' await last_is_between \
	"$(client_tenths dan told)" dan $(($(client_tenths dan logout) + 10))
is 'one more login is counted' "$(logins)" $((counted + 1))
is 'four sessions are there' "$(sessions)" 4

is 'and the journal was never at a loss' "$(log_count imsconnd 'no longer has')" 0
stop_imsconnd
come_and_go imap lost
journalctl -q --rotate --vacuum-time=1us
come_and_go imap ida
start_imsconnd
ok 'the entry that was read last is gone: it is said' await log_has imsconnd 'no longer has the entry'
ok 'and read on behind it' await known ida
is 'no login was counted twice' "$(logins)" $((counted + 1))
is 'an access from before is as it was' "$(util -a | grep '^carl ')" "$last_carl"

# ---- another place for it

mkdir -p /var/log/journal
own_journal /var/log/journal
restart_journald Storage=persistent
ok 'the journal goes to the disk' journalctl -q --flush
ok 'and nothing of it is left in /run' not test -e "/run/log/journal/$(cat /etc/machine-id)/system.journal"
hold jan imap jan
ok 'a login there is seen' await recorded jan
await says 5 sessions
is 'no login was counted twice' "$(logins)" $((counted + 2))
stop_imsconnd
new_machine
restart_journald Storage=persistent
come_and_go imap kim
start_imsconnd
ok 'the journal of a new machine-id is read on from the same time' await known kim
is 'no login was counted twice' "$(logins)" $((counted + 2))
stop_imsconnd
copy=$tmp/copy
cp -a "/var/log/journal/$(cat /etc/machine-id)" "$copy"
rm -r "$tmp/store"
write_conf "dovecot.log_file=journal:$copy" dovecot.dict_socket=
start_imsconnd
ok 'a folder with a journal is read' await known kim
is 'and nothing else' "$(known ida && echo known)" ''
stop_imsconnd
write_conf dovecot.log_file=journal dovecot.dict_socket= \
	'dovecot.log_match=[ "SYSLOG_IDENTIFIER=dovecot", "_UID=0", "_UID=65534" ]'
start_imsconnd
claim logger
ok 'what is taken can be configured' await known victim

# ---- beside last_login

stop_imsconnd
stop_dovecot
rm -r "$tmp/store"
write_conf dovecot.log_file=journal
start_imsconnd
start_dovecot 'log_path = syslog' 'protocol pop3 {' '  mail_plugins =' '}'
mail_client burst imap "$imap_port" 50 4 'both%d' >"$tmp/burst.log"
hold lea imap lea
ok 'with last_login, too, every login is told' await says 51 logins
stop_imsconnd
start_imsconnd
is 'and once, also after a restart' "$(logins)" 51
is 'one session is there' "$(sessions)" 1
tell lea logout
collect lea
ok 'and ends' await says 0 sessions

# tell_late: that moe's session is a master user's.
tell_late() {
	python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" moe service=pop3 "session=$moe_id" \
		"pid=$moe_pid" rip=127.0.0.1 "rport=$(event moe connected)" lip=127.0.0.1 \
		"lport=$pop3_port" master=boss "time=$moe_login"
}

hold moe pop3 moe
ok 'one is told by the journal first' await recorded moe
moe_id=$(session_value moe StoreId)
moe_pid=$(session_value moe Process)
moe_login=$(event_time moe login)
is 'then by last_login, which knows more' "$(tell_late)" O
is 'it is the same one' "$(logins) $(sessions)" '52 1'
tell moe logout
collect moe
await says 0 sessions
ok "of a master user's logout nothing is recorded" between "$(client_tenths moe connected)" \
	"$(tenths "$(snmp_value 'imscUserPopLastAccess."moe"')")" $(($(client_tenths moe told) - 1))
is 'when it is over, it may be told again' "$(tell_late)" O
is 'and is still the same one' "$(logins) $(sessions)" '52 0'

# ---- sessions that hibernate; only the log tells of their ends before the next poll

stop_imsconnd
stop_dovecot
rm -r "$tmp/store"
write_conf dovecot.log_file=journal dovecot.dict_socket= collector.poll_seconds=300
start_dovecot 'log_path = syslog' "$(hibernation 1)" "$(no_last_login)"
start_imsconnd
come_and_go imap lee # so that the journal is followed from here
await known lee
counted=$(logins)

# sleeps USER: his session hibernates, as imsconnd knows.
sleeps() {
	says imap-hibernate cat "/proc/$(session_value "$1" Process)/comm"
}

now_tenths() {
	date +%s%1N
}

for user in mia ned ole; do
	hold "$user" imap "$user" idle
	await recorded "$user"
	ok "$user's session hibernates" await sleeps "$user"
	ok 'and is still known by the log' recorded "$user"
done
tell mia close
ok 'a client leaves while his session hibernates' await says 2 sessions
ok 'at the time that the log says' last_is_between "$(client_tenths mia told)" mia "$(now_tenths)"
printf 'send DONE\nlogout\n' >"$tmp/ned.ctl"
collect ned
ok 'one leaves as soon as his session is back, in another process' await says 1 sessions
ok 'at the time that the log says' last_is_between "$(client_tenths ned 'told logout')" ned "$(now_tenths)"
stop_imsconnd
tell ole close
await says_like 'imap-hibernate.ole.*Disconnected' journalctl -q -o cat -t dovecot
left=$(now_tenths)
start_imsconnd
ok 'one leaves while imsconnd is away' await says 0 sessions
ok 'at the time that the log says' last_is_between "$(client_tenths ole told)" ole "$left"
is 'each logged in once' "$(logins)" $((counted + 3))

# ---- rights

# start_as [GROUP]...
start_as() {
	stop_imsconnd
	rm -rf "$tmp/store" "$tmp/imsconnd.log"
	imsconnd_as '' "$@"
	write_conf dovecot.log_file=journal dovecot.dict_socket= agentx.enable=false
	start_imsconnd
}

start_as
ok 'without rights it is said who has them' await log_has imsconnd \
	"log: cannot read \"/var/log/journal/.*\": permission denied; be root or a member of group systemd-journal"
start_as systemd-journal
ok 'a member of this group may read it' await known kim
stop_imsconnd
least_rights '' systemd-journal

# ---- what cannot be

# refused MATCH: what imsconnd says of a configuration with it.
refused() {
	write_conf dovecot.log_file=journal "dovecot.log_match=$1"
	"$imsconnd" -f "$tmp/imsconn.conf" 2>&1
	echo "status $?"
}

for match in '[]' '["SYSLOG_IDENTIFIER=dovecot"]' '["_COMM=log", "_SYSTEMD_UNIT=dovecot.service"]'; do
	is "what lets everybody write is refused: $match" "$(refused "$match")" \
		'imsconnd: error: log_match lets everybody on this host write the log; allowed: with _UID=...
status 78'
done
is 'so is what is no match' "$(refused '["_UID=0", "dovecot"]')" \
	'imsconnd: error: log_match cannot have "dovecot"; allowed: FIELD=VALUE
status 78'
write_conf "dovecot.log_file=journal:$tmp/nowhere" agentx.enable=false
start_imsconnd
ok 'a journal that is not there is told of' await log_has imsconnd \
	"log: cannot read the journal in \"$tmp/nowhere\": No such file"
ok 'imsconnd stops when told' stop_imsconnd
done_testing
