#!/bin/sh
# SPDX-License-Identifier: ISC
# A host that moves its users from Dovecot to Cyrus: both real, and one imsconnd for both, with a store and
# an SNMP context each.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/dovecot.sh
. "$top_srcdir/tests/dovecot.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"
need_dovecot
need_cyrus
need snmpd snmpset snmpwalk

# at SERVER: whom the clients go to from now on.
at() {
	if [ "$1" = cyrus ]; then
		imap_port=$cyrus_imap_port pop3_port=$cyrus_pop3_port
	else
		imap_port=$dovecot_imap_port pop3_port=$dovecot_pop3_port
	fi
}

# in_cyrus TOOL [OPTION]... OID...: in its store's context.
in_cyrus() {
	in_tool=$1
	shift
	run_snmp "$in_tool" operator -ncyrus "$@"
}

# users OPTION...: of the sessions that the command lists.
users() {
	util "$@" -c -s imap | sed -n '2,/ users were/{ / users were/!s/ .*//p; }' | sort | xargs
}

# row_in_cyrus USER: the instance of his session there.
row_in_cyrus() {
	in_cyrus snmpwalk -Oqs imscSessionUser | sed -n "s/^imscSessionUser\\.\\([^ ]*\\) \"*$1\"*\$/\\1/p"
}

ietf_mibs
start_snmpd
start_dovecot
dovecot_imap_port=$imap_port dovecot_pop3_port=$pop3_port
imap_port='' pop3_port=''
start_cyrus
cyrus_imap_port=$imap_port cyrus_pop3_port=$pop3_port

write_conf 'stores=["cyrus"]' disconnect.allow_snmp=true
mkdir -p "$tmp/store/cyrus"
printf '%s\n' backend=cyrus "cyrus.log_file=$tmp/cyrus-mail.log" "cyrus.pid_file=$cyrus_dir/master.pid" \
	"cyrus.proc_path=$cyrus_proc" collector.poll_seconds=1 disconnect.allow_snmp=true \
	local.enablelastaccess=1 local.imap.enableuserlist=1 store.map_gib=1 "store.path=$tmp/store/cyrus" |
	nest_conf >"$tmp/cyrus.conf"
ok 'the configuration is good' "$imsconnd" -C -f "$tmp/imsconn.conf"
start imsconnd "$imsconnd" -f "$tmp/imsconn.conf"
ok 'Dovecot is asked' await says ok snmp_value imscCollectorStatus.0
ok 'and Cyrus' await says ok in_cyrus snmpget -Oqv imscCollectorStatus.0
ok 'which is what they are' says 'Dovecot 2.3' snmp_value imscStoreName.0
ok '... each' says 'Cyrus IMAP' in_cyrus snmpget -OqvU imscStoreName.0

at dovecot
hold ann imap ann
hold both imap both
at cyrus
hold bob imap bob
hold moved imap both
ok 'who is still at the old server is listed there' await says 'ann both' users
ok 'who has moved, at the new one' await says 'bob both' users --store cyrus
ok 'by SNMP, too' await says 2 in_cyrus snmpget -OqvU imscServiceSessions.imap
is 'and not in the other context' "$(row_in_cyrus ann)" ''
ok 'each has his mechanism' await says_like '^bob .* plain ' util --store cyrus -c -u bob

row=$(row_in_cyrus both)
ok 'a user is disconnected at the new server' in_cyrus snmpset "imscSessionDisconnect.$row" i 1
ok 'as his client there sees' await log_has moved ' (closed|reset)'
ok 'and not his other one' not log_has both ' (closed|reset)'
ok 'and at the old one' says 'Disconnected user both: 1 connections.' util -k -u both
ok 'as that sees' await log_has both ' (closed|reset)'
ok 'who was there when is known of each' says_like '^both .*[0-9]{4}:' util -a -u both
ok '... apart' says_like '^both .*[0-9]{4}:' util --store cyrus -a -u both
ok 'nobody of the one is known to the other' says_like '^ann +---NOT-RECORDED---' util --store cyrus -a -u ann

stop_dovecot
ok 'the old server is switched off, and that is told' await says stale snmp_value imscCollectorStatus.0
ok 'of it alone' says ok in_cyrus snmpget -Oqv imscCollectorStatus.0
ok 'the new one goes on being served' says bob users --store cyrus

done_testing
