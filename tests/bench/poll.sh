# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# A poll of imsconnd's: asking, joining with the store, and writing what changed (here nothing),
# as imscCollectorDuration tells it; against Dovecot's own command. Part of run.

poll_sample() {
	poll_now
	keep poll ours "$(awk -v ms="$(snmp_value imscCollectorDuration.0)" 'BEGIN { print ms / 1000 }')"
}

bench_poll() {
	forget
	site_start
	for ((round = 1; round <= ROUNDS; round++)); do
		poll_sample
		timed poll other list_with_doveadm
	done
	table_head "$SESSIONS sessions, seconds" ours doveadm
	times_row poll 'one poll with its join' 1
}
