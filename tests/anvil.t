#!/bin/sh
# SPDX-License-Identifier: ISC
# A mail server that answers nonsense, or too much, or never: imsconnd keeps what it knows, says
# what is wrong, serves everybody else meanwhile, and goes on when the answers make sense again.

. "${top_srcdir:-.}/tests/lib.sh"
need snmpd snmpget python3

status() {
	snmp_value imscCollectorStatus.0
}

# answer MODE [ROW]...: what the server answers from now on; fake_anvil.py knows the modes.
answer() {
	printf '%s\n' "$@" >"$tmp/answer.new"
	mv "$tmp/answer.new" "$tmp/answer"
}

start_anvil() {
	stop anvil || :
	start anvil python3 "$top_srcdir/tests/fake_anvil.py" "$tmp/anvil" "$tmp/answer"
	await is_listening "$tmp/anvil"
}

# The octets of memory that are imsconnd's own.
memory() {
	awk '/^RssAnon/ { print $2 * 1024 }' "/proc/$(pid_of imsconnd)/status"
}

dict_put() {
	python3 "$top_srcdir/tests/dict_client.py" put "$tmp/dict.sock" "$1"
}

ietf_mibs
start_snmpd
# Two processes to have sessions.
start one tail -f /dev/null
start two tail -f /dev/null
tab=$(printf '\t')
row1="imap/127.0.0.1/ann$tab$(pid_of one)${tab}1"
row2="pop3/::1/bob/and/more$tab$(pid_of two)${tab}1"
answer ok "$row1" "$row2"
start_anvil
write_conf "dovecot.anvil_socket=$tmp/anvil" dovecot.doveadm=/bin/false dovecot.dict_group= collector.timeout_seconds=1 \
	collector.max_sessions=10000
start_imsconnd
ok 'an answer that makes sense is taken' await says 2 snmp_value imscServiceSessions.all
is 'a name may hold what separates fields' "$(snmp_walk -Oqv imscSessionUser | tail -n 1)" \
	bob/and/more
rows=$(snmp_walk -Oqs imscSessionUser)

# error_of MODE: what is said of it.
error_of() {
	case $1 in
	hang) echo 'no whole answer within 1 second' ;;
	endless) echo 'more than 10000 sessions' ;;
	close | cut) echo 'closed the connection before the end' ;;
	garbage) echo 'makes no sense' ;;
	huge) echo 'a line of more than' ;;
	greet) echo 'a version that is not known.*and then: /bin/false ended with status 1' ;;
	esac
}

for mode in hang close cut garbage huge endless greet; do
	: >"$tmp/imsconnd.log"
	answer "$mode" "$row1"
	# A greeting comes only on a new connection.
	[ "$mode" != greet ] || start_anvil
	ok "$mode: imsconnd tells that it cannot see" await says stale status
	is "$mode: it keeps all that it knew" "$(snmp_walk -Oqs imscSessionUser)" "$rows"
	is "$mode: it takes logins" "$(dict_put "u-$mode")" O
	ok "$mode: it says why" await says_like "$(error_of "$mode")" \
		snmp_value imscCollectorLastError.0
	diag "$(snmp_value imscCollectorLastError.0)"
	exit_status=0
	util -c -s imap >"$tmp/out" 2>"$tmp/err" || exit_status=$?
	is "$mode: the command shows what is known, and that it is old" \
		"$(sed -n 2p "$tmp/out" | cut -d ' ' -f 1) $exit_status" 'ann 75'
	answer ok "$row1" "$row2"
	ok "$mode: it goes on by itself" await says ok status
	is "$mode: the rows are the same" "$(snmp_walk -Oqs imscSessionUser | grep -v u-)" "$rows"
	is "$mode: it has said so once, and once that it is over" "$(log_count imsconnd \
		'cannot be asked') $(log_count imsconnd 'asked again')" '1 1'
done
ok 'none of this has cost memory' test "$(memory)" -lt 30000000

# ---- more than is allowed

stop_imsconnd
write_conf "dovecot.anvil_socket=$tmp/anvil" dovecot.dict_group= collector.max_sessions=1
start_imsconnd
ok 'more sessions than the configuration allows are refused' await says stale status
like 'by the name of the key' "$(snmp_value imscCollectorLastError.0)" 'max_sessions'
stop_imsconnd
write_conf "dovecot.anvil_socket=$tmp/anvil" dovecot.dict_group=
answer ok
start_imsconnd
ok 'sessions whose processes live stay, though the list has lost them' await says ok status
stop one
ok 'until the process ends' await says 0 snmp_value imscServiceSessions.imap
done_testing
