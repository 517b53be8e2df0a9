#!/bin/sh
# SPDX-License-Identifier: ISC
# Every kind of session of every mail server, and all that can be known and done of it: a table of which each
# cell is a test, with real servers and clients.

servers='dovecot-2.3 dovecot-2.4 cyrus-3.6 cyrus-3.10'
columns='list access kick_one kick_user our_restart their_restart'

# kinds_of SERVER
kinds_of() {
	case $1 in
	dovecot*) echo imap imaps pop3 hibernated shared proxied webmail ;;
	cyrus*) echo imap idle imaps pop3 http ;;
	esac
}

. "${top_srcdir:-.}/tests/lib.sh"

# number: TAP of several scripts as that of one.
number() {
	awk '/^(not )?ok [0-9]+ - / { sub(/ok [0-9]+/, "ok " ++n) }
		!/^1\.\.[0-9]+$/ { print; fflush() }
		END { print "1.." n }'
}

print_table() {
	{
		echo "server session $columns" | tr _ -
		sed 's/^\([^ ]*\) \([^ ]*\) [^ ]* \(.*\)/\1 \2 \3/' "$1" | awk '
			$1 " " $2 != row { if (row) print row cells; row = $1 " " $2; cells = "" }
			{ cells = cells " " $3 }
			END { print row cells }'
	} | column -t | sed 's/^/# /'
}

# ---- one server

if [ -n "${matrix_server:-}" ]; then
	# shellcheck source=tests/matrix.sh
	. "$top_srcdir/tests/matrix.sh"
	for kind in $(kinds_of "$matrix_server"); do
		set_up "$kind"
		for column in $columns; do
			cell=no
			ok "$matrix_server, $kind: $column" "cell_$column" "$kind" && cell=yes
			echo "$matrix_server $kind $column $cell" >>"${matrix_cells:-/dev/null}"
		done
		clear_site
	done
	done_testing
	exit
fi

# ---- all of them at the same time, since each waits most of it, and the table

for server in $servers; do
	start "$server" env matrix_server="$server" matrix_cells="$tmp/$server.cells" "$0"
done
for server in $servers; do
	collect "$server" || :
	cat "$tmp/$server.log"
	rm -f "$tmp/$server.log"
done >"$tmp/all"
cat "$tmp"/*.cells >/dev/null || bail 'no server was tried'
cells=0
for server in $servers; do
	cat "$tmp/$server.cells"
	# shellcheck disable=SC2046,SC2086 # lists of words
	set -- $(for kind in $(kinds_of "$server"); do echo $columns; done)
	cells=$((cells + $#))
done >"$tmp/cells"
print_table "$tmp/cells" >>"$tmp/all"
number <"$tmp/all"
[ "$(grep -c ' yes$' "$tmp/cells")" = "$cells" ]
