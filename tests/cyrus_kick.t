#!/bin/sh
# SPDX-License-Identifier: ISC
# Disconnecting real clients of a real Cyrus: by every service, in whatever state, with and without TLS, with
# whatever rights imsconn has; the one that was asked for, and nobody whom its process serves by then.

if [ -z "${own_network:-}" ] && command -v unshare >/dev/null; then
	own_network=1 exec unshare -n "$0"
fi
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/cyrus.sh"
need_cyrus
need snmpd snmpset ip openssl setpriv ss unshare
ip link set lo up
AWAIT_SECONDS=60

# ---- with which rights: who imsconnd and imsconnutil are

# rights WORD: root ends the TCP connection; own, Cyrus's own user without any capability, shuts it down;
# signal, the same where it may not borrow descriptors, sends SIGTERM, and so does kill, who has CAP_KILL
# and nothing else; none has that neither. ptrace and read have a capability to see more. Cyrus lets its group read who is there.
rights() {
	imsconnd_rights=
	imsconnd_sees=
	imsconn_user=games
	imsconn_group=games
	case $1 in own | signal) imsconn_user=$cyrus_user imsconn_group=$cyrus_group ;; esac
	case $1 in
	own) imsconnd_as '' ;;
	signal)
		imsconnd_sees="python3 $top_srcdir/tests/no_getfd.py"
		imsconnd_as ''
		;;
	kill) imsconnd_as ,+kill "$cyrus_group" ;;
	ptrace) imsconnd_as ,+sys_ptrace "$cyrus_group" ;;
	none) imsconnd_as '' "$cyrus_group" ;;
	read) imsconnd_as ,+dac_read_search ;;
	esac
}

# util_too OPTION...: imsconnutil with the same.
util_too() {
	# shellcheck disable=SC2086 # commands and their words
	$imsconn_under $imsconnd_rights "$imsconnutil" --config "$tmp/imsconn.conf" "$@"
}

# set_up RIGHTS [PATH=VALUE]...
set_up() {
	rights "$1"
	shift
	start_snmpd
	rm -rf "$tmp/store"
	cyrus_conf disconnect.allow_snmp=true "$@"
	start_imsconnd
	await says ok snmp_value imscCollectorStatus.0
}

clear_up() {
	stop_imsconnd
	stop_snmpd
}

# row_of NAME: of the client's session, by the process that serves it.
row_of() {
	row_pid=$(serving "$1")
	[ -n "$row_pid" ] && snmp_walk -Oqs imscSessionProcess |
		sed -n "s/^imscSessionProcess\\.\\([^ ]*\\) $row_pid\$/\\1/p" | grep .
}

last_audit() {
	grep 'disconnect user=' "$tmp/syslog.log" | tail -n 1 | sed 's/^.*disconnect user/disconnect user/'
}

# audit ORIGIN: of the last request for ann, over SNMP as well.
audit() {
	await says_like "user=\"ann\" origin=$1 .* sessions=1 ended=1 result=\"done\"" last_audit &&
		says 'done' snmp_value "imscAuditResult.$(snmp_walk -Oqs imscAuditResult | tail -n 1 | sed 's/^imscAuditResult\.\([0-9]*\) .*/\1/')"
}

# gone NAME [STATE]: the client sees the end of its connection.
gone() {
	[ "${2:-}" != fetch ] || tell "$1" finish
	await log_has "$1" ' (closed|reset)'
}

# answered NAME: Cyrus goes on with what the client is in the middle of, and ends it well.
answered() {
	not log_has "$1" ' (closed|reset)' && tell "$1" finish &&
		await log_has "$1" ' finished (a[0-9] OK|\+OK|\.|HTTP/1.1 20[0-9])'
}

# how NAME: what the client saw of the end.
how() {
	grep -oE ' (received (\* BYE|-ERR)|closed|reset)' "$tmp/$1.log" | sed 's/ received//' | xargs
}

# other TRANSPORT: how the same user may be there a second time; POP has one client a mailbox.
other() {
	case $1 in pop3*) echo imap ;; *) echo "$1" ;; esac
}

table='rights|transport|state|asked saw by SNMP|by imsconnutil'

# kick RIGHTS STATE TRANSPORT [OPTION]: of ann's two sessions one by SNMP, then all she has by the command;
# bob is in the middle of the same all the time.
kick() {
	kick_rights=$1
	state=$2
	shift 2
	second=$(other "$1")
	# shellcheck disable=SC2086 # none, or one
	hold ann1 "$1" ann $state ${2:-} && hold ann2 "$second" ann && hold bob "$1" bob $state ${2:-} || return 1
	await row_of ann1 && await row_of ann2 && await row_of bob || return 1
	row=$(row_of ann1)
	stays=$(row_of ann2)
	snmp_set "imscSessionDisconnect.$row" i 1 && gone ann1 "$state" &&
		await says_like 'No Such Instance' snmp_get "imscSessionUser.$row" && audit snmp &&
		answered ann2 && says "$stays" row_of ann2 || return 1
	says 'Disconnected user ann: 1 connections.' util_too -k -u ann && gone ann2 && audit cli && answered bob || return 1
	table="$table
$kick_rights|$*|${state:-none}|$(how ann1)|$(how ann2)"
	for name in ann1 ann2 bob; do
		stop $name || :
	done
	await says 0 snmp_value imscServiceSessions.all
}

# refuse STATE TRANSPORT: nobody may; it is said, and nothing ends.
refuse() {
	# shellcheck disable=SC2086 # none, or one
	hold ann1 "$2" ann $1 && await row_of ann1 || return 1
	status=0
	said=$(util_too -k -u ann 2>&1) || status=$?
	echo "$said"
	why="cannot signal process $(serving ann1): Operation not permitted; be root or Cyrus's user, or have CAP_KILL"
	[ "$status" = 2 ] && [ "$said" = "Cannot disconnect user ann: $why" ] &&
		snmp_set "imscSessionDisconnect.$(row_of ann1)" i 1 &&
		await says_like "user=\"ann\" origin=snmp .* ended=0 result=\"failed\" reason=\"$why\"" last_audit &&
		answered ann1 || return 1
	stop ann1
	await says 0 snmp_value imscServiceSessions.all
}

# states_of RIGHTS TRANSPORT: "rest" is none.
states_of() {
	case $1:$2 in
	ptrace:* | read:*) ;;
	*:*starttls) echo fetch ;;
	root:imap*) echo 'rest selected idle fetch append' ;;
	# What SIGTERM does not do is below.
	signal:imap) echo 'rest selected idle append' ;;
	signal:imaps) echo 'rest idle append' ;;
	own:imap*) echo 'idle fetch' ;;
	root:pop3*) echo 'rest fetch' ;;
	root:http* | signal:http) echo 'rest append' ;;
	*:imap) echo 'rest idle' ;;
	*) echo rest ;;
	esac
}

start_syslog
ietf_mibs
cyrus_tls
start_cyrus 'umask: 027' "$(cyrus_tls_lines)"
{
	printf 'Subject: large\n\n'
	yes 'The quick brown fox jumps over the lazy dog and does not look back.' | head -n 200000
} >"$tmp/message"
for user in ann bob; do
	put_message $user "$tmp/message" || bail 'no message'
done

make_inbox carl
for who in root own signal kill ptrace read none; do
	set_up $who
	for transport in imap imaps 'imap starttls' pop3 pop3s http https; do
		case $who:$transport in kill:*s | none:*s | signal:*starttls | signal:pop3s | signal:https) continue ;; esac
		for state in $(states_of $who "$transport"); do
			state=$(echo "$state" | sed 's/^rest$//')
			# shellcheck disable=SC2086 # a service and an option
			if [ $who = none ]; then
				ok "without any right, $transport ${state:-at rest}: nothing ends, and why is said" \
					refuse "$state" $transport
			else
				ok "as $who, $transport ${state:-at rest}: only who was asked for goes" \
					kick $who "$state" $transport
			fi
		done
	done
	case $who in own | signal | ptrace)
		hold ann imap ann
		hold carl http carl
		for user in ann carl; do
			ok "$user's port is known ($who)" \
				await says "$(event $user connected)" session_value $user RemotePort
		done
		is "and the server's" "$(session_value ann LocalPort)" "$imap_port"
		stop ann
		stop carl
		;;
	kill | read)
		hold ann imap ann
		ok "who may only read ($who) sees the session" await says_like '^imap\.' sessions_of ann
		is 'and no port' "$(session_value ann RemotePort)" 0
		is 'but the address' "$(session_value ann RemoteAddress)" '7F 00 00 01 '
		stop ann
		;;
	esac
	[ $who != signal ] || {
		clear_up
		set_up signal disconnect.timeout_seconds=2
		hold ann imaps ann fetch
		await row_of ann
		pid=$(serving ann)
		for again in '' ', nor does it kill it when it comes again'; do
			like "SIGTERM does not end what writes by TLS to a client that does not read; that is told$again" \
				"$(util_too -k -u ann 2>&1)" '^Cannot disconnect user ann: 1 of 1 sessions are still there after 2 seconds'
		done
		tell ann finish
		ok 'it ends when the client reads on' await not pid_lives "$pid"
		stop ann
	}
	clear_up
done
diag "$(echo "$table" | column -t -s '|')"

# ---- who is not logged in has no session; who comes back at once was gone

set_up root
start prelogin python3 -uc 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.recv(999)
s.sendall(b"USER ann\r\n")
s.recv(999)
print("asked for a password")
print("end", s.recv(1))' "$pop3_port"
await log_has prelogin 'asked for a password'
ok 'Cyrus names whoever has told his name by POP' test -n "$(proc_file ann)"
ok 'but he is not in' says_like '^Cannot disconnect user ann: no sessions|not connected|no connection' util -k -u ann
ok 'and is left alone' not log_has prelogin '^end'
stop prelogin
hold dan imap dan again
await row_of dan
is 'a client that comes back at once, into the same process, was gone' "$(util -k -u dan 2>&1)" \
	'Disconnected user dan: 1 connections.'
ok 'it is back' await says 2 log_count dan ' ready'
tell dan close
collect dan

# ---- a process that serves somebody else by the time it was to end

# reuse NAME USER TRANSPORT PID: USER comes until that process serves him.
reuse() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		hold "$1" "$3" "$2" || return 1
		[ "$(serving "$1")" != "$4" ] || return 0
		tell "$1" logout
		collect "$1"
	done
	return 1
}

# list_first TRANSPORT: somebody has listed ann's only session, and is to end it when told.
list_first() {
	mkfifo "$tmp/end.ctl"
	hold ann1 "$1" ann || return 1
	pid=$(serving ann1)
	# shellcheck disable=SC2016,SC2086 # the expansion is the inner shell's; commands and their words
	start end sh -c 'exec "$@" <>"$0"' "$tmp/end.ctl" $imsconnd_rights "$top_builddir/tests/end_row" \
		"$tmp/imsconn.conf" ann
	await log_has end listed
}

# end_now: it is told, and does what it will.
end_now() {
	echo >"$tmp/end.ctl"
	await log_has end '^(done|refused|impossible)' && log_has end '^done'
}

forget_list() {
	stop end || :
	rm -f "$tmp/end.ctl" "$tmp/end.log"
	for name in ann1 next; do
		stop $name || :
	done
}

# spared TRANSPORT USER: ann's process passed to him after it was listed.
spared() {
	list_first "$1" && tell ann1 logout && collect ann1 && reuse next "$2" "$1" "$pid" && end_now &&
		answered next
}

# not_spared TRANSPORT: it did not.
not_spared() {
	list_first "$1" && end_now && await log_has ann1 ' (closed|reset)'
}

for who in root own signal kill; do
	rights $who
	for transport in imap http; do
		ok "as $who, $transport: a process that serves somebody else by now is spared" spared $transport bob
		forget_list
		# Who may not look at its socket cannot tell.
		[ $who = kill ] || {
			ok 'and one that serves a new session of the same user' spared $transport ann
			forget_list
		}
		ok 'what is as it was listed ends' not_spared $transport
		forget_list
	done
done
clear_up

ok 'Cyrus serves on' visit imap ann
ok 'its master closed no service' not grep -q 'too many failures' "$tmp/cyrus-mail.log"
ok 'nor did it see a failure' not grep -qE 'exited with status|signaled to death' "$tmp/cyrus-mail.log"
done_testing
