#!/bin/sh
# SPDX-License-Identifier: ISC
# What SNMP tells of persons in each mode: real users log in to a real Dovecot, and everything that
# imsconnd serves is searched for their names and addresses.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmptrapd snmpset mdb_stat openssl

fixture=$top_builddir/tests/store_fixture
[ -x "$fixture" ] || make -s -C "$top_builddir" tests/store_fixture >&2 || bail 'cannot build store_fixture'
root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)
key=$tmp/privacy.key
associations=.1.3.6.1.2.1.27.2.1.2

# walk_all [TOOL] [OPTION]...: all that imsconnd serves, a line a cell, strings in hexadecimal.
walk_all() {
	walk_tool=${1:-snmpwalk}
	[ $# = 0 ] || shift
	for tree in "$root" .1.3.6.1.2.1.27; do
		run_snmp "$walk_tool" public -m: -Onqxe --hexOutputLength=0 "$@" "$tree"
	done | grep -v 'No Such'
}

# tells WORD...: the cells of the last walk that have one of these in an index or a value; an
# address is looked for in its binary form as well, a number as a whole value.
tells() {
	python3 -c 'import ipaddress, sys
def forms(word):
    yield word.encode()
    try:
        yield ipaddress.ip_address(word).packed
    except ValueError:
        pass
words = [form for word in sys.argv[2:] for form in forms(word)]
for line in open(sys.argv[1]):
    name, _, value = line.rstrip("\n").partition(" ")
    arcs = name + "."
    octets = bytes.fromhex(value.strip("\"")) if value.startswith("\"") else b""
    if any("." + ".".join(map(str, w)) + "." in arcs or w in octets or w == value.encode()
           for w in words):
        print(line, end="")' "$tmp/walk" "$@"
}

# What nobody may learn but in full: names, addresses, and what leads to a name in the log.
tells_persons() {
	tells ann.privately bob.privately carl.privately 127.11.22.33 2001:db8:1111:2222:3333::4 \
		"$(event ann connected)" "$(event bob connected)" SoMeSeSsIoN
}

# pseudonym NAME: as the manual page makes it.
pseudonym() {
	printf %s "$1" | openssl dgst -r -sha256 -mac HMAC -macopt \
		"hexkey:$(od -An -v -tx1 "$key" | tr -d ' \n')" | cut -c 1-32
}

# pseudonyms: of names in hexadecimal digits, one a line.
pseudonyms() {
	python3 -c 'import hashlib, hmac, sys
key = open(sys.argv[1], "rb").read()
for line in sys.stdin:
    print(hmac.new(key, bytes.fromhex(line), hashlib.sha256).hexdigest()[:32])' "$key"
}

# steady FILE: a walk without what changes as time goes by.
steady() {
	sed 's/ *$//' "$1" | grep -vE "^$root\\.1\\.(1\\.5|3\\.1\\.1\\.(4|16)|4\\.1\\.1\\.5)\\."
}

# serve MODE [PATH=VALUE]...: restarts imsconnd in that mode, and walks.
serve() {
	! is_running imsconnd || stop_imsconnd
	serve_mode=$1
	shift
	write_conf disconnect.allow_snmp=true notify.min_seconds=0 notify.user_sessions=1 "privacy.mode=$serve_mode" "privacy.key_file=$key" "$@"
	start_imsconnd
	await says ok snmp_value imscCollectorStatus.0
	walk_all >"$tmp/walk"
}

new_key() {
	(umask 077 && head -c 32 /dev/urandom >"$key")
	chown "$imsconn_user" "$key"
}

aliases() {
	mdb_stat -s alias "$tmp/store" | sed -n 's/^ *Entries: //p'
}

audit_users() {
	snmp_walk -OqvU imscAuditUser | tr -d '"'
}

# refuses OPTION...: imsconnd ends with status 78; shows what it says.
refuses() {
	refuse_status=0
	run_imsconnd "$@" 2>&1 || refuse_status=$?
	[ "$refuse_status" = 78 ]
}

start_snmptrapd
start_snmpd "$trap_sink"
start_dovecot
new_key
serve full
hold ann imap ann.privately idle from=127.11.22.33
hold bob pop3 bob.privately from=127.11.22.33
await says 2 snmp_value imscServiceSessions.all
python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" carl.privately \
	rip=2001:db8:1111:2222:3333::4 session=SoMeSeSsIoN >"$tmp/put.log" || bail 'no record is taken'

# ---- full

walk_all >"$tmp/walk"
is 'by default names are told' "$(sed -n 's/.*mode = "\(.*\)".*/\1/p' "$top_builddir/agent/imsconn.conf")" full
is 'the agent says so' "$(snmp_value imscPrivacy.0)" full
for word in ann.privately bob.privately carl.privately 127.11.22.33 "$(event ann connected)"; do
	like "in full mode a walk tells $word" "$(tells "$word")" .
done
is 'no pseudonym is made' "$(aliases)" 0
cells=$(wc -l <"$tmp/walk")

# ---- pseudonymous

serve pseudonymous
ann=$(pseudonym ann.privately)
bob=$(pseudonym bob.privately)
is 'the agent says that it is pseudonymous' "$(snmp_value imscPrivacy.0)" pseudonymous
is 'no name, address, or what leads to one is anywhere' "$(tells_persons)" ''
ok 'while most cells are there' between $((cells - 30)) "$(wc -l <"$tmp/walk")" $((cells - 4))
is 'rows are counted as ever' "$(snmp_value imscUserRows.0) $(snmp_value imscSessionRows.0)" \
	"$(snmp_rows imscUserName) $(snmp_rows imscSessionUser)"
is "a user's key and name are half an HMAC of his name" "$(snmp_value "imscUserName.\"$ann\"")" "$ann"
is 'and so is the user of his session' "$(snmp_rows imscSessionUser; session_value "$ann" User)" "2
$ann"
is "a client's address is cut to its network" \
	"$(session_value "$ann" RemoteAddress; snmp_value "imscAccessAddress.\"$bob\".pop3")" \
	'7F 0B 16 00 
7F 0B 16 00 '
is 'also of IPv6' "$(snmp_value "imscAccessAddress.\"$(pseudonym carl.privately)\".imap" | tr -d ' ')" \
	20010DB8111100000000000000000000
is 'and in assocTable' "$(snmp_walk -OqvU "$associations" | tr -d '"' | sort -u)" 127.11.22.0
is 'what the log has of a session has no instance' \
	"$(snmp_rows imscSessionStoreId) $(snmp_rows imscSessionProcess) $(snmp_rows imscSessionRemotePort)" '0 0 0'
is 'a name is no key' "$(snmp_value 'imscUserSessions."ann.privately"')" \
	'No Such Instance currently exists at this OID'
like 'the command tells names' "$(util -c -s imap -u ann.privately)" '^ann\.privately .*127\.11\.22\.33:'

hold dan imap dan.privately idle from=127.11.22.33
dan=$(pseudonym dan.privately)
ok 'a user who comes is there by his pseudonym' await says 1 snmp_value "imscUserSessions.\"$dan\""
ok 'a SET by pseudonym disconnects him' snmp_set "imscUserDisconnect.\"$dan\"" i 1
ok 'for his client is told good-bye' await log_has dan 'received \* BYE'
ok 'and nobody else is gone' await says 2 snmp_value imscServiceSessions.all
ok 'a SET of a name is of no row' says_like noCreation snmp_set 'imscUserDisconnect."ann.privately"' i 1
ok 'one of his rows can be ended, too' snmp_set "imscSessionDisconnect.$(sessions_of "$bob")" i 1
ok 'so it is' await says 1 snmp_value imscServiceSessions.all
ok 'the audit in the log has the names' await log_has imsconnd 'disconnect user="dan\.privately"'
ok 'the audit over SNMP has pseudonyms' await says "$dan
$bob" audit_users
is 'and no reasons' "$(snmp_rows imscAuditReason)" 0
ok 'a notification tells the pseudonym' await says 1 trap_count imscUserDisconnected "imscAuditUser.1 = $dan|"
is 'and no reason' "$(trap_count imscUserDisconnected Reason)" 0
hold dan2 imap dan.privately from=127.11.22.33
ok 'of one who is back, too' await says 1 trap_count imscUserReturned "imscUserSessions.\"$dan\" = 1"
hold dan3 imap dan.privately from=127.11.22.33
ok 'and of one who has many sessions' await says 1 trap_count imscUserSessionsHigh "imscUserName.\"$dan\" = $dan|"
is 'none tells a name' "$(grep -c privately "$tmp/snmptrapd.log")" 0
stop dan2
stop dan3
walk_all >"$tmp/walk"
is 'after all that no name is told' "$(tells_persons; tells dan.privately)" ''

# ---- another key, the same, and other modes

before=$(aliases)
serve pseudonymous
is 'after a restart the same users have the same pseudonyms' \
	"$(snmp_value "imscUserName.\"$ann\"") $(log_count imsconnd 'made anew')" "$ann 1"
rm "$key"
new_key
serve pseudonymous
is 'another key makes other pseudonyms' \
	"$(snmp_value "imscUserName.\"$(pseudonym ann.privately)\"") $(log_count imsconnd 'made anew')" \
	"$(pseudonym ann.privately) 2"
is 'and the old ones are gone' "$(tells "$ann") $(aliases)" " $before"
is 'still no name is told' "$(tells_persons)" ''

serve aggregate
is 'the agent says that it tells sums' "$(snmp_value imscPrivacy.0)" aggregate
is 'there is no row of a person' \
	"$(snmp_rows imscSession) $(snmp_rows imscUserTable) $(snmp_rows imscAccessTable) $(tells_persons)" '0 0 0 '
is 'nor in assocTable' "$(snmp_rows "$associations")" 0
is 'nor of a request to disconnect' "$(snmp_rows imscAudit)" 0
is 'nor is one counted' "$(snmp_value imscUserRows.0) $(snmp_value imscSessionRows.0)" '0 0'
is 'what is not told is no capability' "$(snmp_value imscCapabilities.0 | tr -d ' ')" 0004
is 'the sums are told' "$(snmp_value imscServiceSessions.imap) $(snmp_value imscServiceUsers.all)" '1 1'
ok 'nobody can be disconnected' says_like noCreation snmp_set "imscUserDisconnect.\"$ann\"" i 1
ok 'also by the number of his session' says_like noCreation snmp_set imscSessionDisconnect.imap.1 i 1
is 'no pseudonym is left in the store' "$(aliases)" 0

told=$(grep -c ' = imscUser' "$tmp/snmptrapd.log")
hold dan4 imap dan.privately
hold dan5 imap dan.privately
await says 3 snmp_value imscServiceSessions.imap
util -k -u dan.privately >/dev/null
stop_dovecot
ok 'a notification of no person is told' await says 1 trap_count imscCollectorFailed
is 'none of a person is' "$(grep -c ' = imscUser' "$tmp/snmptrapd.log")" "$told"
run_dovecot
await says ok snmp_value imscCollectorStatus.0
hold ann imap ann.privately idle from=127.11.22.33

serve full
is 'names are told again' "$(snmp_value 'imscUserName."ann.privately"')" ann.privately
is 'and his session is as it was' "$(session_value ann.privately RemotePort)" "$(event ann connected)"
stop_imsconnd
stop ann
stop_dovecot

# ---- awkward names: the walk by pseudonym is a walk like any other

rm -rf "$tmp/store"
mkdir "$tmp/store"
"$fixture" "$tmp/store" | sort >"$tmp/names" || bail 'cannot make a store'
write_conf backend=none privacy.mode=pseudonymous "privacy.key_file=$key"
start_imsconnd
walk_all >"$tmp/walk"
steady "$tmp/walk" >"$tmp/next"
for repetitions in 1 7 100; do
	walk_all snmpbulkwalk "-Cr$repetitions" >"$tmp/walk"
	steady "$tmp/walk" >"$tmp/bulk"
	ok "GETBULK with $repetitions repetitions sees what GETNEXT sees" cmp "$tmp/next" "$tmp/bulk"
done
is 'every awkward name has its row, in order' "$(snmp_walk -OqvU imscUserName | tr -d '"')" \
	"$(pseudonyms <"$tmp/names" | sort)"
stop_imsconnd

# ---- keys that are refused

for mode in 644 640 604; do
	chmod "$mode" "$key"
	is "a key of mode $mode is refused" "$(refuses || echo "status $refuse_status")" \
		"imsconnd: error: the privacy key $key has mode 0$mode; only its owner may have access: chmod 600"
done
chmod 600 "$key"
ok 'imsconnd -C takes a good one' run_imsconnd -C
echo short >"$key"
like 'imsconnd -C refuses a short one' "$(refuses -C || echo "status $refuse_status")" \
	'too few octets; allowed: 16 to 1024$'
rm "$key"
like 'one that is not there is named' "$(refuses || echo "status $refuse_status")" \
	"cannot open the privacy key $key: No such file"
write_conf backend=none privacy.mode=full "privacy.key_file=$key"
ok 'unless it is not needed' run_imsconnd -C
done_testing
