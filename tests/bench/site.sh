# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# A site for poll and cli: a real Dovecot with many sessions, of which imsconnd was told as the
# mail processes do, and many more users on record. Part of run.

site_up=

# timed CASE SIDE COMMAND...: its seconds, with what it prints thrown away.
timed() {
	local name=$1 side=$2 start end
	shift 2
	start=${EPOCHREALTIME/[.,]/}
	"$@" >/dev/null || bail "it failed: $*"
	end=${EPOCHREALTIME/[.,]/}
	keep "$name" "$side" "$(awk -v us=$((end - start)) 'BEGIN { print us / 1e6 }')"
}

list_with_doveadm() {
	doveadm -c "$dovecot_dir/dovecot.conf" -f tab who -1
}

# poll_now: one poll of imsconnd's, and no other: the interval is an hour.
poll_now() {
	polled=$(snmp_value imscCollectorLastSuccess.0)
	kill -HUP "$(pid_of imsconnd)"
	AWAIT_SECONDS=60 await not says "$polled" snmp_value imscCollectorLastSuccess.0 || bail 'no poll succeeds'
}

# Some of what is open ends by itself: everything of a login without one, after a while.
site_is_whole() {
	[ "$(snmp_value imscSessionRows.0)" = "$SESSIONS" ]
}

site_start() {
	[ -z "$site_up" ] || return 0
	need_dovecot
	need snmpd snmpget mdb_dump
	rm -rf "$tmp/store"
	mkdir "$tmp/store"
	"$bench/fill" "$tmp/store" "$USERS" 0 imap,pop3 || bail 'fill failed'
	start_snmpd
	start_dovecot
	"$bench/inject" "$anvil_socket" "$SESSIONS" "$SESSIONS" || bail 'inject failed'
	write_conf store.map_gib=8 collector.poll_seconds=3600
	start_imsconnd
	AWAIT_SECONDS=60 await site_is_whole || bail 'imsconnd does not see the sessions'
	"$bench/feed" -k -p "$tmp/store" "$dict_socket" "$SESSIONS" "$SESSIONS" >"$tmp/feed.out" ||
		bail 'feed failed'
	poll_now
	site_is_whole || bail 'sessions were lost'
	site_up=1
}
