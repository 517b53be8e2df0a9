#!/bin/sh
# SPDX-License-Identifier: ISC
# Sessions and accesses from a real Cyrus IMAP.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpwalk

start_cyrus
ietf_mibs
start_snmpd
cyrus_conf disconnect.allow_snmp=true
ok 'imsconnd starts' start_imsconnd
make_inbox carl

ok 'ann is in by IMAP' hold ann imap ann
ok 'bob by POP' hold bob pop3 bob
ok 'and carl by CalDAV' hold carl http carl
for user in ann bob carl; do
	ok "$user is listed" await says_like '^(imap|pop3|http)\.' sessions_of "$user"
done
ok "ann's end is her client's" says "$(event ann connected)" session_value ann RemotePort
ok 'imsconnutil shows her' says_like "^ann .*:$imap_port +127.0.0.1:$(event ann connected)\$" util -c -s imap
ok 'she is disconnected' says 'Disconnected user ann: 1 connections.' util -k -u ann
ok 'as her client sees' await log_has ann ' (closed|reset)'
stop_cyrus
ok 'a Cyrus that does not run is told' await says stale snmp_value imscCollectorStatus.0
ok 'and why' says_like 'Cyrus does not run|where Cyrus.s master has its pid' snmp_value imscCollectorLastError.0

done_testing
