#!/bin/sh
# SPDX-License-Identifier: ISC
# The logins that Dovecot tells: durable before they are acknowledged, and none is lost by a crash,
# a restart, a crowd, or a client that means ill.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget
AWAIT_SECONDS=60

dict_client() {
	command=$1
	shift
	python3 "$top_srcdir/tests/dict_client.py" "$command" "$dict_socket" "$@"
}

# The users whose access is on record.
recorded() {
	util -a | awk 'NR > 1 { print $1 }' | sort
}

has_acked() {
	[ "$(log_count storm ' acked ')" -ge "$1" ]
}

has_logins() {
	[ "$(log_count crowd ' login ')" -ge "$1" ]
}

# rows_at_least COUNT: of the session table.
rows_at_least() {
	[ "$(snmp_value imscSessionRows.0)" -ge "$1" ]
}

# start_activated: imsconnd with the socket held by somebody else, as systemd does.
start_activated() {
	# shellcheck disable=SC2086 # a command and its words
	start activate python3 "$top_srcdir/tests/activate.py" \
		"$dict_socket" "$tmp/imsconnd.pid" $imsconnd_rights "$imsconnd" -f "$tmp/imsconn.conf"
	await activated_is_up
}

activated_is_up() {
	says_like '^[0-9]' snmp_value imscAgentVersion.0 && pid_lives "$(cat "$tmp/imsconnd.pid")"
}

# kill_activated: its launcher starts it again at once.
kill_activated() {
	killed=$(cat "$tmp/imsconnd.pid")
	kill -KILL "$killed"
	await not says "$killed" cat "$tmp/imsconnd.pid"
}

# queued: the connections that wait for imsconnd to take them.
queued() {
	awk -v path="$dict_socket" '$6 == "02" && $8 == path { count++ } END { print count + 0 }' /proc/net/unix
}

logins() {
	snmp_value imscServiceLogins.imap
}

later_than() {
	[ "$(date +%s)" -gt "$1" ]
}

# names PREFIX: on record.
names() {
	recorded | grep -E "^$1[0-9]+\$"
}

# burst PREFIX STATE: 500 users of these names log in and out again, while imsconnd takes nothing.
burst() {
	start "burst-$1" python3 "$top_srcdir/tests/mail_client.py" burst imap "$imap_port" 500 16 "$1%d"
	await log_has "burst-$1" ' done'
	is "500 users log in while imsconnd $2" "$(event "burst-$1" 'done')" 'ok=500 failed=0'
	collect "burst-$1"
	ok 'and their records wait' await says 500 queued
	is 'none of which is taken yet' "$(names "$1")" ''
}

# all_recorded PREFIX
all_recorded() {
	seq -f "$1%.0f" 500 | sort >"$tmp/wanted"
	ok 'then all of them are on record' await says "$(cat "$tmp/wanted")" names "$1"
	polled=$(snmp_value imscCollectorLastSuccess.0)
	await not says "$polled" snmp_value imscCollectorLastSuccess.0
	is 'each as one login, which no look at Dovecot makes two' "$(logins)" $((logins_before + 500))
}

# ---- one login

ietf_mibs
start_snmpd
write_conf
start_imsconnd
is 'a login is acknowledged' "$(dict_client put ann)" O
stop_imsconnd KILL
start_imsconnd
is 'and is on record though imsconnd was killed right then' "$(recorded)" ann
is 'a record that makes no sense is refused, not swallowed' \
	"$(dict_client put bob service=imap pid=nonsense | cut -c 1)" F

# ---- a storm, with kill -9 in its middle: what was acknowledged is there

start storm python3 "$top_srcdir/tests/dict_client.py" storm "$dict_socket" 1000 20 's%d'
for part in 150 400 700; do
	await has_acked "$part"
	stop_imsconnd KILL
	cp "$tmp/storm.log" "$tmp/storm.$part"
	start_imsconnd
	sed -n 's/.* acked //p' "$tmp/storm.$part" | sort >"$tmp/acked"
	recorded >"$tmp/recorded"
	is "killed after $part logins, imsconnd has all that it acknowledged" \
		"$(comm -23 "$tmp/acked" "$tmp/recorded" | tr '\n' ' ')" ''
done
collect storm
is 'a client that tries again gets every login in' "$(log_count storm ' acked ')" 1000
is 'and all of them are on record' "$(recorded | grep -c '^s[0-9]')" 1000
stop_imsconnd
rm -rf "$tmp/store"

# ---- the same with Dovecot and a thousand clients, and a socket that outlives imsconnd

write_conf
start_dovecot
ok 'imsconnd takes its socket from who started it' start_activated
start crowd python3 "$top_srcdir/tests/mail_client.py" crowd imap "$imap_port" 1000 16
await has_logins 400
await rows_at_least 200
snmp_walk -Oqs imscSessionUser | sort >"$tmp/rows.before"
kill_activated
await activated_is_up
AWAIT_SECONDS=240 await log_has crowd ' ready'
is 'a thousand clients log in while imsconnd is killed' "$(event crowd ready)" 'ok=1000 failed=0'
ok 'all of them are listed' await says 1000 snmp_value imscServiceSessions.imap
snmp_walk -Oqs imscSessionUser | sort >"$tmp/rows.after"
is 'rows from before the kill have their old numbers' \
	"$(comm -23 "$tmp/rows.before" "$tmp/rows.after" | wc -l)" 0

# A login whose record was in imsconnd's hands when it was killed was not acknowledged, and Dovecot
# said so; every other login has its exact time.
snmp_walk -Oqs imscSessionLoginTimeSource | grep -c recorded >"$tmp/exact" || :
lost=$(count_lines 'last_login_dict.*|dict.*(disconnected|failed)' "$tmp/dovecot-mail.log")
diag "$(cat "$tmp/exact") exact login times; Dovecot was not acknowledged $lost"
ok 'no login is lost but those that Dovecot was not acknowledged' \
	test $(($(cat "$tmp/exact") + lost)) -ge 1000
ok 'and those are few' test "$lost" -le 64
snmp_walk -OQs imscSessionUser | sed 's/^imscSessionUser\.\([^ ]*\) = "\{0,1\}\([^"]*\).*/\1 \2/' \
	>"$tmp/users"
snmp_walk -OQs imscSessionLoginTime | sed 's/^imscSessionLoginTime\.\([^ ]*\) = /\1 /' >"$tmp/times"
snmp_walk -OQs imscSessionLoginTimeSource | sed 's/^imscSessionLoginTimeSource\.\([^ ]*\) = /\1 /' \
	>"$tmp/sources"
is 'every recorded time lies between what the client saw before and after' \
	"$(python3 "$top_srcdir/tests/check_times.py" "$tmp/crowd.log" "$tmp/users" "$tmp/times" \
		"$tmp/sources")" "$(cat "$tmp/exact") checked, 0 wrong"
stop crowd
ok 'all logouts are seen' await says 0 snmp_value imscServiceSessions.imap
is 'the users stay on record' "$(recorded | grep -c '^u[0-9]')" 1000

# ---- 500 logins while imsconnd stands still, and while it is gone

logins_before=$(logins)
kill -STOP "$(cat "$tmp/imsconnd.pid")"
stopped=$(date +%s)
burst p 'stands still'
ok 'while it does so for 5 seconds' await later_than $((stopped + 5))
kill -CONT "$(cat "$tmp/imsconnd.pid")"
all_recorded p

# Its launcher is stopped so that it is not back before the last of them.
logins_before=$(logins)
kill -STOP "$(pid_of activate)"
kill -KILL "$(cat "$tmp/imsconnd.pid")"
burst q 'is gone'
kill -CONT "$(pid_of activate)"
await activated_is_up
all_recorded q
ok 'imsconnd stops when it was activated, too' stop activate
stop_dovecot

# ---- crowds, and clients that mean ill

write_conf dovecot.dict_connections=6000
start_imsconnd
start many python3 "$top_srcdir/tests/dict_client.py" crowd "$dict_socket" 5000
ok 'five thousand connections are taken' await log_has many ready
is 'a login among them is acknowledged' "$(dict_client put carl)" O
stop many
for kind in garbage binary long deaf flood; do
	start "abuse-$kind" python3 "$top_srcdir/tests/dict_client.py" abuse "$dict_socket" "$kind"
	is "while a client sends $kind, a login is acknowledged" "$(dict_client put "u-$kind")" O
	collect "abuse-$kind"
	is "and the client is dropped" "$(cat "$tmp/abuse-$kind.log")" closed
done
ok 'of ill clients it speaks seldom' test "$(log_count imsconnd 'warning: dict socket')" -le 2
write_conf dovecot.dict_connections=100
stop_imsconnd
start_imsconnd
start more python3 "$top_srcdir/tests/dict_client.py" crowd "$dict_socket" 300
await log_has more ready
is 'when there are too many connections, the most silent go, not the new' "$(dict_client put dora)" O
stop more
ok 'imsconnd stops when told' stop_imsconnd
done_testing
