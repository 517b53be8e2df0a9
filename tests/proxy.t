#!/bin/sh
# SPDX-License-Identifier: ISC
# A real Dovecot that passes all logins on to another one: what is known on the host of either. On the
# one behind, the clients are those of the proxy; on the proxy, they are a service of their own.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/proxy.sh"
need_dovecot
need snmpd snmpget

# told_by_proxy USER: the name of the session in the proxy's log.
told_by_proxy() {
	sed -n "s/.*Started proxying.*user=<$1>.* session=<\\([^>]*\\)>.*/\\1/p" "$tmp/proxy-mail.log" | tail -n 1
}

# remote USER; local_end USER: address and port of the first of his sessions, as SNMP tells them.
remote() {
	echo "$(address "$1" Remote) $(session_value "$1" RemotePort)"
}

local_end() {
	echo "$(address "$1" Local) $(session_value "$1" LocalPort)"
}

# dotted: an address, which SNMP has as octets.
dotted() {
	# shellcheck disable=SC2046 # four words
	set -- $(cat)
	printf '%d.%d.%d.%d' "0x$1" "0x$2" "0x$3" "0x$4"
}

# address USER END: of the first of the user's sessions.
address() {
	session_value "$1" "$2Address" | dotted
}

# remotes USER: of all of them. Who is first is nobody's choice where one poll found several.
remotes() {
	for session in $(sessions_of "$1"); do
		snmp_value "imscSessionRemoteAddress.$session" | dotted
		echo
	done | sort | paste -sd ' ' -
}

# sums: the sessions of all services, of IMAP, of POP, and of a proxy.
sums() {
	snmp_get -OqvU imscServiceSessions.all imscServiceSessions.imap imscServiceSessions.pop3 \
		imscServiceSessions.proxy | paste -sd ' ' -
}

leave() {
	for name in "$@"; do
		tell "$name" logout
		collect "$name"
	done
}

nothing='No Such Instance'
ietf_mibs
start_snmpd

# ---- on the server behind a proxy that it trusts

start_dovecot 'login_trusted_networks = 127.0.0.1'
write_proxy_conf
start_proxy
write_conf
start_imsconnd
hold_through ann imap ann from=127.0.0.7
ok 'a login that was passed on is a session' await says 1 snmp_value 'imscUserSessions."ann"'
is 'of its protocol, and not of a proxy' "$(sums)" "1 1 0 $nothing currently exists at this OID"
is 'the client is told, with his port at the proxy' "$(remote ann)" "127.0.0.7 $(event ann connected)"
is 'the session has the name that the proxy gave it' "$(session_value ann StoreId)" "$(told_by_proxy ann)"
hold_through bob pop3 bob
ok 'a client may be on the host of the proxy' await says 1 snmp_value 'imscUserSessions."bob"'
is 'his port is not that of the proxy' "$(remote bob)" "127.0.0.1 $(event bob connected)"
case ${dovecot_version:-2.3} in
2.3) is "nor is the proxy's connection taken for his" "$(local_end bob)" '127.0.0.1 0' ;;
*) is 'and Dovecot tells the port here, if not that at the proxy' "$(local_end bob)" "127.0.0.1 $pop3_port" ;;
esac
is 'the mechanism is told' "$(session_value ann AuthMech)" PLAIN
is 'it is disconnected like any other' "$(util -k -u ann 2>&1)" 'Disconnected user ann: 1 connections.'
ok 'and the proxy closes its client' await log_has ann ' closed'
leave bob
stop_dovecot
tell_ports=1
start_dovecot 'login_trusted_networks = 127.0.0.1'
await says 0 snmp_value imscServiceSessions.all
hold_through ann imap ann from=127.0.0.7
ok 'with the ports told' await says 1 snmp_value 'imscUserSessions."ann"'
is "TO is the proxy's, where the client connected to" "$(local_end ann)" "127.0.0.1 $proxy_imap"
hold_through bob pop3 bob from=127.0.0.8
ok 'by POP' await says 1 snmp_value 'imscUserSessions."bob"'
is 'a proxy tells of the client' "$(remote bob)" "127.0.0.8 $(event bob connected)"
is 'but not where he connected to' "$(local_end bob)" "127.0.0.1 $pop3_port"
leave ann bob

# ---- and that it does not

stop_dovecot
start_dovecot
await says 0 snmp_value imscServiceSessions.all
hold_through ann imap ann from=127.0.0.7
ok 'of a proxy that it does not trust' await says 1 snmp_value 'imscUserSessions."ann"'
like 'all that is seen is the proxy' "$(remote ann)" '^127\.0\.0\.1 '
is 'which connected to this server' "$(local_end ann)" "127.0.0.1 $imap_port"
leave ann

# ---- and that logs everybody in as a master user, whose password it has

stop_dovecot
stop proxy
start_dovecot 'login_trusted_networks = 127.0.0.1' "$(master_user front)"
proxy_master=front
write_proxy_conf
start_proxy
await says 0 snmp_value imscServiceSessions.all
hold_through dan imap dan
ok 'of a proxy that is a master user' await says 1 snmp_value 'imscUserSessions."dan"'
is 'all logins are those of a master user' "$(session_value dan AuthUser)" front
like 'and are no accesses' "$(snmp_value 'imscUserLastAccess."dan"')" "$nothing"
leave dan
await says 0 snmp_value imscServiceSessions.all
write_conf local.enablemasterlastaccess=1
kill -HUP "$(pid_of imsconnd)"
await log_has imsconnd 'the configuration was read again'
hold_through dan imap dan
ok 'unless local.enablemasterlastaccess is set there' await says_like '^2' snmp_value 'imscUserLastAccess."dan"'
leave dan
stop_imsconnd
stop proxy
proxy_master=
write_proxy_conf
start_proxy

# ---- on the proxy

on_proxy() {
	write_conf local.proxy.enableuserlist=1 "dovecot.anvil_socket=$proxy_dir/run/anvil" \
		"dovecot.doveadm=$tmp/doveadm" dovecot.dict_socket= "store.path=$tmp/proxy-store" "$@"
}

# doveadm_is LINE...: what is run as doveadm from now on.
doveadm_is() {
	printf '%s\n' '#!/bin/sh' "$@" >"$tmp/doveadm.new"
	chmod 755 "$tmp/doveadm.new"
	mv "$tmp/doveadm.new" "$tmp/doveadm"
}

real="exec $tmp/bin/proxy-doveadm \"\$@\""
doveadm_is "$real"
on_proxy
start_imsconnd
await says ok snmp_value imscCollectorStatus.0
is 'where nothing was passed on yet, nothing is listed' "$(sums)" '0 0 0 0'
hold_through ann1 imap ann from=127.0.0.7
hold_through ann2 imap ann from=127.0.0.7
hold_through ann3 pop3 ann from=127.0.0.8
odd='o d	d/b\x'
hold_through odd imap "$odd"
ok 'what it passes on is its own service, whatever the protocol' await says '4 0 0 4' sums
is 'of so many users' "$(snmp_value imscServiceUsers.proxy) $(snmp_value imscServiceMaxPerUser.proxy)" '2 3'
is 'the client is told' "$(remotes ann)" '127.0.0.7 127.0.0.7 127.0.0.8'
case ${dovecot_version:-2.3} in
2.3)
	is 'and to which server he was passed on' "$(local_end ann)" "127.0.0.1 $imap_port"
	is 'which process that is, nobody tells' "$(session_value ann Process)" 0
	;;
*)
	is 'and to which server he was passed on' "$(local_end ann)" '127.0.0.1 0'
	;;
esac
ok 'the command shows them' util -c
like 'with a sum of their own' "$(util -c 2>&1)" '^4 users were logged in to proxy\.$'
like 'behind those of the original' "$(util -c 2>&1 | tail -n 3 | paste -sd ' ' -)" \
	'^0 users were logged in to imap\. 0 users were logged in to http\. 4 '
is 'or alone' "$(util -c -s proxy | awk '{ print $1 }' | paste -sd ' ' -)" 'UID ann ann ann o 4'
like 'a name of any octets is that name' "$(util -c -s proxy)" '^o d\\x09d/b\\x '
is 'it is an application of NETWORK-SERVICES-MIB' \
	"$(snmp_get -Oqv .1.3.6.1.2.1.27.1.1.8.9)" 4

tell ann2 logout
collect ann2
ok 'one who leaves is gone with the next poll' await says '3 0 0 3' sums
is 'the others of his name stay' "$(sessions_of ann | wc -l | tr -d ' ')" 2
like 'when he was there is kept' "$(util -a -u ann)" '^UID .*  PROXY last access$'
rows=$(snmp_walk -Oqs imscSessionLoginTime)
stop_imsconnd
start_imsconnd
await says ok snmp_value imscCollectorStatus.0
is 'after a restart of imsconnd they are the same' "$(snmp_walk -Oqs imscSessionLoginTime)" "$rows"
stop_imsconnd
is 'also for the command alone' "$(util -c -s proxy 2>&1 | awk '{ print $1 }' | paste -sd ' ' -)" 'UID ann ann o 3'
start_imsconnd
await says ok snmp_value imscCollectorStatus.0

# ---- when it cannot be listed: only Dovecot 2.3 is asked apart

polled() {
	[ "$(snmp_value imscCollectorLastSuccess.0)" != "$1" ]
}

# polls COUNT: as many go by.
polls() {
	polls_left=$1
	while [ "$polls_left" -gt 0 ]; do
		await polled "$(snmp_value imscCollectorLastSuccess.0)" || return 1
		polls_left=$((polls_left - 1))
	done
}

if [ "${dovecot_version:-2.3}" = 2.3 ]; then
	doveadm_is 'echo "no such thing" >&2' 'exit 75'
	ok 'if doveadm fails, that is told' await log_has imsconnd \
		'warning: the logins that are passed on cannot be listed: .*no such thing'
	hold_through carl imap carl
	ok 'polls go on' polls 3
	is 'with what else there is' "$(snmp_value imscCollectorStatus.0)" ok
	is 'and nobody is gone, or new' "$(sums)" '3 0 0 3'
	doveadm_is "$real"
	ok 'later the others are found, too' await says '4 0 0 4' sums
	is 'it was told once' "$(log_count imsconnd 'cannot be listed: .*no such thing')" 1
	is 'and that it is over' "$(log_count imsconnd 'the logins that are passed on can be listed again')" 1
	leave carl
fi

# ---- disconnecting

# one_of USER: the first of the instances of his rows.
one_of() {
	sessions_of "$1" | head -n 1
}

on_proxy disconnect.allow_snmp=true
kill -HUP "$(pid_of imsconnd)"
hold_through anna imap anna
hold_through bob pop3 bob
await says '5 0 0 5' sums
is 'all logins of a user end together' "$(util -k -u ann 2>&1)" 'Disconnected user ann: 2 connections.'
ok 'his clients are gone' eval 'log_has ann1 " closed" && log_has ann3 " closed"'
is "nobody else's are" "$(util -k -u 'a*' 2>&1)" 'User a* is not connected.'
ok 'as is seen' await says '3 0 0 3' sums
is 'a name may be of any octets' "$(util -k -u "$odd" 2>&1)" 'Disconnected user o d\x09d/b\x: 1 connections.'
ok "a user's only one can be ended by SNMP" snmp_set "imscSessionDisconnect.$(one_of bob)" i 1
ok 'and is gone' await log_has bob ' closed'
ok 'the others are not' await says '1 0 0 1' sums
unlike 'not even from the same address' "$(cat "$tmp/anna.log")" ' closed'
if [ "${dovecot_version:-2.3}" = 2.3 ]; then
	hold_through anna2 pop3 anna
	await says '2 0 0 2' sums
	ok 'one of several cannot' snmp_set "imscSessionDisconnect.$(one_of anna)" i 1
	ok 'and it is told why' await says_like 'other logins of the user that are passed on would end with it' \
		snmp_walk -Oqv imscAuditReason
	is 'both stay' "$(log_count anna ' closed')$(log_count anna2 ' closed')" 00
	leave anna2
fi
hold_through ann1 imap ann
hold_through ann3 pop3 ann
await says '3 0 0 3' sums

# ---- other configurations

on_proxy local.proxy.enableuserlist=0
kill -HUP "$(pid_of imsconnd)"
ok 'without local.proxy.enableuserlist they are not there' await says \
	"0 0 0 $nothing currently exists at this OID" sums
like 'and the command says nothing of them' "$(util -c 2>&1 | tail -n 1)" 'to http\.$'
is 'unless it is asked' "$(util -c -s proxy 2>&1)" 'Feature is not enabled for proxy.'
on_proxy
kill -HUP "$(pid_of imsconnd)"
ok 'and with it again' await says '3 0 0 3' sums

# as_clients: those are listed whose clients are connected. With Dovecot 2.4.1, who is passed on by POP stays
# so when it stops.
as_clients() {
	clients=0
	for name in ann1 ann3 odd; do
		log_has "$name" ' closed' || clients=$((clients + 1))
	done
	says "$clients 0 0 $clients" sums
}

stop proxy
start_proxy
ok 'when the proxy was started again, those are there whose clients are' await as_clients
for name in ann1 ann3 odd; do
	stop "$name"
done
ok 'until they go' await says '0 0 0 0' sums
ok 'imsconnd stops when told' stop_imsconnd
done_testing
