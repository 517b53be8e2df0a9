#!/bin/sh
# SPDX-License-Identifier: ISC
# Disconnecting exactly: of processes that serve several sessions, only those end that were asked for;
# in whatever state, with and without TLS. Real clients of a real Dovecot, in a network of their own.

if [ -z "${own_network:-}" ] && command -v unshare >/dev/null; then
	own_network=1 exec unshare -n "$0"
fi
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need snmpd snmpset ip openssl setpriv unshare
ip link set lo up

# Both ports are told but where it says otherwise.
tell_ports=1
mailbox() {
	echo "$dovecot_dir/mail/$(printf %s "$1" | md5sum | cut -d ' ' -f 1)/mail"
}

# put_message USER...: a message that no socket's buffers can hold.
put_message() {
	[ -f "$tmp/message" ] || {
		printf 'Subject: large\r\n\r\n'
		yes 'The quick brown fox jumps over the lazy dog and does not look back.' | head -n 200000
	} >"$tmp/message"
	for user in "$@"; do
		mkdir -p "$(mailbox "$user")/cur" "$(mailbox "$user")/new" "$(mailbox "$user")/tmp"
		cp "$tmp/message" "$(mailbox "$user")/cur/1.M1P1.host:2,S"
		chown -R nobody:nogroup "$(dirname "$(mailbox "$user")")"
	done
}

count_messages() {
	find "$(mailbox "$1")/cur" "$(mailbox "$1")/new" -type f | wc -l
}

# knows USER: imsconnd was told of his login.
knows() {
	await says recorded session_value "$1" LoginTimeSource
}

last_audit() {
	grep 'disconnect user=' "$tmp/syslog.log" | tail -n 1 | sed 's/^.*disconnect user/disconnect user/'
}

# gone NAME [STATE]: the client sees the end of its connection.
gone() {
	[ "${2:-}" != fetch ] || tell "$1" finish
	await log_has "$1" ' (closed|reset)'
}

# answered NAME: the server goes on with what the client is in the middle of, and ends it well.
answered() {
	not log_has "$1" ' (closed|reset)' && tell "$1" finish && await log_has "$1" ' finished (a[0-9] OK|\+OK|\.)'
}

# how NAME: what the client saw of the end.
how() {
	grep -oE ' (received (\* BYE|-ERR)|closed|reset)' "$tmp/$1.log" | sed 's/ received//' | xargs
}

start_syslog
ietf_mibs
start_snmpd
write_conf disconnect.allow_snmp=true

# ---- every way to be connected, in every state

table="transport|processes|state|asked saw|the other"
row() {
	table="$table
$1"
}

# kick_one PROCESSES STATE SERVICE [OPTION]: of two users in this state one is disconnected.
kick_one() {
	processes=$1
	state=$2
	shift 2
	# shellcheck disable=SC2086 # none, or one
	hold ann "$1" ann $state ${2:-} && hold bob "$1" bob $state ${2:-} && knows ann && knows bob || return 1
	served_by=$(dovecot_process "${1%s}" | xargs)
	logins=$(dovecot_process "${1%s}-login" | xargs)
	messages=$(count_messages ann)
	said=$(util -k -u ann 2>&1)
	echo "$said; served by $served_by, logins by $logins"
	[ "$said" = 'Disconnected user ann: 1 connections.' ] && gone ann "$state" && answered bob || return 1
	row "$*|$processes|${state:-none}|$(how ann)|$(grep -o ' finished.*' "$tmp/bob.log" | cut -c 11-30)"
	[ "$(dovecot_process "${1%s}-login" | xargs)" = "$logins" ] || return 1
	[ "$processes" = own ] || [ "$(dovecot_process "${1%s}" | xargs)" = "$served_by" ] || return 1
	tell bob logout
	collect bob
	collect ann
	[ "$processes" = own ] || [ "$(echo "$served_by" | wc -w)" = 1 ] || return 1
	# What was sent of a message is not one.
	[ "$(count_messages ann)" = "$messages" ]
}

make_tls
for processes in own shared; do
	start_dovecot "$(tls_lines)" "$([ $processes = own ] || shared_processes imap pop3)"
	put_message ann bob
	start_imsconnd
	for transport in imap imaps 'imap starttls' pop3 pop3s; do
		for state in '' idle fetch append; do
			case $transport:$state in pop3*:idle | pop3*:append) continue ;; esac
			# shellcheck disable=SC2086 # a service and an option
			ok "$processes process, $transport ${state:-at rest}: only who was asked for goes" \
				kick_one $processes "$state" $transport
		done
	done
	stop_imsconnd
	stop_dovecot
done
diag "$(echo "$table" | column -t -s '|')"

# ---- one session of several of a user, and several users at once

start_dovecot "$(tls_lines)" "$(shared_processes imap pop3)"
start_imsconnd

# row_of NAME: the row of the client's session.
row_of() {
	snmp_walk -Oqs imscSessionRemotePort | sed -n "s/^imscSessionRemotePort\\.\\([^ ]*\\) $(event "$1" connected)\$/\\1/p"
}

disconnects() {
	snmp_value imscServiceDisconnects.imap
}

hold ann1 imap ann idle
hold ann2 imaps ann idle
hold ann3 imap ann idle from=127.0.0.3
hold bob imaps bob idle
await says 4 snmp_value imscServiceSessions.imap
ended=$(disconnects)
row=$(row_of ann2)
ok 'a SET for one session' snmp_set "imscSessionDisconnect.$row" i 1
ok 'ends it' gone ann2
ok 'and its row' await says_like 'No Such Instance' snmp_get "imscSessionUser.$row"
is 'it counts as one' $(($(disconnects) - ended)) 1
like 'and is on record as one' "$(last_audit)" 'user="ann" origin=snmp .* sessions=1 ended=1 result="done" reason=""'
ok 'the others of the user, in the same process, go on' answered ann1
ok 'also from another address' answered ann3
ok 'and so does everybody else' answered bob
hold carl1 imap carl idle
hold carl2 imaps carl
await says 5 snmp_value imscServiceSessions.imap
knows carl
is 'two users at once, all they have' "$(util -k -u ann -u carl)" 'Disconnected user ann: 2 connections.
Disconnected user carl: 2 connections.'
ok 'go' gone ann1
ok 'go' gone ann3
ok 'go' gone carl1
ok 'go' gone carl2
ok 'and nobody else' answered bob
hold dan imap dan again
knows dan
is 'a client that comes back at once, into the same process, was gone' "$(util -k -u dan 2>&1)" \
	'Disconnected user dan: 1 connections.'
ok 'it is back' await says 2 log_count dan ' ready'
is 'all the time it was one process' "$(dovecot_process imap | wc -l)" 1
tell dan close
collect dan

# ---- sessions that hibernate

stop bob
stop_imsconnd
stop_dovecot
start_dovecot "$(tls_lines)" "$(hibernation 1)"
start_imsconnd

# hibernates USER: a session of his does, as far as Dovecot knows.
hibernates() {
	for pid in $("$doveadm" -f tab who -1 "$1" | awk 'NR > 1 { print $3 }'); do
		! grep -q hibernate "/proc/$pid/comm" || return 0
	done
	return 1
}

for transport in imap imaps 'imap starttls'; do
	# shellcheck disable=SC2086 # a service and an option
	{
		set -- $transport
		hold ann "$1" ann idle ${2:-}
		hold bob "$1" bob idle ${2:-}
	}
	knows ann
	await hibernates ann
	await hibernates bob
	is "a session that has just gone to hibernate ($transport)" "$(util -k -u ann 2>&1)" \
		'Disconnected user ann: 1 connections.'
	ok 'goes' gone ann
	ok 'and no other one that hibernates' answered bob
	tell bob logout
	collect bob
done
hold ann1 imaps ann idle
hold ann2 imaps ann idle
knows ann
await says 2 snmp_value 'imscUserSessions."ann"'
row=$(row_of ann1)
await hibernates ann
ok 'by SNMP one of two that hibernate' snmp_set "imscSessionDisconnect.$row" i 1
ok 'goes' gone ann1
ok 'and its row' await says_like 'No Such Instance' snmp_get "imscSessionUser.$row"
ok 'and not the other one' answered ann2
stop ann2
is 'nobody was killed for all that' "$(grep -c 'imap-hibernate.*Killed with signal' "$tmp/dovecot-mail.log")" 0

# anvil_ticks: the processor's time that anvil had, in hundredths of a second.
anvil_ticks() {
	awk '{ print $14 + $15 }' "/proc/$(dovecot_process anvil)/stat"
}

# A version of anvil spins once a process ends of which it was asked to end a session that hibernates.
# shellcheck disable=SC2046 # each is a word
kill $(dovecot_process imap-hibernate)
await not dovecot_process imap-hibernate
ticks=$(anvil_ticks)
for _ in 1 2 3; do
	polled=$(snmp_value imscCollectorLastSuccess.0)
	await not says "$polled" snmp_value imscCollectorLastSuccess.0
done
ok 'and anvil has nothing to do afterwards' between 0 $(($(anvil_ticks) - ticks)) 15

[ "$dovecot_version" = 2.3 ] || {
	ok 'imsconnd stops when told' stop_imsconnd
	done_testing
	exit
}

# ---- what Dovecot 2.3 does not do itself: what is missing

stop_imsconnd
stop_dovecot
start_dovecot "$(tls_lines)" "$(shared_processes imap pop3)" 'login_trusted_networks = 127.0.0.1'
start_imsconnd

# refused USER WHY: he cannot be disconnected, and that is the reason.
refused() {
	status=0
	said=$(util -k -u "$1" 2>&1) || status=$?
	echo "$said"
	[ "$status" = 2 ] && printf '%s\n' "$said" |
		grep -qE "^Cannot disconnect user $1: process [0-9]+ also serves other sessions; $2\$"
}

hold bob imaps bob idle
hold eve imap eve from=127.0.0.2
hold fay imaps fay
hold gus imap gus id=x-originating-ip:203.0.113.7,x-originating-port:4711
for user in bob eve fay gus; do
	knows $user
done
imsconn_under="$imsconn_under setpriv --bounding-set=-net_admin --inh-caps=-net_admin --"
ok 'without CAP_NET_ADMIN the command says so' refused fay \
	"cannot end the connection from 127.0.0.1:$(event fay connected) alone: be root or have CAP_NET_ADMIN"
imsconn_under=${imsconn_under% setpriv*}
ok 'who comes through a proxy has no connection here' refused gus \
	'there is no TCP connection from 203\.0\.113\.7:4711 here: it is over, came through a proxy, .*'
stop_imsconnd
ok 'without imsconnd nobody knows whose a connection with TLS is' refused fay \
	"the client's port is not known: imsconnd is not running"
ok 'nor which one of an address that several users have' refused bob \
	"the client's port is not known: imsconnd is not running"
is 'a client whose address nobody else has is found in the process' "$(util -k -u eve 2>&1)" \
	'Disconnected user eve: 1 connections.'
ok 'and goes' gone eve
for user in bob fay gus; do
	ok 'who was not, is not hurt' answered $user
	stop $user
done

# ---- a port that passed to somebody else while nobody looked

start_imsconnd
hold ann1 imaps ann
hold carl imaps carl from=127.0.0.5
knows ann
knows carl
stop_imsconnd
port=$(event ann1 connected)
tell ann1 logout
collect ann1
hold ann2 imaps ann
hold bob imaps bob "port=$port"
start_imsconnd
await says 3 snmp_value imscServiceSessions.imap
await says ok snmp_value imscCollectorStatus.0
is 'she is still taken to have it' "$(session_value ann RemotePort)" "$port"
ok 'who has it now is spared' refused ann "the connection from 127.0.0.1:$port may be another session's by now"
ok 'and goes on' answered bob
ok 'as everybody does' answered ann2
ok 'of an address from where nobody else came, one goes all the same' says 'Disconnected user carl: 1 connections.' util -k -u carl
ok 'he goes' gone carl
for name in ann2 bob; do
	stop $name
done
stop_imsconnd

# ---- where Dovecot does not tell the server's port

stop_dovecot
tell_ports=
start_dovecot "$(tls_lines)" "$(shared_processes imap pop3)"
start_imsconnd
hold bob imaps bob
hold fay imaps fay
knows bob
knows fay
ok 'a port that nobody knows is not guessed' refused fay \
	"there is no TCP connection from 127.0.0.1:$(event fay connected) here: .* a port that the mail server did not tell"
stop fay
ok 'all that a process serves' await says 1 snmp_value imscServiceSessions.imap
is 'ends with it, then' "$(util -k -u bob 2>&1)" 'Disconnected user bob: 1 connections.'
ok 'its client is told good-bye' await says_like 'BYE closed' how bob
stop_imsconnd
stop_dovecot
imap_port=143 imaps_port=993 pop3_port=110 pop3s_port=995
start_dovecot "$(tls_lines)" "$(shared_processes imap pop3)"
start_imsconnd
for transport in imap imaps pop3 pop3s; do
	ok "the usual one of $transport is found" kick_one shared '' $transport
done
ok 'imsconnd stops when told' stop_imsconnd
done_testing
