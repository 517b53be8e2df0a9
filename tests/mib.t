#!/bin/sh
# SPDX-License-Identifier: ISC
# IMSCONN-MIB as a document: clean at smilint's strictest level, and exactly what imsconnd serves,
# in name, type and access.

. "${top_srcdir:-.}/tests/lib.sh"
need smilint snmpd snmpset snmptranslate

fixture=$top_builddir/tests/store_fixture
module=$top_builddir/mib/IMSCONN-MIB.txt
[ -x "$fixture" ] || make -s -C "$top_builddir" tests/store_fixture >&2 || bail 'cannot build store_fixture'
root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)
ietf_mibs

# lint FILE: prints what smilint says; it succeeds with warnings, too.
lint() {
	SMIPATH=$IMSC_MIBDIR smilint -s -l 6 "$1" 2>&1
}

# objects ACCESS: the objects of the module with such an access.
objects() {
	awk -v access="$1" '$2 == "OBJECT-TYPE" { name = $1 }
		$1 == "MAX-ACCESS" && $2 ~ access { print name }' "$module" | sort
}

# served FILE: the objects whose instances are in a walk.
served() {
	sed -n 's/^\(imsc[A-Za-z0-9]*\)\..*/\1/p' "$1" | sort -u
}

# first_cell OBJECT: the numeric name of an instance.
first_cell() {
	run_snmp snmpgetnext public -Onq "$1" | cut -d ' ' -f 1
}

# set_as_address OBJECT: what comes of setting an instance to a value of a type no object has.
set_as_address() {
	snmp_set -m: "$(first_cell "$1")" a 192.0.2.1 2>&1 | sed -n 's/^Reason: \([A-Za-z]*\).*/\1/p'
}

# refusals ACCESS: how SETs of the objects with such an access are refused.
refusals() {
	for object in $(objects "$1"); do
		set_as_address "$object"
	done | sort -u
}

plan 9

is 'smilint has nothing to say' "$(lint "$module")" ''
sed 's/@OID_ROOT_ARCS@/32473/' "$top_srcdir/mib/IMSCONN-MIB.txt.in" >"$tmp/IMSCONN-MIB.txt"
is 'nor of a module below an enterprise number' "$(lint "$tmp/IMSCONN-MIB.txt")" ''
sed '/^    UNITS/d; s/Gauge32/Guage32/' "$module" >"$tmp/wrong.txt"
unlike 'and it does speak of a wrong one' "$(lint "$tmp/wrong.txt")" '^$'

mkdir "$tmp/store"
"$fixture" "$tmp/store" >"$tmp/names" || bail 'cannot make a store'
start_snmpd
write_conf backend=none disconnect.allow_snmp=true
echo 'alarms = ( { name = "many"; rising = 3; } );' >>"$tmp/imsconn.conf"
start_imsconnd
await says many snmp_value imscAlarmName.1
snmp_walk -Os imsconnMIB >"$tmp/walk"

# All users are counted where there is a mail server: inactive.t.
is 'what is served is what the module has' "$(served "$tmp/walk")" \
	"$(objects '^read-' | grep -vE '^imscUsers(Known|NeverSeen)$')"
is 'every value is of its type' "$(grep -i 'wrong type' "$tmp/walk")" ''
is 'every number of an enumeration has a name' "$(grep 'INTEGER: [0-9]' "$tmp/walk")" ''
is 'the names are below the root' \
	"$(snmptranslate -M "$top_builddir/mib:$IMSC_MIBDIR" -m IMSCONN-MIB -On IMSCONN-MIB::imscUserName)" \
	"$root.1.4.1.1.2"
is 'what the module says is writable looks at the type of a SET' "$(refusals read-write)" wrongType
is 'what it says is not refuses every SET' "$(refusals read-only)" notWritable
