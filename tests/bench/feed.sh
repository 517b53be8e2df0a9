# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Logins acknowledged by the dict server, against a plain loop that writes the same into a
# store with as many logins a commit; and what the same generator gets from a server that keeps
# nothing. Part of run.

feed_users=100000 # on record already
feed_logins=8000  # of them, a sample; each has a living process

# A case: name, options of the generator, what it is.
feed_cases=(
	'feed-16|-c 16|16 at a time, a connection each'
	'feed-64|-c 64|64 at a time, a connection each'
	'feed-500|-c 500|500 at a time, a connection each'
	'feed-kept|-k -c 64|64 connections that stay'
)

# A fresh store of the users, with nothing left to be written to the disk.
feed_store() {
	rm -rf "${tmp:?}/$1"
	cp -r "$tmp/base" "$tmp/$1"
	sync "$tmp/$1"/*
}

# feed_sample CASE OPTIONS: ours, then the plain loop with the commits it had.
feed_sample() {
	local name=$1 result

	feed_store store
	feed_store plain
	start_imsconnd
	pin imsconnd 0,1
	# shellcheck disable=SC2086 # options are words
	result=$("$bench/feed" $2 "$tmp/store" "$dict_socket" "$feed_logins" "$feed_users") ||
		bail 'feed failed'
	stop_imsconnd
	# shellcheck disable=SC2086 # logins, microseconds, commits, lost
	set -- $result
	[ "$4" = 0 ] || bail "$4 acknowledged logins are not in the store"
	keep "$name" ours $(($1 * 1000000 / $2))
	keep "$name" batch $((($1 + $3 / 2) / $3))
	result=$("$bench/plain" "$tmp/plain" "$feed_logins" "$feed_users" \
		"$((($1 + $3 / 2) / $3))") || bail 'plain failed'
	# shellcheck disable=SC2086 # logins, microseconds
	set -- $result
	keep "$name" other $(($1 * 1000000 / $2))
}

# forget_sample CASE OPTIONS: the same logins, to nobody who keeps them.
forget_sample() {
	local name=$1 result

	rm -f "$tmp/forget.sock"
	start forget "$bench/forget" "$tmp/forget.sock"
	await is_listening "$tmp/forget.sock" || bail 'forget does not listen'
	# shellcheck disable=SC2086 # options are words
	result=$("$bench/feed" $2 "$tmp/base" "$tmp/forget.sock" "$feed_logins" "$feed_users") ||
		bail 'feed failed'
	stop forget || :
	# shellcheck disable=SC2086 # logins, microseconds
	set -- $result
	keep "$name" nothing $(($1 * 1000000 / $2))
}

bench_feed() {
	local name options what

	forget
	mkdir -p "$tmp/base"
	"$bench/fill" "$tmp/base" "$feed_users" 0 imap || bail 'fill failed'
	# Nothing to poll, so that all commits are of logins.
	write_conf collector.poll_seconds=3600 store.map_gib=8 agentx.enable=false \
		dovecot.dict_connections=2000
	for ((round = 1; round <= (ROUNDS + 1) / 2; round++)); do
		for case in "${feed_cases[@]}"; do
			IFS='|' read -r name options what <<<"$case"
			feed_sample "$name" "$options"
			[ "$name" = feed-kept ] || forget_sample "$name" "$options"
		done
	done
	table_head 'logins a second, durable; none lost' ours plain
	for case in "${feed_cases[@]}"; do
		IFS='|' read -r name options what <<<"$case"
		rates_row "$name" "$what" 0.7
		printf '%-42s %10s\n' '  logins a commit' "$(shown "$(median_of "$name" batch)")"
		[ "$name" = feed-kept ] || printf '%-42s %10s %10s %7.2f\n' \
			'  a server that keeps nothing, plain' "$(shown "$(median_of "$name" nothing)")" \
			"$(shown "$(median_of "$name" other)")" "$(ratio_of "$name" nothing other)"
	done
}
