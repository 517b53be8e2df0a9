#!/bin/sh
# SPDX-License-Identifier: ISC
# Every kind of session of every Dovecot, and all that can be known and done of it: a table of which each
# cell is a test, with real servers and clients.

kinds='imap imaps pop3 hibernated shared proxied webmail'
columns='list access kick_one kick_user our_restart their_restart'

. "${top_srcdir:-.}/tests/lib.sh"

# ---- both versions, one after the other, and the table

# number: TAP of several scripts as that of one.
number() {
	awk '/^(not )?ok [0-9]+ - / { sub(/ok [0-9]+/, "ok " ++n) }
		!/^1\.\.[0-9]+$/ { print; fflush() }
		END { print "1.." n }'
}

print_table() {
	{
		echo "Dovecot session $columns" | tr _ -
		sed 's/^\([^ ]*\) \([^ ]*\) [^ ]* \(.*\)/\1 \2 \3/' "$1" | awk '
			$1 " " $2 != row { if (row) print row cells; row = $1 " " $2; cells = "" }
			{ cells = cells " " $3 }
			END { print row cells }'
	} | column -t | sed 's/^/# /'
}

if [ -z "${matrix_cells:-}" ]; then
	matrix_cells=$tmp/cells
	export matrix_cells
	: >"$matrix_cells"
	{
		for version in 2.3 2.4; do

			env dovecot_version="$version" "$0" || :
		done
		print_table "$matrix_cells"
	} | number
	# shellcheck disable=SC2086 # lists of words
	set -- $kinds
	rows=$#
	# shellcheck disable=SC2086 # lists of words
	set -- $columns
	[ "$(grep -c ' yes$' "$matrix_cells")" = $((2 * rows * $#)) ]
	exit
fi

# ---- one version

. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/proxy.sh"
need_dovecot
need snmpd snmpget snmpset openssl
AWAIT_SECONDS=60
TZ=UTC0
export TZ

feed=$tmp/feed.sock
behind=127.0.0.7 # webmail, or a client of the proxy

ask() {
	python3 "$top_srcdir/tests/feed_client.py" ask "$feed" "$@"
}

# ---- kinds: their configuration, how a client comes, and what is to be seen of him

# lines_for KIND: for start_dovecot.
lines_for() {
	case $1 in
	imaps) tls_lines ;;
	hibernated) hibernation 1 ;;
	shared) shared_processes ;;
	proxied) echo 'login_trusted_networks = 127.0.0.1' ;;
	webmail) echo "login_trusted_networks = $behind" ;;
	esac
}

service_of() {
	case $1 in pop3) echo pop3 ;; webmail) echo http ;; *) echo imap ;; esac
}

# browser NAME; browser_port NAME: where whoever sits there comes from.
browser() {
	case $1 in ann1) echo 203.0.113.1 ;; ann2) echo 203.0.113.2 ;; *) echo 203.0.113.3 ;; esac
}

browser_port() {
	case $1 in ann1) echo 4241 ;; ann2) echo 4242 ;; bob) echo 4243 ;; *) echo 4244 ;; esac
}

# click NAME USER: webmail's connection, which is over at once.
click() {
	visit imap "$2" "from=$behind" "id=x-originating-ip:$(browser "$1"),x-session-id:web-$1" >"$tmp/$1.click"
}

# come KIND NAME USER: he is in, and all that is to be known of him is known.
come() {
	case $1 in
	webmail)
		date +%s%6N >"$tmp/$2.before"
		ask "Login $3 $2 clientIP=$(browser "$2") clientPort=$(browser_port "$2")" >"$tmp/$2.told"
		click "$2" "$3"
		date +%s%6N >"$tmp/$2.after"
		;;
	proxied) hold_through "$2" imap "$3" "from=$behind" ;;
	hibernated) hold "$2" imap "$3" idle ;;
	imaps | pop3) hold "$2" "$1" "$3" ;;
	*) hold "$2" imap "$3" ;;
	esac
	await is_known "$1" "$2" || return 1
	row_of "$1" "$2" >"$tmp/$2.row"
}

is_known() {
	known_row=$(row_of "$1" "$2")
	[ -n "$known_row" ] && says recorded snmp_value "imscSessionLoginTimeSource.$known_row" || return 1
	[ "$1" != hibernated ] || says imap-hibernate cat "/proc/$(snmp_value "imscSessionProcess.$known_row")/comm"
}

# row_of KIND NAME: the row of the client's session, by what nobody else has.
row_of() {
	case $1 in
	webmail) row_port=$(browser_port "$2") ;;
	*) row_port=$(event "$2" connected) ;;
	esac
	snmp_walk -Oqs imscSessionRemotePort | sed -n "s/^imscSessionRemotePort\\.\\([^ ]*\\) $row_port\$/\\1/p"
}

# seen KIND NAME: MECHANISM TO FROM, as the client and the servers' configuration have it.
seen() {
	case $1 in
	webmail) echo "plain 127.0.0.1:$imap_port $(browser "$2"):$(browser_port "$2")" ;;
	proxied) echo "plain 127.0.0.1:$proxy_imap $behind:$(event "$2" connected)" ;;
	imaps | pop3) echo "plain 127.0.0.1:$(port_of "$1") 127.0.0.1:$(event "$2" connected)" ;;
	*) echo "plain 127.0.0.1:$imap_port 127.0.0.1:$(event "$2" connected)" ;;
	esac
}

# shown ROW: the same as SNMP tells it. The command has no rows of POP.
shown() {
	echo "$(snmp_value "imscSessionAuthMech.$1" | tr '[:upper:]' '[:lower:]') $(endpoint "$1" Local) $(endpoint "$1" Remote)"
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

# came KIND NAME: between which tenths of a second he logged in.
came() {
	case $1 in
	webmail) cut -c 1-11 "$tmp/$2.before" "$tmp/$2.after" ;;
	*) echo "$(($(event_time "$2" connected) / 100000)) $(($(event_time "$2" login) / 100000))" ;;
	esac
}

# leave KIND NAME USER
leave() {
	date +%s%1N >"$tmp/$2.left"
	case $1 in
	webmail) ask "Logout $3 $2" >>"$tmp/$2.told" ;;
	# What a client says in IDLE takes the session back to a process of its own.
	*) tell "$2" logout && collect "$2" ;;
	esac
	date +%s%1N >>"$tmp/$2.left"
}

# is_gone KIND NAME: as his client sees it; stays KIND NAME USER: it does not.
is_gone() {
	case $1 in
	webmail) says disconnected ask "KeepAlive ann $2" ;;
	*) await log_has "$2" ' (closed|reset)' ;;
	esac
}

stays() {
	case $1 in
	webmail) says ok ask "KeepAlive $3 $2" ;;
	*) not log_has "$2" ' (closed|reset)' ;;
	esac && says "$(cat "$tmp/$2.row")" row_of "$1" "$2"
}

# ---- columns

# between_all VALUE LOW HIGH
between_all() {
	between "$2" "$1" "$3"
}

cell_list() {
	come "$1" ann1 ann && come "$1" ann2 ann && come "$1" bob bob || return 1
	row=$(cat "$tmp/ann1.row")
	login=$(snmp_value "imscSessionLoginTime.$row")
	# shellcheck disable=SC2046 # two words
	between_all "$(tenths "$login")" $(came "$1" ann1) || return 1
	says "$(service_of "$1")" echo "${row%.*}" && says ann snmp_value "imscSessionUser.$row" &&
		says 3 snmp_value "imscServiceSessions.$(service_of "$1")" &&
		says 3 snmp_value imscServiceSessions.all &&
		says 2 snmp_value "imscUserSessions.\"ann\"" || return 1
	for name in ann1 ann2; do
		says "$(seen "$1" $name)" shown "$(cat "$tmp/$name.row")" || return 1
		[ "$1" = pop3 ] || says_like "^ann +$(clock "$(cat "$tmp/$name.row")") +$(seen "$1" $name | sed 's/ /  */g') *\$" \
			util -c -s "$(service_of "$1")" || return 1
	done
}

# slack KIND: by how many tenths of a second later a logout may be known. Where its process serves
# others, or is not known yet, only a poll tells.
slack() {
	case $1 in hibernated | shared) echo 100 ;; *) echo 15 ;; esac
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

# A session of webmail outlives it: its user is still there, and his next click finds a new connection.
cell_their_restart() {
	before=$(cat "$tmp/bob.row")
	stop_dovecot
	case $1 in
	webmail) run_dovecot && click bob bob && stays "$1" bob bob || return 1 ;;
	*)
		await says 0 snmp_value imscServiceSessions.all && is_gone "$1" bob || return 1
		run_dovecot
		;;
	esac
	await says ok snmp_value imscCollectorStatus.0 && come "$1" dan dan || return 1
	[ "$(cat "$tmp/dan.row")" != "$before" ] && says 1 snmp_value 'imscUserSessions."dan"'
}

# ---- all of them

serve() {
	start_imsconnd && await is_listening "$feed"
}

clear_site() {
	for client in ann1 ann2 bob carl dan; do
		stop "$client" || :
	done
	stop_imsconnd || :
	stop proxy || :
	stop_dovecot || :
	rm -rf "$tmp/store"
}

set_up() {
	start_dovecot "$(lines_for "$1")"
	if [ "$1" = proxied ]; then
		write_proxy_conf
		start_proxy
	fi
	write_conf disconnect.allow_snmp=true "dovecot.doveadm=$doveadm" "feed.socket=$feed" feed.group= \
		"webmail.hosts=[ \"$behind\" ]" webmail.session_prefix=web-
	[ "$1" != proxied ] || write_conf disconnect.allow_snmp=true "dovecot.doveadm=$doveadm" "feed.socket=$feed" feed.group=
	serve
	await says ok snmp_value imscCollectorStatus.0
}

ietf_mibs
start_snmpd
make_tls
tell_ports=1
for kind in $kinds; do
	set_up "$kind"
	for column in $columns; do
		cell=no
		ok "Dovecot $dovecot_version, $kind: $column" "cell_$column" "$kind" && cell=yes
		echo "$dovecot_version $kind $column $cell" >>"$matrix_cells"
	done
	clear_site
done
done_testing
