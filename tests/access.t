#!/bin/sh
# SPDX-License-Identifier: ISC
# Who may see and do what with contrib/snmpd/imsconn.conf: three SNMPv3 users on a real snmpd.

. "${top_srcdir:-.}/tests/lib.sh"
need snmpd snmpget snmpset

fixture=$top_builddir/tests/store_fixture
example=contrib/snmpd/imsconn.conf
[ -x "$fixture" ] && [ -f "$top_builddir/$example" ] ||
	make -s -C "$top_builddir" tests/store_fixture "$example" >&2 || bail 'cannot build the example'

# as USER TOOL [OPTION]... OID...: over SNMPv3, authenticated and encrypted.
as() {
	as_user=$1
	as_tool=$2
	shift 2
	"$as_tool" -v3 -l "${as_level:-authPriv}" -u "$as_user" -a SHA-256 -A passphrase -x AES -X passphrase -t 3 -r 1 \
		-M "$tmp/mibs:$IMSC_MIBDIR" -m IMSCONN-MIB -OqvU "127.0.0.1:$snmp_port" "$@"
}

# serve [SED'S OPTION]...: the users, and the example with the test's own socket and what else sed
# is told to do.
serve() {
	start_snmpd "$(cat "$tmp/users")" "$(sed -e '/^agentXSocket/d; /^agentXPerms/d; /^master/d' "$@" "$top_builddir/$example")"
	await says_like '^[0-9]' snmp_value imscAgentVersion.0
}

nothing='No Such (Object|Instance)|No more variables'

mkdir "$tmp/store"
"$fixture" "$tmp/store" >"$tmp/names" || bail 'cannot make a store'
ietf_mibs
for user in imscmonitor imscreader imscoperator; do
	echo "createUser $user SHA-256 passphrase AES passphrase"
done >"$tmp/users"
write_conf backend=none disconnect.allow_snmp=true
start_snmpd
start_imsconnd
stop_snmpd

serve
like 'the monitor sees numbers' "$(as imscmonitor snmpget imscServiceSessions.all)" '^[1-9]'
like 'the monitor sees no names' "$(as imscmonitor snmpget 'imscUserName."ann"' 2>&1)" "$nothing"
like 'nor in a walk' "$(as imscmonitor snmpwalk imscSession 2>&1)" "$nothing"
is 'the reader sees names' "$(as imscreader snmpget 'imscUserName."ann"')" ann
as_level=authNoPriv
like 'but not in the clear' "$(as imscreader snmpget 'imscUserName."ann"' 2>&1)" 'authorizationError'
as_level=
for user in imscmonitor imscreader imscoperator; do
	like "$user may not disconnect" "$(as $user snmpset 'imscUserDisconnect."ann"' i 1 2>&1)" \
		'noAccess|authorizationError'
done
stop_snmpd

serve -e 's/^#\(group\|access\)/\1/'
is 'the operator sees names when the last lines are uncommented' \
	"$(as imscoperator snmpget 'imscUserName."ann"')" ann
ok 'and may disconnect a user' as imscoperator snmpset 'imscUserDisconnect."ann"' i 1
ok 'and a session' as imscoperator snmpset 'imscSessionDisconnect.imap.1' i 1
like 'and may set nothing else' "$(as imscoperator snmpset 'imscUserName."ann"' s bob 2>&1)" noAccess
for user in imscmonitor imscreader; do
	like "$user still may not" "$(as $user snmpset 'imscUserDisconnect."ann"' i 1 2>&1)" \
		'noAccess|authorizationError'
done
like 'nor may a community' "$(run_snmp snmpset public 'imscUserDisconnect."ann"' i 1 2>&1)" noAccess
unlike 'snmpd has nothing to say against the example' "$(cat "$tmp/snmpd.log")" 'Warning|Error|error'

done_testing
