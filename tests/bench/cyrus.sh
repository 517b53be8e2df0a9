# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# A poll of imsconnd's, and the command, beside a real Cyrus with many proc files, against Cyrus's own
# command that lists them. Part of run.

# Each process has a pid, and Linux's default has too few for a large site. It is given back.
more_pids() {
	pids_before=$(cat /proc/sys/kernel/pid_max)
	[ "$pids_before" -ge 500000 ] || echo 500000 >/proc/sys/kernel/pid_max ||
		bail 'there are too few pids'
}

end_cyrus_site() {
	stop_imsconnd
	stop plant
	stop_cyrus
	stop_snmpd
	echo "$pids_before" >/proc/sys/kernel/pid_max
}

# plant COUNT: in a process that ends with its input, which is open for as long as we are.
plant() {
	rm -f "$tmp/plant.in"
	mkfifo "$tmp/plant.in"
	start plant sh -c 'exec "$0" "$@" <"'"$tmp/plant.in"'"' "$bench/plant" "$cyrus_proc" "$1"
	exec 8>"$tmp/plant.in"
	AWAIT_SECONDS=120 await log_has plant '^planted' || bail 'plant failed'
}

cyrus_is_whole() {
	[ "$(snmp_value imscServiceSessions.imap)" = "$1" ]
}

# start_cyrus_site COUNT
start_cyrus_site() {
	start_snmpd
	start_cyrus
	plant "$1"
	rm -rf "$tmp/store"
	cyrus_conf local.pop3.enableuserlist=0 local.http.enableuserlist=0 cyrus.users_minutes=0 \
		collector.poll_seconds=3600 collector.activity_seconds=0
	start_imsconnd
	AWAIT_SECONDS=120 await cyrus_is_whole "$1" || bail 'imsconnd does not see the sessions'
}

# Cyrus's command prints its own time, without that of entering its Debian.
cyr_info_seconds() {
	unshare -m "$tmp/bin/inside" bash -c 'start=${EPOCHREALTIME/[.,]/}
		"$0" -C "$1" proc >/dev/null || exit
		echo $((${EPOCHREALTIME/[.,]/} - start))' "$cyrus_bin/cyr_info" "$cyrus_dir/imapd.conf" |
		awk '{ print $1 / 1e6 }'
}

cyrus_round() {
	poll_now
	keep poll ours "$(awk -v ms="$(snmp_value imscCollectorDuration.0)" 'BEGIN { print (ms > 0 ? ms : 1) / 1000 }')"
	cyr_info_took=$(cyr_info_seconds)
	keep poll other "$cyr_info_took"
	timed command ours util -c
	keep command other "$cyr_info_took"
}

bench_cyrus() {
	need_cyrus
	more_pids
	for cyrus_sessions in $CYRUS_SESSIONS; do
		forget
		start_cyrus_site "$cyrus_sessions"
		for ((round = 1; round <= (ROUNDS + 1) / 2; round++)); do
			cyrus_round
		done
		table_head "$cyrus_sessions sessions of Cyrus, seconds" ours cyr_info
		times_row poll 'one poll with its join' 1
		times_row command 'imsconnutil -c' ''
		exec 8>&-
		end_cyrus_site
		more_pids
	done
	echo "$pids_before" >/proc/sys/kernel/pid_max
}
