# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# The command's two lists, against Dovecot's list of sessions and a dump of the whole store.
# Part of run.

cli_round() {
	timed connected ours util -c
	timed doveadm ours list_with_doveadm
	timed access ours util -a
	timed dump ours mdb_dump -a "$tmp/store"
}

# against LABEL OURS OTHER: as if the two were the sides of one case.
against() {
	ln -sf "sample.$2.ours" "$tmp/sample.$2-$3.ours"
	ln -sf "sample.$3.ours" "$tmp/sample.$2-$3.other"
	times_row "$2-$3" "$1" 1
}

bench_cli() {
	forget
	site_start
	for ((round = 1; round <= (ROUNDS + 1) / 2; round++)); do
		cli_round
	done
	table_head "$SESSIONS sessions, $USERS users, seconds" ours other
	against 'imsconnutil -c, doveadm who -1' connected doveadm
	against 'imsconnutil -c, mdb_dump -a' connected dump
	against 'imsconnutil -a, doveadm who -1' access doveadm
	against 'imsconnutil -a, mdb_dump -a' access dump
}
