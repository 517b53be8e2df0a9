# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Walks of our tables and of the null subagent's, through one snmpd, on one core. Part of run.

# A case: name, table, repetitions, variables of a sample, columns. The user table has 8.
walk_cases=(
	'user-1    user    50 5000  2'
	'user-8    user    10 20000 2 3 4 5 6 7 8 9'
	'session-1 session 50 5000  2'
	'session-10 session 10 20000 2 3 4 5 7 8 10 11 19 20'
)

# walk_rate SIDE TABLE FIRST VARIABLES REPETITIONS COLUMN...: variables a second.
walk_rate() {
	taskset -c "$core" "$bench/walk" "$snmp_port" "$@" | awk '{ printf "%.0f\n", $1 * 1e6 / $2 }'
}

# walk_sample CASE-WORDS ROW SIDE
walk_sample() {
	local row=$2 side=$3
	# shellcheck disable=SC2086 # words
	set -- $1
	local name=$1 table=$2 repetitions=$3 variables=$4
	shift 4
	keep "$name" "$([ "$side" = ours ] && echo ours || echo other)" \
		"$(walk_rate "$side" "$table" "$row" "$variables" "$repetitions" "$@")"
}

# Both sides of every case, each round from another row on, ours first in every other.
walk_round() {
	local row=$(($1 * $2 / (ROUNDS + 1)))

	for case in "${walk_cases[@]}"; do
		if [ $(($1 % 2)) = 0 ]; then
			walk_sample "$case" $row null
			walk_sample "$case" $row ours
		else
			walk_sample "$case" $row ours
			walk_sample "$case" $row null
		fi
	done
}

walk_fill() {
	rm -rf "$tmp/store"
	mkdir "$tmp/store"
	"$bench/fill" "$tmp/store" "$1" "$1" imap,pop3,http || bail 'fill failed'
}

walk_start() {
	walk_fill "$1"
	write_conf backend=none store.map_gib=8
	start_snmpd
	pin snmpd
	start_imsconnd
	pin imsconnd
	start null "$bench/null" "$tmp/agentx" "$1"
	pin null
	await says_like '^[1-9]' walk_rate null user 0 50 50 2 || bail 'the null subagent does not answer'
}

anonymous_mb() {
	awk '/^Anonymous:/ { printf "%.2f\n", $2 / 1024 }' "/proc/$(pid_of imsconnd)/smaps_rollup"
}

walk_table() {
	table_head "walk of $1 rows, variables a second" ours null
	rates_row user-1 'user table, 1 column x 50' 0.95
	rates_row user-8 'user table, all 8 columns x 10' 0.95
	rates_row session-1 'session table, 1 column x 50' 0.95
	rates_row session-10 'session table, 10 columns x 10' 0.95
	fact_row 'anonymous memory of imsconnd, MB' "$(anonymous_mb)" 16
}

bench_walk() {
	need snmpd
	for size in $SIZES; do
		forget
		walk_start "$size"
		for ((round = 1; round <= ROUNDS; round++)); do
			walk_round $round "$size"
		done
		walk_table "$size"
		stop null
		stop_imsconnd
		stop_snmpd
	done
}
