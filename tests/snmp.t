#!/bin/sh
# SPDX-License-Identifier: ISC
# IMSCONN-MIB through a real snmpd: every cell in order and found again, the awkward names, what
# is not known, the phases of a SET, and a master agent that comes and goes.

. "${top_srcdir:-.}/tests/lib.sh"
need snmpd snmpget snmpset python3

fixture=$top_builddir/tests/store_fixture
[ -x "$fixture" ] || make -s -C "$top_builddir" tests/store_fixture >&2 || bail 'cannot build store_fixture'
root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)

# walk_numeric TOOL [OPTION]...: a line a cell, "OID value", without what changes as time goes by.
walk_numeric() {
	walk_tool=$1
	shift
	run_snmp "$walk_tool" public -m: -Onqxe --hexOutputLength=0 "$@" "$root.1" |
		grep -vE "^$root\\.1\\.(1\\.5|3\\.1\\.1\\.(4|16)|4\\.1\\.1\\.5)\\."
}

names() {
	cut -d ' ' -f 1 "$1"
}

# is_ascending FILE: each OID is greater than the one before.
is_ascending() {
	names "$1" | awk -F . '
		function rises(    i) {
			for (i = 2; i <= n && i <= NF; i++)
				if (before[i] + 0 != $i + 0)
					return before[i] + 0 < $i + 0
			return n < NF
		}
		NR > 1 && !rises() { print "not after the one before: " $0; bad = 1 }
		{ n = split($0, before, ".") }
		END { exit bad || NR < 700 }'
}

# get_all FILE: what GET says of the cells in FILE, as walk_numeric prints it.
get_all() {
	names "$1" | xargs -n 25 echo | while read -r oids; do
		# shellcheck disable=SC2086 # several OIDs
		run_snmp snmpget public -m: -Onqxe --hexOutputLength=0 $oids
	done
}

# The first three cells of each column of the user table, asked for in one request.
bulk_is_as_walked() {
	for column in 2 3 4 6 7 8 9; do
		grep "^$root\.1\.4\.1\.1\.$column\." "$tmp/next" | head -n 3
	done >"$tmp/columns"
	# shellcheck disable=SC2046 # several OIDs
	run_snmp snmpbulkget public -m: -Onqxe --hexOutputLength=0 -Cn0 -Cr3 \
		$(printf "$root.1.4.1.1.%s " 2 3 4 6 7 8 9) | sort >"$tmp/bulk"
	[ "$(wc -l <"$tmp/columns")" = 21 ] && sort "$tmp/columns" | cmp - "$tmp/bulk"
}

# user_arcs: the instances that the names in hexadecimal digits must have, as the MIB has it.
user_arcs() {
	python3 -c 'import hashlib, sys
for line in sys.stdin:
    name = key = bytes.fromhex(line)
    if len(name) > 96:
        key = name[:79] + b"#" + hashlib.sha256(name).hexdigest()[:16].encode()
    print(".".join(str(arc) for arc in [len(key), *key]))'
}

instances() {
	sed -n "s/^$1\\.\\([0-9.]*\\) .*/\\1/p" "$2"
}

# cells OBJECT: how many instances an object has.
cells() {
	grep -c "^$1\\." "$tmp/named" || :
}

# set_says PATTERN OID TYPE VALUE...: the SET prints that.
set_says() {
	set_pattern=$1
	shift
	says_like "$set_pattern" snmp_set "$@"
}

# disconnects ALLOWED: reloads the configuration with disconnect.allow_snmp so.
disconnects() {
	write_conf backend=none "disconnect.allow_snmp=$1" "local.http.enableuserlist=${2:-1}"
	kill -HUP "$(pid_of imsconnd)"
}

audit_rows() {
	mdb_stat -s audit "$tmp/store" | sed -n 's/^ *Entries: //p'
}

mkdir "$tmp/store"
"$fixture" "$tmp/store" | sort >"$tmp/names" || bail 'cannot make a store'
start_snmpd
write_conf backend=none
TZ=UTC0 start_imsconnd

# ---- the walk

walk_numeric snmpwalk >"$tmp/next"
walk_numeric snmpbulkwalk -Cr1 >"$tmp/bulk1"
walk_numeric snmpbulkwalk -Cr7 >"$tmp/bulk7"
walk_numeric snmpbulkwalk -Cr100 >"$tmp/bulk100"
snmp_walk -Oqs imsconnMIB >"$tmp/named"

ok 'GETNEXT walks the cells in rising order' is_ascending "$tmp/next"
ok 'GETBULK with 1 repetition sees the same' cmp "$tmp/next" "$tmp/bulk1"
ok 'GETBULK with 7 repetitions sees the same' cmp "$tmp/next" "$tmp/bulk7"
ok 'GETBULK with 100 repetitions sees the same' cmp "$tmp/next" "$tmp/bulk100"
get_all "$tmp/next" >"$tmp/got"
ok 'GET of each cell says what the walk said' cmp "$tmp/next" "$tmp/got"
is 'no OID has more than 128 sub-identifiers' "$(names "$tmp/next" | awk -F . 'NF > 129')" ''
is 'a walk from outside begins with our first cell' \
	"$(run_snmp snmpgetnext public -Onq .1.3.6.1.4.1.8072.4 | cut -d ' ' -f 1)" "$root.1.1.1.0"
is 'the next cells of several columns are found at once' \
	"$(run_snmp snmpgetnext public -OqvU imscUserName.3.97.110.109 imscUserSessions.3.97.110.109 imscUserDisconnect.3.97.110.109 | xargs)" \
	'ann 6 false'
ok 'GETBULK of all columns of a table sees what the walk saw' bulk_is_as_walked

# ---- rows

user_arcs <"$tmp/names" | sort >"$tmp/expected"
instances "$root.1.4.1.1.2" "$tmp/next" | sort >"$tmp/seen"
ok 'every awkward name has the row that the module says' cmp "$tmp/expected" "$tmp/seen"
is 'imscUserRows counts them' "$(snmp_value imscUserRows.0)" "$(wc -l <"$tmp/names")"
is 'imscSessionRows counts the sessions' "$(snmp_value imscSessionRows.0)" "$(cells imscSessionUser)"
is 'a name of 1000 octets is cut to 255' \
	"$(sed -n "s/^$root\\.1\\.4\\.1\\.1\\.2\\.96\\.[0-9.]* //p" "$tmp/next" | tr -d ' "' | awk '{ print length($0) / 2 }' | sort -n | tail -n 1)" 255
is 'a session with the highest number has its row' \
	"$(snmp_value imscSessionUser.imap.2147483647)" ann
is 'the accesses are in both user tables the same' \
	"$(for s in imap http pop3; do snmp_value "imscAccessLastTime.\"ann\".$s"; done | xargs)" \
	"$(for s in Imap Http Pop; do snmp_value "imscUser${s}LastAccess.\"ann\""; done | xargs)"
is 'a date has eleven octets, in local time' \
	"$(run_snmp snmpget public -m: -Oqvx "$root.1.3.1.1.3.2.1" | tr -d '" ')" 07EA0B140C2238072B0000
is 'a user who was recorded and is gone has no session' "$(snmp_value imscUserSessions.\"../../etc\")" 0

# ---- what is not known

# The first session of which nothing is known.
blank=$(awk '$1 ~ /^imscSessionProcess/ && $2 == 0 { sub(/imscSessionProcess\./, "", $1); print $1; exit }' "$tmp/named")
is 'what is not known of a session has no instance' \
	"$(snmp_get -Oqv "imscSessionAuthMech.$blank" "imscSessionStoreId.$blank" | sort -u)" \
	'No Such Instance currently exists at this OID'
is 'an address that is not known is of type unknown and empty, its port 0' \
	"$(snmp_get -OqvU "imscSessionRemoteAddressType.$blank" "imscSessionRemoteAddress.$blank" "imscSessionRemotePort.$blank" | xargs)" \
	'unknown  0'
ok 'a walk of mechanisms jumps over what has none' \
	between 20 "$(cells imscSessionAuthMech)" "$(($(cells imscSessionUser) - 5))"
ok 'a user of whom no access is recorded has none' \
	between 10 "$(cells imscUserLastAccess)" "$(($(cells imscUserName) - 5))"
is 'a row that is not there has no instance' \
	"$(snmp_value imscUserSessions.\"nobody\")" 'No Such Instance currently exists at this OID'
is 'an object that is not there is none' \
	"$(snmp_value "$root.1.3.1.1.13.2.1")" 'No Such Object available on this agent at this OID'
is 'the counters are older than the master agent' "$(snmp_get -Oqvt imscDiscontinuityTime.0)" 0
ok 'the module is in sysORTable' \
	says_like 'IMSCONN-MIB' run_snmp snmpwalk public -Oqv .1.3.6.1.2.1.1.9.1.3

# ---- SET

rows=$(audit_rows)
ok 'nobody may disconnect by default' \
	set_says notWritable imscUserDisconnect.\"ann\" i 1
disconnects true
ok 'SIGHUP allows it' await set_says ' false' imscUserDisconnect.\"ann\" i 2
ok 'a wrong type is told' set_says wrongType -m: "$root.1.4.1.1.9.3.97.110.110" s yes
ok 'a wrong value is told' set_says wrongValue -m: "$root.1.4.1.1.9.3.97.110.110" i 3
ok 'a user who is not there is told' set_says noCreation imscUserDisconnect.\"nobody\" i 1
ok 'a session that is not there is told' set_says noCreation imscSessionDisconnect.imap.77 i 1
ok 'half an index is told' set_says noCreation "$root.1.4.1.1.9.3.97" i 1
ok 'other columns cannot be set' set_says notWritable imscUserName.\"ann\" s bob
ok 'an object that is not there cannot be set' set_says notWritable "$root.1.5.1.0" i 1
ok 'who may only read may not disconnect' \
	says_like 'noAccess' run_snmp snmpset public imscUserDisconnect.\"ann\" i 1
ok 'one wrong variable stops all of a request' set_says noCreation \
	imscUserDisconnect.\"ann\" i 1 imscUserDisconnect.\"nobody\" i 1
is 'and nothing was done until now' "$(audit_rows)" "$rows"
ok 'a right one succeeds' set_says 'true' imscSessionDisconnect.imap.1 i 1
ok 'and reaches the collector' await says $((rows + 1)) audit_rows
ok 'a user with a name of 1000 octets can be disconnected' snmp_set \
	"$root.1.4.1.1.9.$(sort "$tmp/names" | awk 'length == 2000' | user_arcs)" i 1
ok 'under the whole name' await says $((rows + 2)) audit_rows
disconnects false
ok 'SIGHUP forbids it' await set_says notWritable imscUserDisconnect.\"ann\" i 1

# ---- a service whose users are not listed

disconnects true 0
ok 'a service that is no longer listed says so' await says false snmp_value imscServiceListed.http
walk_numeric snmpwalk >"$tmp/next"
walk_numeric snmpbulkwalk -Cr20 >"$tmp/bulk"
ok 'the walk is in order without it, too' cmp "$tmp/next" "$tmp/bulk"
is 'it has no sessions' "$(instances "$root.1.3.1.1.2" "$tmp/next" | grep -c '^4')" 0
is 'nor counts of them' \
	"$(snmp_get -Oqv imscServiceSessions.http imscServiceUsers.http imscServiceMaxPerUser.http imscServicePeakSessions.http imscServicePeakUsers.http imscServicePeakTime.http | sort -u)" \
	'No Such Instance currently exists at this OID'
ok 'its logins are still counted' between 1 "$(snmp_value imscServiceLogins.http)" 1000
is 'imscSessionRows counts what is shown' "$(snmp_value imscSessionRows.0)" \
	"$(instances "$root.1.3.1.1.2" "$tmp/next" | wc -l)"
ok 'its sessions cannot be disconnected' set_says noCreation \
	"imscSessionDisconnect.$(sed -n 's/^imscSessionUser\.\(http\.[0-9]*\) .*/\1/p' "$tmp/named" | head -n 1)" i 1

# ---- the master agent goes and comes

# How often it was lost, and found.
count_connections() {
	echo "$(log_count imsconnd 'lost the master') $(log_count imsconnd 'connected to the master')"
}

stop_snmpd
ok 'a lost master agent is told' await log_has imsconnd 'lost the master agent'
start_snmpd
ok 'the module is back when the master agent is' await says_like '^[0-9]' snmp_value imscAgentVersion.0
ok 'once lost and once back is told once' await says '1 2' count_connections
kill -STOP "$(pid_of snmpd)"
ok 'imsconnd stops while the master agent hangs' stop_imsconnd
kill -CONT "$(pid_of snmpd)"

# ---- imsconnd before the master agent, and a store younger than it

stop_snmpd
rm -rf "$tmp/store"
mkdir "$tmp/store"
start_imsconnd
ok 'without a master agent imsconnd says so and goes on' await log_has imsconnd 'no master agent at'
start_snmpd
ok 'and is there when the master agent comes' await says_like '^[0-9]' snmp_value imscAgentVersion.0
stop_imsconnd
rm -rf "$tmp/store"
mkdir "$tmp/store"
start_imsconnd
before=$(snmp_get -Oqvt imscDiscontinuityTime.0)
ok 'a young store tells when its counters began' between 1 "$before" "$(snmp_get -Oqvt .1.3.6.1.2.1.1.3.0)"
is 'and that stays the same' "$(snmp_get -Oqvt imscDiscontinuityTime.0)" "$before"
is 'an empty store has no users' "$(snmp_value imscUserRows.0) $(snmp_rows imscUserName)" '0 0'
ok 'imsconnd stops in order' stop_imsconnd

done_testing
