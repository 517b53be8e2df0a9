#!/bin/sh
# SPDX-License-Identifier: ISC
# The audit over SNMP: every request to end connections, by the command and by SNMP alike, with what
# came of it. Real sessions of a real Dovecot; and a store that has every outcome.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget snmpset snmpwalk

# row NUMBER: what stands in it, but for the time; "-" is empty.
row() {
	snmp_get -OqvU "imscAuditUser.$1" "imscAuditOrigin.$1" "imscAuditRequester.$1" \
		"imscAuditSessions.$1" "imscAuditEnded.$1" "imscAuditResult.$1" "imscAuditReason.$1" | sed 's/^$/-/' | xargs
}

# The numbers of the rows, in the order of a walk.
numbers() {
	snmp_walk -Oqs "${1:-imscAuditTime}" | sed -n "s/^${1:-imscAuditTime}\\.\\([0-9]*\\) .*/\\1/p" | xargs
}

start_snmpd
start_dovecot
write_conf disconnect.allow_snmp=true
start_imsconnd
is 'at first there is no row' "$(numbers)" ''

# ---- by the command

hold ann1 imap ann idle
hold ann2 pop3 ann
hold bob imap bob
hold cat1 imap cat
hold cat2 imap cat
await says 5 snmp_value imscServiceSessions.all
before=$(date +%s)0
util -k -u ann >/dev/null
after=$(($(date +%s) + 1))0
like 'the command leaves a row: who, by whom, how many, what came of it' "$(row 1)" \
	'^ann cli root.* 2 2 done -$'
ok 'its time is that of the request' between "$before" "$(tenths "$(snmp_value imscAuditTime.1)")" "$after"
is 'as long as he was not seen to be back, that has no instance' \
	"$(snmp_value imscAuditReturned.1)" 'No Such Instance currently exists at this OID'
status=0
util -k -u ann >/dev/null 2>&1 || status=$?
is 'there is a row, too, where nothing was to be done' "$status $(snmp_value imscAuditUser.2) $(snmp_value imscAuditSessions.2) \
$(snmp_value imscAuditResult.2)" '1 ann 0 nothingToDo'

# ---- by SNMP

snmp_set 'imscUserDisconnect."bob"' i 1 >/dev/null
ok 'a SET leaves a row when it is seen what came of it' await says '1 2 3' numbers
is 'nobody knows who sent it' "$(row 3)" 'bob snmp - 1 1 done -'
snmp_set "imscSessionDisconnect.$(sessions_of cat | head -n 1)" i 1 >/dev/null
ok 'so does a SET for one session' await says '1 2 3 4' numbers
is 'which is of one session only' "$(row 4)" 'cat snmp - 1 1 done -'
is 'a number that is not there has no row' \
	"$(snmp_value imscAuditUser.5)" 'No Such Instance currently exists at this OID'
like 'GETNEXT finds what is new behind the last number seen' \
	"$(run_snmp snmpgetnext public -Oqs imscAuditUser.3)" '^imscAuditUser\.4 .*cat'
is 'no column can be set' \
	"$(snmp_set imscAuditResult.1 i 2 2>&1 | grep -o notWritable)" notWritable

# ---- what cannot be ended

stop_imsconnd
write_conf disconnect.allow_snmp=true disconnect.timeout_seconds=1
start_imsconnd
hold fay imap fay
await says 1 snmp_value 'imscUserSessions."fay"'
process=$(session_value fay Process)
kill -STOP "$process"
snmp_set 'imscUserDisconnect."fay"' i 1 >/dev/null
ok 'a request that fails has its row' await says '1 2 3 4 5' numbers
is 'with the reason' "$(row 5)" 'fay snmp - 1 0 failed 1 of 1 sessions are still there after 1 seconds'
kill -CONT "$process"

# ---- names, the ring, restarts

long=$(printf '%0300d' 0 | tr 0 x)
util -k -u "$long" >/dev/null 2>&1 || :
is 'a long name is cut' "$(snmp_value imscAuditUser.6 | tr -d '"\n' | wc -c)" 255
stop_imsconnd
write_conf disconnect.allow_snmp=true audit.rows=3
start_imsconnd
is 'the rows outlive a restart' "$(numbers)" '1 2 3 4 5 6'
util -k -u nobody1 >/dev/null 2>&1 || :
is 'only as many rows are kept as configured' "$(numbers)" '5 6 7'
is 'in every column' "$(for column in User Origin Requester Sessions Ended Result Reason; do numbers "imscAudit$column"; done | sort -u)" '5 6 7'
ok 'imsconnd stops when told' stop_imsconnd

# ---- every outcome, and who was back

rm -rf "$tmp/store"
mkdir "$tmp/store"
"$top_builddir/tests/store_fixture" "$tmp/store" >/dev/null || bail 'cannot make a store'
write_conf backend=none
TZ=UTC0 start_imsconnd
is 'every outcome has its name' "$(for n in 1 2 3 4 5; do snmp_value "imscAuditResult.$n"; done | xargs)" \
	'pending done partial failed nothingToDo'
is 'a walk of who was back jumps over the others' "$(numbers imscAuditReturned)" 3
is 'and GET says the same' "$(snmp_value imscAuditReturned.3 | tr -d '"')" '2026-11-20,12:34:56.7,+0:0'
is 'behind the last one there is none' \
	"$(run_snmp snmpgetnext public -Oqs imscAuditReturned.3 | grep -c '^imscAuditReturned')" 0
ok 'and imsconnd stops' stop_imsconnd
done_testing
