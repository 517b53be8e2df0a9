#!/bin/sh
# SPDX-License-Identifier: ISC
# imsconnd as its units run it: the units are right, and the three rights they give are enough for
# Dovecot and snmpd as they are installed, and each is needed.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need snmpd snmpset systemd-analyze setpriv

# ---- the units themselves

mkdir "$tmp/units"
for unit in imsconnd.service imsconnd.socket imsconnd-feed.socket imsconnd@.socket imsconnd-feed@.socket; do
	# Not installed: the program is where it was built.
	sed "s,^ExecStart=.*,ExecStart=$imsconnd," "$top_builddir/contrib/systemd/$unit" \
		>"$tmp/units/$unit"
done
ok 'systemd finds no fault in the units' \
	systemd-analyze verify --man=no "$tmp/units/imsconnd.service" "$tmp/units/imsconnd.socket" \
	"$tmp/units/imsconnd-feed.socket"
is 'nor has it anything to say about them' "$(cat "$tmp/ok.out")" ''
ok 'and thinks the service well confined' systemd-analyze security --no-pager --offline=true \
	--threshold=25 "$tmp/units/imsconnd.service"
rights=$(sed -n 's/^AmbientCapabilities=//p' "$tmp/units/imsconnd.service")
is 'it gives three rights' "$rights" 'CAP_KILL CAP_NET_ADMIN CAP_DAC_OVERRIDE'
is 'and no way to others' \
	"$(sed -n 's/^CapabilityBoundingSet=//p' "$tmp/units/imsconnd.service")" "$rights"
like 'the socket has the name that imsconnd looks for' \
	"$(cat "$tmp/units/imsconnd.socket")" '^FileDescriptorName=dict$'
like "and so has webmail's" "$(cat "$tmp/units/imsconnd-feed.socket")" '^FileDescriptorName=feed$'

# instance UNIT: one of a further store, as systemd makes it of the template.
instance() {
	cp "$tmp/units/$1@.socket" "$tmp/units/$1@new.socket"
	systemd-analyze verify --man=no "$tmp/units/$1@new.socket" "$tmp/units/imsconnd.service"
}
for unit in imsconnd imsconnd-feed; do
	ok "nor has systemd anything to say about $unit@new.socket" says '' instance $unit
done
like "a further store's socket has the name that imsconnd looks for" \
	"$(cat "$tmp/units/imsconnd@.socket")" '^FileDescriptorName=dict\.%i$'
like 'at the place that is its default' "$(cat "$tmp/units/imsconnd@.socket")" '^ListenStream=.*/imsconn/dict\.%i\.sock$'
like "and so has its webmail's" "$(cat "$tmp/units/imsconnd-feed@.socket")" '^FileDescriptorName=feed\.%i$'

# with_least EXPRESSION: what systemd makes of the service with the drop-in, edited so.
with_least() {
	mkdir -p "$tmp/units/imsconnd.service.d"
	sed "$1" "$top_srcdir/contrib/systemd/least-privilege.conf" >"$tmp/units/imsconnd.service.d/least-privilege.conf"
	systemd-analyze verify --man=no "$tmp/units/imsconnd.service"
}

ok 'nor has it with the drop-in for the least rights' says '' with_least ''
is 'which takes all capabilities away' "$(grep -c '^[A-Z][A-Za-z]*=$' "$tmp/units/imsconnd.service.d/least-privilege.conf")" 2
ok 'nor with all that is commented out in it' says '' with_least 's/^#\([A-Z][A-Za-z]*=\)/\1/'
rm "$tmp/units/imsconnd.service.d"/*
cp "$top_srcdir/contrib/systemd/cyrus.conf" "$tmp/units/imsconnd.service.d"
ok 'nor with the drop-in for Cyrus' says '' systemd-analyze verify --man=no "$tmp/units/imsconnd.service"
ok 'with which it is confined even better' systemd-analyze security --no-pager --offline=true \
	--threshold=20 "$tmp/units/imsconnd.service"
rm -r "$tmp/units/imsconnd.service.d"

# ---- what can be done with these rights

# start_with CAPABILITIES: imsconnd as an unprivileged user with these alone, and a socket that
# somebody else holds.
start_with() {
	rm -rf "$tmp/store"
	mkdir "$tmp/store"
	chown games:nogroup "$tmp/store"
	# shellcheck disable=SC2086 # a command and its words
	start activate python3 "$top_srcdir/tests/activate.py" "$dict_socket" "$tmp/imsconnd.pid" \
		$imsconn_under setpriv --reuid games --regid nogroup --clear-groups --no-new-privs \
		--inh-caps="-all$1" --ambient-caps="-all$1" --bounding-set="-all$1" \
		"$imsconnd" -f "$tmp/imsconn.conf"
}

status() {
	snmp_value imscCollectorStatus.0
}

# disconnect USER; disconnect_session NAME: a user, and the session of one client.
disconnect() {
	snmp_set "imscUserDisconnect.\"$1\"" i 1 >/dev/null
}

disconnect_session() {
	session=$(snmp_walk -Oqs imscSessionRemotePort |
		sed -n "s/^imscSessionRemotePort\\.\\([^ ]*\\) $(event "$1" connected)\$/\\1/p")
	snmp_set "imscSessionDisconnect.$session" i 1 >/dev/null
}

knows() {
	await says recorded session_value "$1" LoginTimeSource
}

ietf_mibs
start_syslog
start_snmpd
tell_ports=1
# Each session of IMAP has a process, all of POP have one.
start_dovecot "$(shared_processes pop3)"
write_conf disconnect.allow_snmp=true
start_with ,+kill,+net_admin,+dac_override
ok 'with all it reaches snmpd and sees Dovecot' await says ok status
is 'as a plain user' "$(stat -c %U "/proc/$(cat "$tmp/imsconnd.pid")")" games
hold ann imap ann
hold carl1 pop3 carl
hold carl2 pop3 carl
ok 'it is told of logins' knows ann
await says 2 snmp_value 'imscUserSessions."carl"'
knows carl
disconnect ann
ok 'and disconnects' await log_has ann ' closed'
disconnect_session carl1
ok 'also one of several whom a process serves' await log_has carl1 ' (closed|reset)'
ok 'and not the other one' not log_has carl2 ' (closed|reset)'
ok 'it stops when told' stop activate
stop carl2

start_with ,+net_admin,+dac_override
await says ok status
hold bob imap bob
knows bob
disconnect bob
case $dovecot_version in
2.3)
	ok 'without CAP_KILL it cannot disconnect' await log_has syslog 'user="bob".*be root or have CAP_KILL'
	is 'and does not count it' "$(snmp_value imscServiceDisconnects.all)" 0
	ok 'nobody is hurt' not log_has bob ' closed'
	;;
*) ok 'CAP_KILL is not needed, since Dovecot disconnects itself' await log_has bob ' closed' ;;
esac
stop activate
stop bob

start_with ,+kill,+dac_override
await says ok status
hold dan1 pop3 dan
hold dan2 pop3 dan
await says 2 snmp_value 'imscUserSessions."dan"'
knows dan
disconnect_session dan1
ok 'without CAP_NET_ADMIN it cannot disconnect one of several whom a process serves' \
	await log_has syslog 'user="dan".*be root or have CAP_NET_ADMIN'
is 'and does not count it' "$(snmp_value imscServiceDisconnects.all)" 0
for name in dan1 dan2; do
	ok 'nobody is hurt' not log_has $name ' (closed|reset)'
	stop $name
done
stop activate

start_with ,+kill,+net_admin
ok 'without CAP_DAC_OVERRIDE it cannot ask Dovecot' await grep -q "$anvil_socket.*permission denied" \
	"$tmp/activate.log"
stop activate
done_testing
