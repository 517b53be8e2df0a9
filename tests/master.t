#!/bin/sh
# SPDX-License-Identifier: ISC
# Life with the master agent: snmpd comes late, restarts, dies, hangs, refuses, prefers another, is
# flooded. Meanwhile logins are recorded; afterwards everything is there again, and as it was.

. "${top_srcdir:-.}/tests/lib.sh"
need snmpd snmpget snmpwalk snmpset python3 setpriv
need_root

root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)
ping_ms=1000
slack_ms=2000 # for two processes to be scheduled, and snmpget to be started

now_ms() {
	date +%s%3N
}

# login USER [FIELD=VALUE]...: of a process that goes on living, so that the session does.
login() {
	timeout 5 python3 "$top_srcdir/tests/dict_client.py" put "$tmp/dict.sock" "$1" "pid=$(pid_of client)"
}

logins=0

# login_goes_on SENTENCE: a login is acknowledged, whatever SNMP does.
login_goes_on() {
	logins=$((logins + 1))
	is "$1, a login is acknowledged" "$(login "user$logins")" O
}

is_served() {
	says_like '^[0-9]' snmp_value imscAgentVersion.0
}

# back_in_time SENTENCE: the module is served a ping interval from now, at most.
back_in_time() {
	back_start=$(now_ms)
	await is_served
	ok "$1" between 0 $(($(now_ms) - back_start)) $((ping_ms + slack_ms))
}

# What must outlive the master agent: the rows' numbers, and the login times.
rows() {
	run_snmp snmpwalk public -Onq "$root.1.3.1.1.2"
	run_snmp snmpwalk public -Onq "$root.1.3.1.1.3"
}

# as_before SENTENCE: the rows of before are all there; all logins since were counted.
as_before() {
	rows >"$tmp/rows.now"
	is "$1: every row is as it was" "$(sort "$tmp/rows.now" | comm -23 "$tmp/rows" - | head -n 3)" ''
	is 'and all logins were counted' "$(snmp_value imscServiceLogins.imap)" "$logins"
	sort "$tmp/rows.now" >"$tmp/rows"
}

# has_lines COUNT FILE
has_lines() {
	[ "$(wc -l <"$2")" -ge "$1" ]
}

anonymous_memory() {
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid_of imsconnd)/status"
}

# start_crowd WHAT COMMUNITY COUNT OID [FIRST]: of eight managers.
start_crowd() {
	start crowd python3 "$top_srcdir/tests/manager.py" "$1" "$snmp_port" "$2" "$3" 8 "$4" "${5:-0}"
}

audit_rows() {
	mdb_stat -s audit "$tmp/store" | sed -n 's/^ *Entries: //p'
}

start client tail -f /dev/null
ietf_mibs
write_conf disconnect.allow_snmp=true

# ---- imsconnd first

start_imsconnd
await log_has imsconnd 'no master agent at .*No such file'
login_goes_on 'before there is a master agent'
start_snmpd
back_in_time 'a master agent that starts later finds the module'
rows | sort >"$tmp/rows"
as_before 'after the late start'

# ---- restarts

stop_snmpd
start_snmpd
back_in_time 'it is back after a restart of the master agent'
as_before 'after a restart'
is 'counters that are older than the master agent say so' "$(snmp_get -Oqvt imscDiscontinuityTime.0)" 0

stop_snmpd
await log_has imsconnd 'lost the master agent'
for user in 1 2 3; do
	login_goes_on "while the master agent is away ($user)"
done
start_snmpd
back_in_time 'it is back when the master agent is after a while'
as_before 'after a long stop'
is 'each loss was told once' "$(log_count imsconnd 'lost the master agent')" 2

# ---- killed amid a walk

python3 "$top_srcdir/tests/dict_client.py" storm "$tmp/dict.sock" 2000 4 'walked%d' >"$tmp/storm.log"
start walk run_snmp snmpwalk public -m: -On -t1 -r0 "$root.1.4"
await has_lines 500 "$tmp/walk.log"
stop snmpd KILL
collect walk
ok 'a walk ends when the master agent is killed' test $? -ne 0
login_goes_on 'while it is dead'
start_snmpd
back_in_time 'it is back when the killed master agent is'
as_before 'after a kill'
is 'a walk sees all rows again' "$(snmp_rows imscUserName)" "$(snmp_value imscUserRows.0)"

users=$(snmp_value imscUserRows.0)
start walk run_snmp snmpwalk public -m: -On "$root.1.4.1.1.2"
await has_lines 100 "$tmp/walk.log"
stop_imsconnd KILL
collect walk
start_imsconnd
ok 'a walk that imsconnd was killed under can be told by imscUserRows' \
	test "$(grep -c STRING "$tmp/walk.log")" -lt "$users"
is 'which is what it was' "$(snmp_value imscUserRows.0)" "$users"
as_before 'after imsconnd was killed'

# ---- a master agent that hangs

kill -STOP "$(pid_of snmpd)"
login_goes_on 'when the master agent has just stopped'
ok 'the log says how long SNMP stood still' await log_has imsconnd 'SNMP stood still for [0-9.]+ s'
login_goes_on 'when it has been lost'
kill -CONT "$(pid_of snmpd)"
back_in_time 'it is back when the master agent goes on'
as_before 'after a hang'

# ---- its socket is removed

rm "$tmp/agentx"
ok 'without its socket a connection lasts' is_served
stop_imsconnd
start imsconnd "$imsconnd" -f "$tmp/imsconn.conf"
await is_listening "$tmp/dict.sock"
login_goes_on 'when there is no socket to connect to'
stop_snmpd
start_snmpd
back_in_time 'it is back when there is a socket'
as_before 'after the socket was removed'

# ---- it lets nobody in

stop_imsconnd
stop_snmpd
start_snmpd 'agentXPerms 0600 0755'
chown -R nobody "$tmp/store"
mkdir "$tmp/nobody"
chown nobody "$tmp/nobody"
mv "$tmp/imsconn.conf" "$tmp/root.conf"
sed "s,$tmp/dict.sock,$tmp/nobody/dict.sock,; s,dict_group = .*,dict_group = \"\";," "$tmp/root.conf" >"$tmp/imsconn.conf"
start imsconnd setpriv --reuid nobody --regid "$(id -g)" --clear-groups "$imsconnd" -f "$tmp/imsconn.conf"
ok 'a master agent that refuses us is told, and why' await log_has imsconnd 'no master agent at .*Permission denied'
await is_listening "$tmp/nobody/dict.sock"
ln -sf nobody/dict.sock "$tmp/dict.sock"
login_goes_on 'while it refuses us'
stop_snmpd
start_snmpd 'agentXPerms 0666 0755'
back_in_time 'it is back when it does not any more'
as_before 'after being refused'
stop_imsconnd
rm "$tmp/dict.sock"
mv "$tmp/root.conf" "$tmp/imsconn.conf"
stop_snmpd

# ---- another agent on our part of the tree

mkdir "$tmp/other"
sed "s,$tmp/store,$tmp/other/store,; s,$tmp/dict.sock,$tmp/other/dict.sock," "$tmp/imsconn.conf" >"$tmp/other/imsconn.conf"
mkdir "$tmp/other/store"
start_other() {
	start other "$imsconnd" -f "$tmp/other/imsconn.conf"
}
start_snmpd 'rwcommunity private 127.0.0.1'
start_other
await is_served
: >"$tmp/imsconnd.log"
start_imsconnd
ok 'another agent on our part of the tree is told' await log_has imsconnd 'another agent answers for .*; standing by'
is 'and it goes on to answer' "$(snmp_value imscUserRows.0)" 0
login_goes_on 'while we stand by'
stop other KILL
back_in_time 'when it dies, we answer at once'
as_before 'after standing by'
start_other
await says 0 snmp_value imscUserRows.0
login_goes_on 'when it is preferred again'
kill -STOP "$(pid_of other)"
ok 'when it hangs, we answer after agentXTimeout' await not says_like '^0|Timeout|No Such|genErr' snmp_value imscUserRows.0
as_before 'after it hung'
kill -CONT "$(pid_of other)"
stop other
as_before 'after it is gone'
is 'to the master agent this was an error once for each part, not once a second' \
	"$(log_count snmpd 'duplicate registration.*AgentX')" 2

# ---- crowds

start_crowd get public 5000 "$root.1.1.1.0"
collect crowd
memory=$(anonymous_memory)
start_crowd get public 5000 "$root.1.1.1.0"
login_goes_on 'while 5,000 requests are waiting'
collect crowd
is 'all of them are answered' "$(log_count crowd '^answers 0:5000 missing 0 ')" 2
ok 'and take no memory' test $(($(anonymous_memory) - memory)) -le 488 # 100 octets each

start churn python3 "$top_srcdir/tests/dict_client.py" churn "$tmp/dict.sock" 200
await log_has churn 'acked 400'
start_crowd set private 200 \
	"$root.1.3.1.1.21.2.%d" "$(sessions_of s1 | cut -d . -f 2)"
login_goes_on 'while 200 disconnects are asked for at once'
collect crowd
like 'each is accepted, or told that there are too many' "$(tail -n 1 "$tmp/crowd.log")" \
	'^answers 0:[0-9]+( 13:[0-9]+)? missing 0 '
accepted=$(sed -n '$s/^answers 0:\([0-9]*\) .*/\1/p' "$tmp/crowd.log")
ok 'and what was accepted is on record' await says "$accepted" audit_rows
stop churn
ok 'the master agent still answers' is_served

# ---- over TCP, and in a context of its own

stop_imsconnd
stop_snmpd
port=$(free_port)
start_snmpd 'com2sec -Cn stores here 127.0.0.1 inside' 'group here v2c here' \
	'access here stores v2c noauth exact everything everything none' 'view everything included .1' \
	"agentXSocket tcp:127.0.0.1:$port"
write_conf disconnect.allow_snmp=true agentx.context=stores
: >"$tmp/imsconnd.log"
start imsconnd "$imsconnd" -f "$tmp/imsconn.conf" -x "tcp:127.0.0.1:$port"
ok 'imsconnd -x connects over TCP' await log_has imsconnd "connected to the master agent at tcp:127.0.0.1:$port"

# inside TOOL OID...: in the context.
inside() {
	inside_tool=$1
	shift
	"$inside_tool" -v2c -c inside -m: -Onqv -t3 "127.0.0.1:$snmp_port" "$@"
}
ok 'the context of the configuration is served' await says_like '^"[0-9]' inside snmpget "$root.1.1.1.0"
is 'and walked' "$(inside snmpwalk "$root.1.4.1.1.2" | wc -l)" "$(inside snmpget "$root.1.1.13.0")"
is 'a SET in it succeeds' "$(inside snmpset "$root.1.4.1.1.9.5.117.115.101.114.50" i 1)" 1
is 'the default context has nothing' "$(snmp_value imscAgentVersion.0)" \
	'No Such Object available on this agent at this OID'
login_goes_on 'over TCP'
stop_snmpd
start_snmpd "agentXSocket tcp:127.0.0.1:$port"
await log_has imsconnd 'lost the master agent'
ok 'a connection over TCP is made again, too' await says 2 log_count imsconnd 'connected to the master agent'
ok 'imsconnd stops in order' stop_imsconnd

done_testing
