#!/bin/sh
# SPDX-License-Identifier: ISC
# A million requests, and walks while a thousand sessions a second come and go: no memory is lost,
# every walk ends, and no row is torn.

. "${top_srcdir:-.}/tests/lib.sh"
need snmpd snmpget python3 taskset

walk=$top_builddir/tests/bench/walk
[ -x "$walk" ] || make -s -C "$top_builddir" tests/bench/walk >&2 || bail 'cannot build the walker'
root=$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)
slack_kb=488 # half an octet for each of a million requests

dict_client() {
	command=$1
	shift
	python3 "$top_srcdir/tests/dict_client.py" "$command" "$tmp/dict.sock" "$@"
}

anonymous_memory() {
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid_of imsconnd)/status"
}

# ask COUNT: the master agent asks for so many cells, one in each request to us.
ask() {
	"$walk" "$snmp_port" ours user 0 "$1" 50 2
}

start_walk() {
	start "walk-$1" python3 "$top_srcdir/tests/manager.py" "$1" "$snmp_port" 12 "$root"
}

has_churned() {
	[ "$(log_count churn '^acked')" -ge "$1" ]
}

ietf_mibs
echo ok >"$tmp/anvil.rows"
start anvil python3 "$top_srcdir/tests/fake_anvil.py" "$tmp/anvil" "$tmp/anvil.rows"
await is_listening "$tmp/anvil"
write_conf "dovecot.anvil_socket=$tmp/anvil"
start_snmpd
TZ=UTC0 start_imsconnd

# ---- memory

dict_client storm 2000 4 'u%d' >"$tmp/storm.log"
# On one processor the two need not wake each other up, which is four times as fast.
taskset -acp 0 "$(pid_of snmpd)" >"$tmp/taskset.log"
taskset -acp 0 "$(pid_of imsconnd)" >>"$tmp/taskset.log"
ask 10000 >"$tmp/few.log"
memory=$(anonymous_memory)
ask 1000000 >"$tmp/many.log"
grown=$(($(anonymous_memory) - memory))
diag "$(awk '{ print $1 " requests in " $2 / 1e6 " s" }' "$tmp/many.log"): $memory kB, and $grown more"
ok 'memory after 1,000,000 requests is what it was after 10,000' test "$grown" -le "$slack_kb"
stop_imsconnd
rm -rf "$tmp/store"
mkdir "$tmp/store"
TZ=UTC0 start_imsconnd

# ---- walks, while sessions come and go; each lasts until a poll does not list it

start churn python3 "$top_srcdir/tests/dict_client.py" churn "$tmp/dict.sock" 1000
await has_churned 4
memory=$(anonymous_memory)
churned=$(sed -n '$s/^acked \([0-9]*\) .*/\1/p' "$tmp/churn.log")
start_walk sessions
start_walk users
for table in sessions users; do
	AWAIT_SECONDS=120 collect "walk-$table"
	is "every walk of the $table ends, in rising order" "$(log_count "walk-$table" '^walks 12 ')" 1
	is 'and no row is torn' "$(log_count "walk-$table" ' torn 0 ')" 1
done
diag "sessions: $(cat "$tmp/walk-sessions.log")"
diag "users: $(cat "$tmp/walk-users.log")"
diag "logins: $(tail -n 1 "$tmp/churn.log")"
ok 'thousands of sessions came meanwhile' \
	test "$(sed -n '$s/^acked \([0-9]*\) .*/\1/p' "$tmp/churn.log")" -ge $((churned + 3000))
ok 'and went' between 100 "$(snmp_value imscSessionRows.0)" 10000
diag "memory: $memory kB, then $(anonymous_memory) kB"
ok 'imsconnd is not larger for it' test $(($(anonymous_memory) - memory)) -le 4096
stop churn
ok 'all sessions are gone when nobody comes any more' await says 0 snmp_value imscSessionRows.0
ok 'imsconnd stops in order' stop_imsconnd

done_testing
