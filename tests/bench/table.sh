# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Samples of two sides, their medians, and the table. Part of run.

missed=0 # goals

goals_met() {
	[ "$missed" = 0 ]
}

# keep CASE SIDE NUMBER: one sample.
keep() {
	echo "$3" >>"$tmp/sample.$1.$2"
}

forget() {
	rm -f "$tmp"/sample.*
}

# The median of the numbers on stdin.
median() {
	sort -n | awk '{ v[NR] = $1 } END { if (NR) printf "%.10g\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

median_of() {
	median <"$tmp/sample.$1.$2"
}

# The median of the rounds' own ratios FIRST / SECOND, which noise of other work leaves alone.
ratio_of() {
	paste "$tmp/sample.$1.$2" "$tmp/sample.$1.$3" | awk '$2 > 0 { print $1 / $2 }' | median
}

# A number with three digits or more, and thousands as k.
shown() {
	awk -v n="$1" 'BEGIN {
		if (n >= 100000) printf "%.0fk", n / 1000
		else if (n >= 100) printf "%.0f", n
		else printf "%.3g", n
	}'
}

# head TITLE OURS OTHER
table_head() {
	printf '\n%-42s %10s %10s %7s %9s\n' "$1" "$2" "$3" ratio wanted
}

# row LABEL OURS OTHER RATIO WANTED: WANTED is "" where nothing is.
table_row() {
	local verdict=

	if [ "$5" ]; then
		verdict=ok
		awk -v r="$4" -v w="$5" 'BEGIN { exit !(r >= w) }' || { verdict=MISSED && missed=1; }
	fi
	printf '%-42s %10s %10s %7.2f %9s %s\n' "$1" "$(shown "$2")" "$(shown "$3")" "$4" \
		"${5:+>= $5}" "$verdict"
}

# rates CASE LABEL WANTED: more is better. times: less is better; the ratio is how many
# times as fast ours is.
rates_row() {
	table_row "$2" "$(median_of "$1" ours)" "$(median_of "$1" other)" "$(ratio_of "$1" ours other)" "$3"
}

times_row() {
	table_row "$2" "$(median_of "$1" ours)" "$(median_of "$1" other)" "$(ratio_of "$1" other ours)" "$3"
}

# fact LABEL VALUE [LIMIT]: a number alone.
fact_row() {
	local verdict=

	if [ "${3:-}" ]; then
		verdict=ok
		awk -v v="$2" -v l="$3" 'BEGIN { exit !(v < l) }' || { verdict=MISSED && missed=1; }
	fi
	printf '%-42s %10s %10s %7s %9s %s\n' "$1" "$(shown "$2")" '' '' "${3:+< $3}" "$verdict"
}
