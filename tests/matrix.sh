# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # matrix.t and what it sources set them
# The cells of matrix.t, the same for every server; matrix_dovecot.sh and matrix_cyrus.sh have what
# differs between them:
#	set_up_server KIND, stop_server, run_server	it is there, with what this kind needs, and imsconn.conf
#	service_of KIND, count_of KIND		how many of that service three clients have
#	come_in KIND NAME USER			a client does; go KIND NAME USER: he leaves
#	row_of KIND NAME			his session's row, by what nobody else has
#	is_in_place KIND NAME			all is to be seen of it that there will be
#	seen KIND NAME				MECHANISM TO FROM, as the client and the server's configuration have it
#	came KIND NAME				between which tenths of a second he logged in
#	is_gone KIND NAME			as his client sees it; stays KIND NAME USER: it does not
#	slack KIND				by how many tenths of a second later a logout may be known
#	outlive KIND				what there is of bob after a restart of the server
export AWAIT_SECONDS=60
TZ=UTC0
export TZ

feed=$tmp/feed.sock

# shellcheck source=tests/matrix_dovecot.sh
. "$top_srcdir/tests/matrix_${matrix_server%-*}.sh"
need snmpd snmpget snmpset openssl

# come KIND NAME USER: he is in, and all that is to be known of him is known.
come() {
	come_in "$@" && await is_known "$1" "$2" || return 1
	row_of "$1" "$2" >"$tmp/$2.row"
}

is_known() {
	known_row=$(row_of "$1" "$2")
	[ -n "$known_row" ] && says recorded snmp_value "imscSessionLoginTimeSource.$known_row" &&
		is_in_place "$1" "$known_row"
}

# row_at PORT: the row of the client who has it.
row_at() {
	snmp_walk -Oqs imscSessionRemotePort | sed -n "s/^imscSessionRemotePort\\.\\([^ ]*\\) $1\$/\\1/p"
}

# shown ROW: what seen() tells, as SNMP does; there may be no mechanism. The command has no rows of POP.
shown() {
	echo "$(snmp_value "imscSessionAuthMech.$1" | grep -v 'No Such' | tr '[:upper:]' '[:lower:]') $(endpoint "$1" Local) $(endpoint "$1" Remote)"
}

# endpoint ROW END: address and port.
endpoint() {
	endpoint_port=$(snmp_value "imscSession$2Port.$1")
	endpoint_octets=$(snmp_value "imscSession$2Address.$1")
	[ -n "$endpoint_octets" ] || return
	# shellcheck disable=SC2086 # four words
	set -- $endpoint_octets
	printf '%d.%d.%d.%d:%s' "0x$1" "0x$2" "0x$3" "0x$4" "$endpoint_port"
}

# clock ROW: its login time as the command prints it.
clock() {
	date -u -d "@$(($(tenths "$(snmp_value "imscSessionLoginTime.$1")") / 10))" +%d/%b/%Y:%H:%M:%S
}

# client_came NAME: came() of a client that does nothing but log in.
client_came() {
	echo "$(($(event_time "$1" connected) / 100000)) $(($(event_time "$1" login) / 100000))"
}

# leave KIND NAME USER
leave() {
	date +%s%1N >"$tmp/$2.left"
	go "$@"
	date +%s%1N >>"$tmp/$2.left"
}

# client_is_gone NAME, client_stays KIND NAME
client_is_gone() {
	await log_has "$1" ' (closed|reset)'
}

client_stays() {
	not log_has "$2" ' (closed|reset)' && keeps_row "$1" "$2"
}

keeps_row() {
	says "$(cat "$tmp/$2.row")" row_of "$1" "$2"
}

# between_all VALUE LOW HIGH
between_all() {
	between "$2" "$1" "$3"
}

# ---- columns

cell_list() {
	come "$1" ann1 ann && come "$1" ann2 ann && come "$1" bob bob || return 1
	row=$(cat "$tmp/ann1.row")
	login=$(snmp_value "imscSessionLoginTime.$row")
	# shellcheck disable=SC2046 # two words
	between_all "$(tenths "$login")" $(came "$1" ann1) || return 1
	says "$(service_of "$1")" echo "${row%.*}" && says ann snmp_value "imscSessionUser.$row" &&
		says "$(count_of "$1")" snmp_value "imscServiceSessions.$(service_of "$1")" &&
		says 3 snmp_value imscServiceSessions.all &&
		says 2 snmp_value "imscUserSessions.\"ann\"" || return 1
	for name in ann1 ann2; do
		await says "$(seen "$1" $name)" shown "$(cat "$tmp/$name.row")" || return 1
		[ "$1" = pop3 ] || says_like "^ann +$(clock "$(cat "$tmp/$name.row")") +$(seen "$1" $name | sed 's/ /  */g') *\$" \
			util -c -s "$(service_of "$1")" || return 1
	done
}

# A fourth one comes and goes.
cell_access() {
	come "$1" carl carl || return 1
	case $(service_of "$1") in imap) column=Imap ;; pop3) column=Pop ;; *) column=Http ;; esac
	# shellcheck disable=SC2046 # two words
	between_all "$(tenths "$(snmp_value "imscUser${column}LastAccess.\"carl\"")")" $(came "$1" carl) || return 1
	leave "$1" carl carl && await says 0 snmp_value 'imscUserSessions."carl"' || return 1
	# shellcheck disable=SC2046 # two words
	between_all "$(tenths "$(snmp_value "imscUser${column}LastAccess.\"carl\"")")" \
		$(awk -v slack="$(slack "$1")" '{ printf "%.0f\n", $1 + slack * (NR == 2) }' "$tmp/carl.left") && says_like '^carl ' util -a -u carl
}

cell_kick_one() {
	row=$(cat "$tmp/ann1.row")
	snmp_set "imscSessionDisconnect.$row" i 1 && await says_like 'No Such Instance' snmp_get "imscSessionUser.$row" &&
		is_gone "$1" ann1 && stays "$1" ann2 ann && stays "$1" bob bob
}

cell_kick_user() {
	says 'Disconnected user ann: 1 connections.' util -k -u ann && is_gone "$1" ann2 &&
		await says 0 snmp_value 'imscUserSessions."ann"' && stays "$1" bob bob
}

cell_our_restart() {
	shown=$(snmp_value "imscSessionLoginTime.$(cat "$tmp/bob.row")")
	stop_imsconnd KILL
	serve && await says ok snmp_value imscCollectorStatus.0 && stays "$1" bob bob &&
		says "$shown" snmp_value "imscSessionLoginTime.$(cat "$tmp/bob.row")" &&
		says 1 snmp_value imscServiceSessions.all
}

cell_their_restart() {
	before=$(cat "$tmp/bob.row")
	stop_server
	outlive "$1" || return 1
	await says ok snmp_value imscCollectorStatus.0 && come "$1" dan dan || return 1
	[ "$(cat "$tmp/dan.row")" != "$before" ] && says 1 snmp_value 'imscUserSessions."dan"'
}

# end_with_it KIND: bob's session ends with the server, which comes back.
end_with_it() {
	await says 0 snmp_value imscServiceSessions.all && is_gone "$1" bob && run_server
}

# ---- all of them

serve() {
	start_imsconnd && { [ "$(conf_value socket)" = "$feed" ] || return 0; } && await is_listening "$feed"
}

set_up() {
	set_up_server "$1"
	serve
	await says ok snmp_value imscCollectorStatus.0
}

clear_site() {
	for client in ann1 ann2 bob carl dan; do
		stop "$client" || :
	done
	stop_imsconnd || :
	stop proxy || :
	stop_server || :
	rm -rf "$tmp/store"
}

ietf_mibs
start_snmpd
