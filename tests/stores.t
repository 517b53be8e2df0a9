#!/bin/sh
# SPDX-License-Identifier: ISC
# Two real Dovecots on one host, and one imsconnd for both: each is listed, recorded, asked in its SNMP
# context and disconnected by itself; what befalls one store does not touch the other.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmptrapd snmpset snmpwalk pgrep

# ---- the two of them

# write_new [PATH=VALUE]...: new.conf, likewise as write_conf.
write_new() {
	use_dovecot new
	printf '%s\n' local.imap.enableuserlist=1 local.enablelastaccess=1 "dovecot.anvil_socket=$anvil_socket" \
		"dovecot.dict_socket=$dict_socket" "dovecot.dict_group=$dict_group" "dovecot.doveadm=$doveadm" \
		"dovecot.doveconf=$doveconf" collector.poll_seconds=1 "store.path=$tmp/store/new" store.map_gib=1 \
		disconnect.allow_snmp=true notify.min_seconds=0 "$@" |
		awk '{ at = index($0, "="); value[substr($0, 1, at - 1)] = substr($0, at + 1) }
			END { for (path in value) print path "=" value[path] }' | sort | nest_conf >"$tmp/new.conf"
	use_dovecot dovecot
}

write_main() {
	write_conf 'stores=["new"]' disconnect.allow_snmp=true notify.min_seconds=0 "$@"
}

# in_new TOOL [OPTION]... OID...: in the context of the further store, which SNMPv3 names.
in_new() {
	in_tool=$1
	shift
	run_snmp "$in_tool" operator -nnew "$@"
}

# value STORE OBJECT: STORE is main or new.
value() {
	if [ "$1" = new ]; then
		in_new snmpget -OqvU "$2" | sed 's/^"\(.*\)"$/\1/'
	else
		snmp_value "$2"
	fi
}

# sources: where the times of all logins to the further store come from.
sources() {
	in_new snmpwalk -Oqv imscSessionLoginTimeSource | xargs
}

# process STORE: the pid of the process that has this store open.
process() {
	process_data=$tmp/store/data.mdb
	[ "$1" = main ] || process_data=$tmp/store/new/data.mdb
	for process_pid in $(pgrep -P "${supervisor:-$(pid_of imsconnd)}"); do
		for fd in "/proc/$process_pid"/fd/*; do
			[ "$(readlink "$fd")" != "$process_data" ] || { echo "$process_pid" && return 0; }
		done
	done
	return 1
}

both_serve() {
	says ok value main imscCollectorStatus.0 && says ok value new imscCollectorStatus.0
}

start_both() {
	: >"$tmp/imsconnd.log"
	# shellcheck disable=SC2086 # a command and its words
	start imsconnd $imsconn_under $imsconnd_rights "$@" "$imsconnd" -f "$tmp/imsconn.conf"
	await both_serve || bail 'imsconnd does not serve both stores'
	main=$(process main)
	new=$(process new)
}

all_are_gone() {
	for pid in "$main" "$new"; do
		! pid_lives "$pid" || return 1
	done
}

# said_by COMMAND...: what it says, and its exit status.
said_by() {
	said_status=0
	said=$("$@" 2>&1) || said_status=$?
	echo "$said $said_status"
}

# users NAME...: the users that a listing of a store has.
users() {
	util "$@" -c | sed -n '2,/^[0-9]* users/{ /^[0-9]* users/!s/ .*//p; }' | sort | xargs
}

# A notification that the second receiver got, by SNMPv3: with its context.
start_trap3() {
	trap3_port=$(free_port)
	trap3_engine=0x8000000001020304
	printf '%s\n' "createUser -e $trap3_engine operator SHA operatorpassword" 'authUser log operator auth' \
		>"$tmp/snmp/trap3.conf"
	start trap3 env MIBS=: SNMP_PERSISTENT_DIR="$tmp/snmp/trap3-state" snmptrapd -f -Lo -C \
		-c "$tmp/snmp/trap3.conf" -OQn -n -F '%P|%v\n' "tcp:127.0.0.1:$trap3_port"
	await is_listening_tcp "$trap3_port" || bail 'snmptrapd does not listen'
}

ietf_mibs
start_syslog
start_snmptrapd
start_trap3
start_snmpd "$trap_sink" "trapsess -v3 -l authNoPriv -u operator -a SHA -A operatorpassword \
-e $trap3_engine tcp:127.0.0.1:$trap3_port"
dict_group=$(getent group dovecot | cut -d: -f1)
start_dovecot
use_dovecot new
start_dovecot
use_dovecot dovecot
write_main
write_new

is 'both files are checked' "$(said_by run_imsconnd -C)" "$tmp/imsconn.conf: the configuration is good
$tmp/new.conf: the configuration is good 0"
start_both
is 'each store has a process, and one more looks after them' "$(pgrep -P "$(pid_of imsconnd)" | sort | xargs)" \
	"$(printf '%s\n' "$main" "$new" | sort | xargs)"
like 'what is said of the further store begins with its name' "$(cat "$tmp/imsconnd.log")" \
	'^imsconnd: new: imsconnd .* is ready'
like 'and of the main one as ever' "$(cat "$tmp/imsconnd.log")" '^imsconnd: imsconnd .* is ready'

# ---- each by itself

hold ann imap ann
hold bob imap bob
use_dovecot new
hold new-ann imap ann
hold new-cat imap cat
use_dovecot dovecot
await says 2 value main imscServiceSessions.all
await says 2 value new imscServiceSessions.all
is 'the command lists the main store' "$(users)" 'ann bob'
is 'and the other one' "$(users --store new)" 'ann cat'
is 'it is asked by SNMP in the default context' "$(snmp_walk -OqvU imscSessionUser | tr -d '"' | sort | xargs)" 'ann bob'
is 'and in that of the other store' "$(in_new snmpwalk -OqvU imscSessionUser | tr -d '"' | sort | xargs)" 'ann cat'
ok 'each login was told of' await says recorded session_value bob LoginTimeSource
ok 'to its own store' await says 'recorded recorded' sources
like 'the last access is in the one' "$(util -a -u bob)" '^bob +[0-9]+/'
like 'and not in the other' "$(util --store new -a -u bob)" '^bob +---NOT-RECORDED---'
like 'which has its own' "$(util --store new -a)" '^cat +[0-9]+/'
is 'a store that is not there is refused with those that are' "$(said_by util --store old -c)" \
	"imsconnutil: there is no store \"old\"; beside the main one, $tmp/imsconn.conf has: new 78"
like 'a store needs a name' "$(said_by util --store '' -c)" 'needs a name'

# ---- disconnecting, and what is told of it

in_new snmpset 'imscUserDisconnect."ann"' i 1 >/dev/null
ok 'a SET in a context disconnects' await log_has new-ann ' closed'
await says 1 value new imscServiceDisconnects.imap
is 'nobody of the other store' "$(users) $(value main imscServiceDisconnects.all)" 'ann bob 0'
ok 'it is on record' await says 1 in_new snmpwalk -OqvU imscAuditEnded
like 'in that store alone' "$(snmp_walk imscAuditEnded)" 'No Such'
like 'and in syslog with its name' "$(cat "$tmp/syslog.log")" ': new: disconnect user="ann" origin=snmp .*ended=1'
ok 'a notification is sent' await says 1 trap_count imscUserDisconnected
context='snmpModules\.16\.1\.1\.1\.1\.3\.110\.101\.119 = "new"' # vacmContextName."new"
like 'whose last object is the context' "$(traps imscUserDisconnected)" "\\|$context\$"
ok 'and by SNMPv3 it is in the context' await log_has trap3 'SNMP v3, user operator, context new\|.* = "ann"'
like 'the command disconnects, too' "$(said_by util --store new -k -u cat -u bob)" 'Disconnected user cat: 1 connections'
ok 'whom it was asked to' await log_has new-cat ' closed'
snmp_set 'imscUserDisconnect."ann"' i 1 >/dev/null
ok 'in the main store everything is as ever' await log_has ann ' closed'
await says 3 trap_count imscUserDisconnected
is 'its notifications have no context' "$(traps imscUserDisconnected | grep -c "$context")" 2
await says 3 log_count trap3 '\.1\.1\.4\.1\.0 = \.[0-9.]*\.0\.5[[:space:]]'
is 'neither by SNMPv3' "$(log_count trap3 'context new\|') $(log_count trap3 'context \|.* = "ann"')" '2 1'
is 'nobody else was hurt' "$(users)" bob

# ---- a store's process is killed

await says_like '^[0-9]' value new imscAgentVersion.0
kill -KILL "$new"
await not pid_lives "$new"
gaps=0
came_back() {
	[ "$(snmp_value imscCollectorStatus.0)" = ok ] || gaps=$((gaps + 1))
	says ok value new imscCollectorStatus.0
}
ok 'the process of a store that was killed comes back' await came_back
is 'meanwhile the other store was served without a gap' "$gaps" 0
is 'by the same process' "$(process main)" "$main"
is 'and the same session to snmpd' "$(log_count imsconnd '^imsconnd: connected to the master agent')" 1
like 'it is said which it was' "$(cat "$tmp/imsconnd.log")" \
	'error: the process of store new ended with signal 9; starting it again in 1 s'
first=$new
new=$(process new)
ok 'it is another process' not test "$new" = "$first"
use_dovecot new
hold new-dan imap dan
use_dovecot dovecot
ok 'which is told of logins' await says recorded sources
kill -TERM "$new"
await log_has imsconnd 'store new ended with status 0; starting it again in 2 s'
ok 'one that ends again soon is waited for longer' await says_like ok value new imscCollectorStatus.0
new=$(process new)

# ---- SIGHUP

write_main local.imap.enableuserlist=0
write_new local.imap.enableuserlist=0
kill -HUP "$(pid_of imsconnd)"
ok 'SIGHUP reaches the main store' await says false value main imscServiceListed.imap
ok 'and the other one' await says false value new imscServiceListed.imap
write_main
echo 'retention = "long";' >>"$tmp/new.conf"
kill -HUP "$(pid_of imsconnd)"
ok 'if one file is wrong, the other store takes its own' await says true value main imscServiceListed.imap
ok 'and the one keeps what it has' await log_has imsconnd \
	'^imsconnd: new: error: the configuration stays as it was: .*/new\.conf:[0-9]+: retention: cannot be "long"'
is 'it is not listed yet' "$(value new imscServiceListed.imap)" false
write_new
kill -HUP "$(pid_of imsconnd)"
ok 'until the file is right' await says true value new imscServiceListed.imap
is 'all by the same processes' "$(process main) $(process new)" "$main $new"

# ---- snmpd is restarted

stop_snmpd
await log_has imsconnd '^imsconnd: warning: lost the master agent'
await log_has imsconnd '^imsconnd: new: warning: lost the master agent'
start_snmpd "$trap_sink"
ok 'both are back when snmpd is' await both_serve

# ---- the end, and what cannot begin

stop_imsconnd
is 'SIGTERM ends it in order' "$?" 0
ok 'with all processes' all_are_gone
is 'which said so' "$(log_count imsconnd 'imsconnd stops')" 3
start_both
kill -KILL "$(pid_of imsconnd)"
collect imsconnd
ok 'when the one that looks after them is killed, none stays' await all_are_gone
start_both
kill -STOP "$new"
AWAIT_SECONDS=60
stop_imsconnd
is 'one that hangs does not keep it from ending' "$?" 0
unset AWAIT_SECONDS
ok 'it is killed' all_are_gone
like 'and it is said which it was' "$(cat "$tmp/imsconnd.log")" 'error: the process of store new does not stop; it is killed'

# refused STATUS PATTERN: imsconnd ends at its start, and nothing is left of it.
refused() {
	# shellcheck disable=SC2086 # a command and its words
	start refused timeout 30 $imsconnd_rights "$imsconnd" -f "$tmp/imsconn.conf"
	refused_status=0
	collect refused || refused_status=$?
	[ "$refused_status" = "$1" ] || { echo "status $refused_status" && return 1; }
	log_has refused "$2" && rm "$tmp/refused.log" &&
		not is_listening "$tmp/dict.sock" && ! pgrep -f "^$imsconnd -f $tmp/imsconn.conf"
}

write_new "store.path=$tmp/store"
is 'a folder that two stores would share is refused by -C' "$(said_by run_imsconnd -C)" \
	"imsconnd: error: $tmp/new.conf: store.path: \"$tmp/store\" is store.path of $tmp/imsconn.conf; each store needs its own 78"
ok 'and at the start' refused 78 'each store needs its own'
write_new "dovecot.dict_socket=$tmp/dict.sock"
ok 'so is a socket' refused 78 "new.conf: dovecot.dict_socket: .*/dict.sock\" is dovecot.dict_socket of .*/imsconn.conf"
write_new agentx.socket=/elsewhere
is 'and what is for all in the file of one' "$(said_by run_imsconnd -C)" \
	"imsconnd: error: $tmp/new.conf:2: agentx.socket: is the same for all stores, so it stands only in $tmp/imsconn.conf 78"
mv "$tmp/new.conf" "$tmp/away.conf"
ok 'and a file that is not there' refused 78 'cannot read .*/new.conf: No such file or directory'
write_new privacy.mode=pseudonymous "privacy.key_file=$tmp/no.key"
ok 'and a key that is not there' refused 78 no.key
write_new
sockets_of_another() {
	rm -f "$tmp/dict.new.sock"
	start another python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
time.sleep(600)' "$tmp/dict.new.sock"
	await is_listening "$tmp/dict.new.sock"
	chmod 666 "$tmp/dict.new.sock"
}
sockets_of_another
ok 'a store that cannot be started keeps all from it, with its status' refused 71 \
	"^imsconnd: new: error: .*/dict.new.sock\" is in use"
stop another
rm -f "$tmp/dict.new.sock"

# ---- systemd

# What sd_notify(3) says is in $tmp/notify.log.
start notify python3 -uc 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)' "$tmp/notify.sock"
await test -S "$tmp/notify.sock"
chmod 666 "$tmp/notify.sock"
start_both env "NOTIFY_SOCKET=$tmp/notify.sock"
await log_has notify READY
kill -HUP "$(pid_of imsconnd)"
await says 2 log_count notify READY
await says 2 log_count imsconnd 'configuration was read again'
kill -KILL "$new"
await log_has imsconnd 'ended with signal 9'
await both_serve
stop_imsconnd
await log_has notify STOPPING
is 'systemd is told once for all of them' "$(xargs <"$tmp/notify.log")" 'READY=1 RELOADING=1 READY=1 STOPPING=1'

# inode_of PATH: of the socket that listens there.
inode_of() {
	awk -v path="$1" '$4 == "00010000" && $8 == path { print $7 }' /proc/net/unix
}

use_dovecot new
: >"$tmp/imsconnd.log"
# shellcheck disable=SC2086 # commands and their words
start imsconnd python3 "$top_srcdir/tests/activate.py" "dict.new=$dict_socket" "$tmp/imsconnd.pid" \
	$imsconnd_rights "$imsconnd" -f "$tmp/imsconn.conf"
await both_serve
inode=$(inode_of "$dict_socket")
hold new-eve imap eve
# Dan was taken off the list above, and is seen again, without a record.
ok "a further store takes systemd's socket of its name" await says 'observed recorded' sources
supervisor=$(cat "$tmp/imsconnd.pid")
kill -KILL "$(process new)"
hold new-fay imap fay
ok 'a login that comes while its process is away waits there' await says 'observed recorded recorded' sources
is 'since the socket is the same one' "$(inode_of "$dict_socket")" "$inode"
stop imsconnd
done_testing
