# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# The same walks of what the module in snmpd serves, against a null module in the same snmpd. Part of
# run; walk.sh has the rounds.

module_start() {
	door=module
	NULL_ROWS=$1
	export NULL_ROWS
	walk_fill "$1"
	write_conf backend=none store.map_gib=8
	start_imsconnd
	start_snmpd "dlmod null $bench/null.so"
	pin snmpd
	await says_like '^[1-9]' walk_rate null user 0 50 50 2 || bail 'the null module does not answer'
	await says_like '^[1-9]' walk_rate ours user 0 50 50 2 || bail 'the module does not answer'
	await not says 0 module_reads || bail 'the module does not read'
}

module_table() {
	table_head "in snmpd, $1 rows, variables a second" ours null
	rates_row user-1 'user table, 1 column x 50' 0.9
	rates_row user-8 'user table, all 8 columns x 10' 0.9
	rates_row session-1 'session table, 1 column x 50' 0.9
	rates_row session-10 'session table, 10 columns x 10' 0.9
}

bench_module() {
	local door # for start_snmpd and write_conf
	export door

	need snmpd
	for size in $SIZES; do
		forget
		module_start "$size"
		for ((round = 1; round <= ROUNDS; round++)); do
			walk_round $round "$size"
		done
		module_table "$size"
		stop_snmpd
		stop_imsconnd
	done
}
