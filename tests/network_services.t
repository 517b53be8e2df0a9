#!/bin/sh
# SPDX-License-Identifier: ISC
# NETWORK-SERVICES-MIB (RFC 2788) through a real snmpd, of a real Dovecot: every column, and the
# times in terms of sysUpTime while snmpd, Dovecot and imsconnd come and go.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget snmpset

module=.1.3.6.1.2.1.27

# appl COLUMN ROW, assoc COLUMN SESSION: the value alone, times in ticks.
appl() {
	run_snmp snmpget public -m: -Oqvt "$module.1.1.$1.$2" | tr -d '"'
}

assoc() {
	run_snmp snmpget public -m: -Oqvnt "$module.2.1.$1.$2" | tr -d '"'
}

# The columns of applTable by name.
name=2 directory_name=3 version=4 begun=5 status=6 changed=7 inbound=8 outbound=9
accumulated=10 last_inbound=12 rejected=14 description=16 url=17
up=1 down=2

uptime() {
	snmp_get -Oqvt .1.3.6.1.2.1.1.3.0
}

walk_module() {
	walk_tool=$1
	shift
	run_snmp "$walk_tool" public -m: -Ont "$@" "$module" | sed "s/^$module//"
}

# rows TABLE: the instances of its second column.
rows() {
	run_snmp snmpwalk public -m: -Onq "$module.$1.1.2" | sed -n "s/^$module\\.$1\\.1\\.2\\.\\([0-9.]*\\) .*/\\1/p" | xargs
}

# association USER: the row of a user's only session.
association() {
	sessions_of "$1" | sed 's/^imap/2/; s/^pop3/3/'
}

no_instance='No Such Instance currently exists at this OID'
no_object='No Such Object available on this agent at this OID'

# is_start_of_dovecot TICKS: sysUpTime was so much when Dovecot's master started.
is_start_of_dovecot() {
	start_before=$(uptime)
	start_age=$(awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$(pid_of dovecot)/stat" |
		awk -v hertz="$(getconf CLK_TCK)" 'NR == FNR { up = $1; next } { printf "%d", (up - $1 / hertz) * 100 }' /proc/uptime -)
	between $((start_before - start_age - 20)) "$1" $(($(uptime) - start_age + 20))
}

# get_all: what GET says of the cells of a walk on stdin.
get_all() {
	cut -d ' ' -f 1 | sed "s/^/$module/" | xargs -n 20 echo | while read -r oids; do
		# shellcheck disable=SC2086 # several OIDs
		run_snmp snmpget public -m: -Ont $oids
	done | sed "s/^$module//"
}

# ---- the tables

start_snmpd
start_dovecot
write_conf
start_imsconnd
await says "$up" appl $status 2
before=$(uptime)
hold ann imap ann
after=$(uptime)
hold bob pop3 bob
await says 1 appl $inbound 3
walk_module snmpwalk >"$tmp/walk"
for row in 2 3 4; do
	printf '.1.1.%s.%s %s\n' $name $row STRING: $directory_name $row '""' $version $row STRING: \
		$begun $row Timeticks: $status $row INTEGER: $changed $row Timeticks: \
		$inbound $row Gauge32: $accumulated $row Counter32: $description $row STRING: $url $row STRING:
	# Nobody was seen at the webmail.
	[ $row = 4 ] || echo ".1.1.$last_inbound.$row Timeticks:"
done >"$tmp/cells"
for row in $(association ann) $(association bob); do
	printf '.2.1.%s.%s %s\n' 2 "$row" STRING: 3 "$row" OID: 4 "$row" INTEGER: 5 "$row" Timeticks:
done >>"$tmp/cells"
sort -t . -k 2,2n -k 3,3n -k 4,4n -k 5,5n -k 6,6n "$tmp/cells" >"$tmp/expected"
sed 's/ = Timeticks: (/ = Timeticks: /' "$tmp/walk" | awk '{ print $1, $3 }' | sed 's/ [0-9][0-9]*$/ Timeticks:/' >"$tmp/seen"
ok 'the walk has every cell that is known, in order and of its type' diff "$tmp/expected" "$tmp/seen"
walk_module snmpbulkwalk -Cr7 >"$tmp/bulk"
ok 'GETBULK sees the same' diff "$tmp/walk" "$tmp/bulk"
get_all <"$tmp/walk" >"$tmp/got"
ok 'so does GET' diff "$tmp/walk" "$tmp/got"
ok 'a line of sysORTable names the module' \
	says_like 'NETWORK-SERVICES-MIB' run_snmp snmpwalk public -Oqv .1.3.6.1.2.1.1.9.1.3
is 'its compliance is that of associations' \
	"$(run_snmp snmpwalk public -m: -Onq .1.3.6.1.2.1.1.9.1.2 | grep -c " $module.3.2.6\$")" 1
unlike 'behind the last cell comes another module' \
	"$(run_snmp snmpgetnext public -m: -On "$module$(tail -n 1 "$tmp/walk" | cut -d ' ' -f 1)")" "^$module\\."
is 'before the first one is none' \
	"$(run_snmp snmpgetnext public -m: -Onq .1.3.6.1.2.1.27 | cut -d ' ' -f 1)" "$module.1.1.$name.2"
is 'nothing can be set' \
	"$(snmp_set -m: "$module.1.1.$name.2" s x 2>&1 | sed -n 's/^Reason: \([A-Za-z]*\).*/\1/p')" notWritable

# ---- applications

is 'the applications are the services' "$(appl $name 2) $(appl $name 3) $(appl $name 4)" 'imap pop3 http'
is 'their software is told' "$(appl $version 2)" "$(snmp_value imscStoreName.0)"
like 'and where it is described' "$(appl $url 2)" '^https://'
ok 'applUptime is the start of Dovecot' is_start_of_dovecot "$(appl $begun 2)"
is 'since then it is up' "$(appl $changed 2)" "$(appl $begun 2)"
is 'the associations are counted' "$(appl $inbound 2) $(appl $inbound 3) $(appl $inbound 4)" '1 1 0'
is 'and accumulated' "$(appl $accumulated 2) $(appl $accumulated 3)" \
	"$(snmp_value imscServiceLogins.imap) $(snmp_value imscServiceLogins.pop3)"
ok 'the last inbound activity is the login' between "$before" "$(appl $last_inbound 2)" "$after"
is 'what is not known has no instance' \
	"$(appl $outbound 2) $(appl $rejected 2) $(appl $last_inbound 4)" "$no_instance $no_instance $no_instance"
is 'an index is no object' "$(appl 1 2)" "$no_object"

# ---- associations

is 'the remote application is the client' "$(assoc 2 "$(association ann)")" 127.0.0.1
is 'the protocol is that of the service' "$(assoc 3 "$(association ann)") $(assoc 3 "$(association bob)")" \
	"$module.4.143 $module.4.110"
is 'the remote end is a user agent that began' "$(assoc 4 "$(association ann)")" 1
ok 'assocDuration is sysUpTime at the login' between "$before" "$(assoc 5 "$(association ann)")" "$after"
tell bob logout
collect bob
ok 'a session that ends is no association any more' await says "$(association ann)" rows 2
is 'but was one' "$(appl $inbound 3) $(appl $accumulated 3)" "0 $(snmp_value imscServiceLogins.pop3)"

# ---- a service that is not listed

hold cyd pop3 cyd
await says 1 appl $inbound 3
write_conf local.pop3.enableuserlist=0
kill -HUP "$(pid_of imsconnd)"
ok 'a service that is not listed is no application' await says '2 4' rows 1
is 'and has no associations' "$(rows 2)" "$(association ann)"
is 'GET does not find them either' "$(appl $name 3)" "$no_instance"
write_conf
kill -HUP "$(pid_of imsconnd)"
ok 'until it is listed again' await says '2 3 4' rows 1
tell cyd logout
collect cyd

# ---- snmpd starts again

stop_snmpd
start_snmpd
ok 'with a new snmpd the tables are back' await says imap appl $name 2
is 'what was before it is at 0' \
	"$(appl $begun 2) $(appl $changed 2) $(appl $last_inbound 2) $(assoc 5 "$(association ann)")" '0 0 0 0'
before=$(uptime)
hold dan imap dan
after=$(uptime)
await says 2 appl $inbound 2
ok 'what is after it counts from its start' between "$before" "$(assoc 5 "$(association dan)")" "$after"
is 'also as the last activity' "$(appl $last_inbound 2)" "$(assoc 5 "$(association dan)")"

# ---- Dovecot stops and starts again

before=$(uptime)
stop_dovecot
ok 'without Dovecot the services are down' await says "$down" appl $status 2
is 'all of them' "$(appl $status 3) $(appl $status 4)" "$down $down"
changed_at=$(appl $changed 2)
ok 'since it stopped' between "$before" "$changed_at" "$(uptime)"
is 'its last start stays told' "$(appl $begun 2)" 0
ok 'nobody is there any more' await says 0 appl $inbound 2
failures=$(snmp_value imscCollectorFailures.0)
await not says "$failures" snmp_value imscCollectorFailures.0
is 'a further look does not change since when' "$(appl $changed 2)" "$changed_at"
start_dovecot
ok 'with Dovecot they are up' await says "$up" appl $status 2
ok 'applUptime is its new start' is_start_of_dovecot "$(appl $begun 2)"
is 'and the change was then' "$(appl $changed 2)" "$(appl $begun 2)"

# ---- nobody can tell

stop_imsconnd
write_conf collector.timeout_seconds=1
start_imsconnd
await says "$up" appl $status 2
ok 'a new imsconnd tells the same start' is_start_of_dovecot "$(appl $begun 2)"
changed_at=$(appl $changed 2)
is 'and the same change' "$changed_at" "$(appl $begun 2)"
anvil=$(dovecot_process anvil)
kill -STOP "$anvil"
ok 'while Dovecot does not answer, its state is not known' await says "$no_instance" appl $status 2
is 'nor since when it is so' "$(appl $changed 2)" "$no_instance"
kill -CONT "$anvil"
ok 'when it answers again it is up' await says "$up" appl $status 2
is 'as before' "$(appl $changed 2)" "$changed_at"
stop_dovecot
await says "$down" appl $status 2
stop_imsconnd
start_imsconnd
ok 'an imsconnd that never saw it up says it is down' await says "$down" appl $status 2
is 'but not since when, nor when it started' "$(appl $changed 2) $(appl $begun 2)" "$no_instance $no_instance"
stop_imsconnd

# ---- the configuration

write_conf backend=none network_services.index_base=1000
start_imsconnd
is 'the base is added to the numbers' "$(rows 1)" '1002 1003 1004'
is 'of a store that nobody feeds the state and the software are not known' \
	"$(appl $status 1002) $(appl $version 1002) $(appl $url 1002)" "$no_instance $no_instance $no_instance"
stop_imsconnd
write_conf backend=none network_services.enable=false
start_imsconnd
is 'switched off there is no such module' "$(appl $name 2)" "$no_object"
is 'nor its line in sysORTable' \
	"$(run_snmp snmpwalk public -Oqv .1.3.6.1.2.1.1.9.1.3 | grep -c NETWORK-SERVICES-MIB)" 0
like 'but the other one' "$(snmp_value imscAgentVersion.0)" '^[0-9]'
ok 'imsconnd stops in order' stop_imsconnd

done_testing
