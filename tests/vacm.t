#!/bin/sh
# SPDX-License-Identifier: ISC
# Who may see and do what with contrib/snmpd/imsconn.conf on a real snmpd, set up as its README
# tells: one SNMPv3 user for counts, one for names, one who disconnects; and who is refused.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/site.sh"
need snmpd snmpget snmpset snmpwalk mdb_stat

fixture=$top_builddir/tests/store_fixture
[ -x "$fixture" ] || make -s -C "$top_builddir" tests/store_fixture >&2 || bail 'cannot build store_fixture'
root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)
applications=.1.3.6.1.2.1.27
level='' auth='' key='' secret='' version='' more='' output=''

# ---- asking as somebody

# ask TOOL OPTIONS... -- OID...: $more and $output are options, too.
ask() {
	ask_tool=$1
	shift
	for word in "$@"; do
		shift
		[ "$word" != -- ] || word=127.0.0.1:$snmp_port
		set -- "$@" "$word"
	done
	# shellcheck disable=SC2086 # options are words
	"$ask_tool" -t 2 -r 1 -M "$tmp/mibs:$IMSC_MIBDIR" -m IMSCONN-MIB "-O${output:-qvU}" $more "$@" 2>&1
}

# as USER TOOL OID...: over SNMPv3; level, auth, key (to authenticate) and secret (to encrypt)
# may be set to something else than the right ones.
as() {
	as_user=$1
	as_tool=$2
	shift 2
	ask "$as_tool" -v3 -l "${level:-authPriv}" -u "$as_user" -a "${auth:-SHA-256}" -A "${key:-a passphrase}" \
		-x AES -X "${secret:-another one}" -- "$@"
}

# by COMMUNITY TOOL OID...: over SNMPv2c, or what version says.
by() {
	by_community=$1
	by_tool=$2
	shift 2
	ask "$by_tool" "-v${version:-2c}" -c "$by_community" -- "$@"
}

# serve [SED'S OPTION]...: snmpd with the example as sed leaves it.
serve() {
	install_example imsconn.conf "$@"
	start_site
	await module_serves by all snmpget imscAgentVersion.0 || bail 'imsconnd is not connected'
}

# oids FUNCTION WHO OID...: the instances that somebody sees below these.
oids() {
	oids_function=$1
	oids_who=$2
	shift 2
	more=-m: output=nq
	for oid in "$@"; do
		"$oids_function" "$oids_who" snmpwalk "$oid"
	done | grep -vE 'No Such|No more' | sed -n 's/^\(\.[0-9.]*\) .*/\1/p' | sort
	more='' output=''
}

# Leaves out what is about one user or one session.
impersonal() {
	grep -vE "^($root\\.1\\.(3|4\\.1|4\\.2|6)|$applications\\.2)\\." || :
}

audit_rows() {
	mdb_stat -s audit "$tmp/store" | sed -n 's/^ *Entries: //p'
}

ietf_mibs
cp "$top_builddir/mib/IMSCONN-MIB.txt" "$tmp/mibs"
mkdir "$tmp/store"
"$fixture" "$tmp/store" >"$tmp/names" || bail 'cannot make a store'
# As Debian has it, and a community of the test's own, which sees what there is.
make_site 'view systemonly included .1.3.6.1.2.1.1' 'view systemonly included .1.3.6.1.2.1.25.1' \
	'rocommunity public default -V systemonly' 'rocommunity all 127.0.0.1'
write_conf backend=none disconnect.allow_snmp=true
start_imsconnd
audits=$(audit_rows) # of the fixture
serve

# ---- as it is installed: counts for one, names for another, nothing to write

is 'the passphrases are gone from the file when snmpd runs' \
	"$(grep -cE 'passphrase|another one' "$tmp/snmp/state/snmpd.conf")" 0
oids by all "$root" "$applications" >"$tmp/all"
oids as imscreader "$root" "$applications" >"$tmp/reader"
oids as imscmonitor "$root" "$applications" >"$tmp/monitor"
ok 'there is something to see' between 500 "$(wc -l <"$tmp/all")" 100000
ok 'the reader sees all of it' cmp "$tmp/all" "$tmp/reader"
impersonal <"$tmp/all" >"$tmp/counts"
ok 'the monitor sees all but what is about one user or session' cmp "$tmp/counts" "$tmp/monitor"
is 'the monitor sees numbers' "$(as imscmonitor snmpget imscServiceSessions.all)" \
	"$(by all snmpget imscServiceSessions.all)"
is 'the reader sees names' "$(as imscreader snmpget 'imscUserName."ann"')" ann
for object in 'imscUserName."ann"' imscSessionUser.imap.1 'imscAccessLastTime."ann".imap' "$root.1.6.1.1.3.1"; do
	like "the monitor does not see $object" "$(as imscmonitor snmpget "$object")" 'No Such (Object|Instance)'
done
for user in imscmonitor imscreader; do
	is "$user sees nothing else of the host" "$(oids as "$user" .1 | grep -vE "^($root|$applications|\\.1\\.3\\.6\\.1\\.2\\.1\\.1)\\.")" ''
done
like 'the operator is not let in yet' "$(as imscoperator snmpget imscAgentVersion.0)" authorizationError
for user in imscmonitor imscreader imscoperator; do
	like "$user may not disconnect" "$(as "$user" snmpset 'imscUserDisconnect."ann"' i 1)" \
		'noAccess|authorizationError'
done

# ---- who is not who he says, or says it too openly

like 'a user who does not exist is refused' "$(as mallory snmpget imscAgentVersion.0)" 'Unknown user name'
like 'the user who asks for snmpd itself is none' "$(as imscdisman snmpget imscAgentVersion.0)" 'Unknown user name'
key='a wrong passphrase'
like 'so is a wrong key' "$(as imscreader snmpget imscAgentVersion.0)" 'Authentication failure'
key=
secret='a wrong one'
like 'and a wrong key to encrypt with' "$(as imscreader snmpget imscAgentVersion.0)" 'Decryption error|Timeout'
secret=
auth=MD5
like 'and the right one with another algorithm' "$(as imscreader snmpget imscAgentVersion.0)" 'Authentication failure'
auth=
for level in noAuthNoPriv authNoPriv; do
	for user in imscmonitor imscreader; do
		like "$user is refused at level $level" "$(as "$user" snmpget imscAgentVersion.0)" authorizationError
		is "and his walk sees nothing" "$(oids as "$user" .1)" ''
	done
done
level=
for version in 1 2c; do
	like "the site's own community sees nothing of imsconn over SNMPv$version" \
		"$(by public snmpget imscServiceSessions.all)" 'No Such Object|noSuchName'
	is 'nor in a walk' "$(oids by public "$root" "$applications")" ''
	like 'nor may it disconnect' "$(by public snmpset 'imscUserDisconnect."ann"' i 1)" 'noAccess|noSuchName'
done
version=
more=-t0.3
like 'a community that nobody made gets no answer' "$(by imsccounts snmpget imscAgentVersion.0)" Timeout
more=''
is 'nothing was asked of imsconn by all these' "$(audit_rows)" "$audits"
stop_snmpd

# ---- with the lines uncommented that let the operator in

serve -e 's/^#\(group\|access\)/\1/'
is 'the operator sees names' "$(as imscoperator snmpget 'imscUserName."ann"')" ann
like 'he may set no other object' "$(as imscoperator snmpset 'imscUserName."ann"' s bob)" noAccess
like 'not even one of the two with another' \
	"$(as imscoperator snmpset 'imscUserDisconnect."ann"' i 1 .1.3.6.1.2.1.1.4.0 s me)" noAccess
like 'nor the alarms' "$(as imscoperator snmpset "$root.1.5.1.1.10.1" i 2)" noAccess
for level in noAuthNoPriv authNoPriv; do
	like "he may not disconnect at level $level" \
		"$(as imscoperator snmpset 'imscUserDisconnect."ann"' i 1)" authorizationError
done
level=
key='a wrong passphrase'
like 'nor may who does not know his passphrase' \
	"$(as imscoperator snmpset 'imscUserDisconnect."ann"' i 1)" 'Authentication failure'
key=
for user in imscmonitor imscreader; do
	like "$user still may not" "$(as "$user" snmpset 'imscUserDisconnect."ann"' i 1)" noAccess
done
for community in public all; do
	like "nor may community $community" "$(by "$community" snmpset 'imscUserDisconnect."ann"' i 1)" noAccess
done
is 'nothing was asked of imsconn by all these' "$(audit_rows)" "$audits"
is 'the operator may disconnect a user' "$(as imscoperator snmpset 'imscUserDisconnect."ann"' i 1)" true
is 'and a session' "$(as imscoperator snmpset imscSessionDisconnect.imap.1 i 1)" true
ok 'which is asked of imsconn' await says $((audits + 2)) audit_rows
stop_snmpd

# ---- with every other line uncommented, too

serve -e '/^#\(trapsess\|dlmod\|imsconnBoard\)/!s/^#\([a-z]\)/\1/'
unlike 'the operator may switch alarms when his view has them' \
	"$(as imscoperator snmpset "$root.1.5.1.1.10.1" i 2)" 'noAccess|authorizationError'
is 'a community for numbers sees them' "$(by imsccounts snmpget imscServiceSessions.all)" \
	"$(by all snmpget imscServiceSessions.all)"
oids by imsccounts "$root" "$applications" >"$tmp/community"
ok 'and nothing else' cmp "$tmp/counts" "$tmp/community"
like 'nor may it disconnect' "$(by imsccounts snmpset 'imscUserDisconnect."ann"' i 1)" noAccess
stop_snmpd

# ---- a further store, as the example has it

stop_imsconnd
write_conf backend=none disconnect.allow_snmp=true 'stores=["new"]'
printf '%s\n' backend=none disconnect.allow_snmp=true dovecot.dict_socket= "store.path=$tmp/new" store.map_gib=1 |
	sort | nest_conf >"$tmp/new.conf"
mkdir "$tmp/new"
"$fixture" "$tmp/new" >"$tmp/names"
start imsconnd "$imsconnd" -f "$tmp/imsconn.conf"
serve -e 's/^#\(group\|access imscOperators ""\)/\1/'

# in_new WHO TOOL OID...: in the further store's context.
in_new() {
	more=-nnew
	as "$@"
	more=''
}

for user in imscmonitor imscreader; do
	ok "$user is let into the further store's context, too" await says_like '^[0-9]' in_new "$user" snmpget imscServiceSessions.all
	like 'and may not disconnect there' "$(in_new "$user" snmpset 'imscUserDisconnect."ann"' i 1)" noAccess
done
like 'the monitor sees no name there' "$(in_new imscmonitor snmpget 'imscUserName."ann"')" 'No Such'
like 'nor may the operator disconnect there' "$(in_new imscoperator snmpset 'imscUserDisconnect."ann"' i 1)" \
	'noAccess|authorizationError'
like 'who is for the further store alone is not let in yet' "$(in_new imscnewreader snmpget imscAgentVersion.0)" \
	authorizationError
like 'a store that is not there has no answer' "$(more='-nold -t0.5 -r0' as imscreader snmpget imscAgentVersion.0)" \
	'Timeout|unknown|noSuchContext'
stop_snmpd

serve -e '/^#\(trapsess\|dlmod\|imsconnBoard\)/!s/^#\([a-z]\)/\1/'
await says_like '^[0-9]' in_new imscreader snmpget imscAgentVersion.0
is 'with the lines for it, the operator disconnects there' "$(in_new imscoperator snmpset 'imscUserDisconnect."ann"' i 1)" true
is 'and its own reader sees the names in it' "$(in_new imscnewreader snmpget 'imscUserName."ann"')" ann
like 'nothing of the main store' "$(as imscnewreader snmpget imscAgentVersion.0)" authorizationError
like 'and disconnects nobody' "$(in_new imscnewreader snmpset 'imscUserDisconnect."ann"' i 1)" noAccess
is 'its community sees numbers of it' "$(by imscnewcounts snmpget imscUserRows.0)" "$(in_new imscreader snmpget imscUserRows.0)"
like 'and no names' "$(by imscnewcounts snmpget 'imscUserName."ann"')" 'No Such'
as imscreader snmpwalk imscUserName >"$tmp/main"
in_new imscreader snmpwalk imscUserName >"$tmp/walked"
ok 'a walk of it is whole, since both stores have the same users' cmp "$tmp/main" "$tmp/walked"
unlike 'snmpd has nothing to say against the example' "$(cat "$tmp/snmpd.log")" 'Warning|Error:|line [0-9]'
done_testing
