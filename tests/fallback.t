#!/bin/sh
# SPDX-License-Identifier: ISC
# An anvil that greets as a version we do not know: the real doveadm is asked in its place. And a
# doveadm that prints its columns otherwise, or nonsense, or too much, or nothing, or that hangs.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget

# who LINE...: what is run as doveadm from now on.
who() {
	printf '%s\n' '#!/bin/sh' "$@" >"$tmp/doveadm.new"
	chmod 755 "$tmp/doveadm.new"
	mv "$tmp/doveadm.new" "$tmp/doveadm"
}

# prints TEXT: doveadm prints it, as printf(1) reads it.
prints() {
	printf '%b' "$1" >"$tmp/printed"
	who "cat $tmp/printed"
}

run() {
	run_wanted=$1
	shift
	status=0
	said=$(util "$@" 2>"$tmp/err") || status=$?
	[ "$status" = "$run_wanted" ] || { cat "$tmp/err" && return 1; }
}

# The users from e on whom the command shows. Those who are really there have a moment to be listed.
users() {
	util -c -s imap 2>"$tmp/err" | awk '/^e/ { print $1 }' | paste -sd ' ' -
}

sessions() {
	snmp_walk -Oqv imscSessionUser
}

ietf_mibs
start_snmpd
start_dovecot
echo greet >"$tmp/answer"
start strange python3 "$top_srcdir/tests/fake_anvil.py" "$tmp/strange" "$tmp/answer"
await is_listening "$tmp/strange"
let_in "$tmp/strange"
real="exec $doveadm \"\$@\""
who "$real"
write_conf "dovecot.anvil_socket=$tmp/strange" "dovecot.doveadm=$tmp/doveadm" collector.timeout_seconds=2 \
	collector.max_sessions=1000
start_imsconnd

# ---- the real one

ok 'without a session there is none' await says ok snmp_value imscCollectorStatus.0
is 'and none is shown' "$(sessions | grep -c '^"')" 0
hold ann1 imap ann idle
hold ann2 pop3 ann
hold bob imap bob
odd='o d	d/b\x'
hold odd imap "$odd"
ok 'real sessions are listed' await says 4 snmp_value imscServiceSessions.all
is 'those of imap' "$(snmp_value imscServiceSessions.imap)" 3
is 'the status is good' "$(snmp_value imscCollectorStatus.0)" ok
is 'it is told who was asked' "$(snmp_value imscStoreName.0)" \
	'Dovecot of a version not known, asked by doveadm'
like 'the log says why' "$(grep -c 'warning: .*anvil greets with .*, a version that is not known; doveadm is asked instead' \
	"$tmp/imsconnd.log")" '^1$'
ok 'the command shows the same' run 0 -c -s imap
like 'with where they come from' "$said" '^ann .* 127\.0\.0\.1'
like 'a name of any octets is that name' "$said" '^o d\\x09d/b\\x '
like 'it says what it asked' "$(cat "$tmp/err")" 'doveadm is asked instead'
evil=$(printf 'evil\nbob\timap\t7\t::1\t\001x')
hold evil imap "$evil"
ok 'a name that looks like rows of the list is that of one more session' await says 5 snmp_value imscServiceSessions.all
ok 'and all the others are shown, too' run 0 -c -s imap
is 'by their names' "$(echo "$said" | awk 'NR > 1 && / plain / { print $1 }' | sort -u | paste -sd ' ' -)" \
	'ann bob evil\x0abob\x09imap\x097\x09::1\x09\x01x o'
tell evil logout
collect evil
await says 4 snmp_value imscServiceSessions.all
ok 'a user is disconnected' run 0 -k -u ann
is 'and his sessions are seen to end' "$said" 'Disconnected user ann: 2 connections.'
ok 'the others are not' not log_has bob ' closed'
ok 'the daemon sees it' await says 2 snmp_value imscServiceSessions.all

# ---- other columns

# The daemon asks the same one: what it saw a moment ago is believed for two seconds.
pid=$(dovecot_process imap | head -n 1)
prints "ip\tuptime\tpid\tusername\tproto\n127.0.0.1\t5\t$pid\teve\timap\n127.0.0.1\t6\t$pid\teve\timap\n"
ok 'columns may stand in another order, and there may be more' await says 'eve eve' users
prints "service\tuser\tpid\nimap\teve\t$pid\n"
ok 'and have other names, and no address' await says eve users
prints "username\tproto\tpid\tip\ne\\0001tv\\00011e\timap\t$pid\t::1\n"
ok 'escapes are undone' await says 'e\x09v\x01e' users
prints "username\tproto\tpid\tip\ne\\0001qe\timap\t$pid\t\n"
ok 'and what is none is as it is' await says 'e\x01qe' users
prints "proto\tusername\tpid\tip\nimap\te\tv\t$pid\t::1\n"
ok 'and tabs that are not escaped are part of the name' await says 'e\x09v' users
prints "username\tproto\tpid\tip\n\timap\t$pid\t::1\nx\tlmtp\t$pid\t\neve\timap-hibernate\t$pid\t\n"
ok 'other services and empty names are left out, hibernated sessions are not' await says eve users
prints 'username\tproto\tpid\tip\n'
ok 'a header alone is nobody' await says '' users

# ---- nonsense

# wrong SENTENCE MESSAGE: the command tells it, and shows what is known.
wrong() {
	run 75 -c -s imap
	like "$1" "$(cat "$tmp/err")" "a version that is not known; and then: .*$2"
}

who "$real"
ok 'the daemon has the real sessions' await says 2 snmp_value imscServiceSessions.all
prints 'username\tproto\tip\neve\timap\t::1\n'
wrong 'a missing column is named' "doveadm's header has no pid"
prints 'Usage: doveadm\n'
wrong 'as is another missing' "doveadm's header has no username"
prints "username\tproto\tpid\tip\neve\timap\t$pid\t127.0.0.1\nbob\timap\t$pid"
wrong 'an answer that ends within a line' 'ends within a line'
prints "username\tproto\tpid\tip\neve\timap\t$pid\n"
wrong 'a row that is too short' 'makes no sense at "eve'
for wrong_pid in 0 -1 x 4294967297 99999999999 2147483648 ''; do
	prints "username\tproto\tpid\tip\neve\timap\t$wrong_pid\t\n"
	wrong "\"$wrong_pid\" is no process" 'makes no sense at "eve'
done
prints "username\tproto\tpid\tip\neve\timap\t$pid\tnowhere\n"
wrong 'an address that is none' 'makes no sense at "eve'
prints ''
wrong 'nothing at all' 'doveadm printed nothing'
who 'head -c 10000000 /dev/zero | tr "\0" x'
wrong 'a line of 10 MB' 'a line of more than 65536 octets'
who 'printf "username\tproto\tpid\tip\n"; yes "eve	imap	1	::1" | head -c 10000000'
wrong '10 MB of sessions' 'more than 1000 sessions; raise collector.max_sessions'
who 'echo "no such thing" >&2' 'exit 75'
wrong 'a child that fails' 'ended with status 75: no such thing'
who "printf 'username\tproto\tpid\tip\n'" 'kill -9 $$'
wrong 'a child that is killed' 'ended with signal 9'
who 'tail -f /dev/null & tail -f /dev/null'
wrong 'a child that hangs' 'took more than 2 s'
ok 'the daemon says that it cannot see' await says stale snmp_value imscCollectorStatus.0
ok 'and why' await says_like 'a version that is not known; and then: .*took more than 2 s' \
	snmp_value imscCollectorLastError.0
is 'it keeps all that it knew' "$(snmp_value imscServiceSessions.all)" 2
rm "$tmp/doveadm"
wrong 'a doveadm that is not there' 'cannot run .*No such file'

# ---- back to anvil

stop strange
rm -f "$tmp/strange"
ln -s "$anvil_socket" "$tmp/strange"
ok 'an anvil that is understood is asked again' await says ok snmp_value imscCollectorStatus.0
is 'and that is told' "$(snmp_value imscStoreName.0)" "Dovecot $dovecot_version"
is 'the sessions are the same' "$(snmp_value imscServiceSessions.all)" 2
ok 'imsconnd stops when told' stop_imsconnd
done_testing
