# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034,SC2154 # matrix.t and what it sources set and use them
# Dovecot for matrix.sh, in all the ways in which it may serve a client.

dovecot_version=${matrix_server#*-}
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/proxy.sh"
need_dovecot
make_tls
tell_ports=1
behind=127.0.0.7 # webmail, or a client of the proxy

ask() {
	python3 "$top_srcdir/tests/feed_client.py" ask "$feed" "$@"
}

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

set_up_server() {
	start_dovecot "$(lines_for "$1")"
	set -- "$1" disconnect.allow_snmp=true "dovecot.doveadm=$doveadm" "feed.socket=$feed" feed.group=
	if [ "$1" = proxied ]; then
		write_proxy_conf
		start_proxy
	else
		set -- "$@" "webmail.hosts=[ \"$behind\" ]" webmail.session_prefix=web-
	fi
	shift
	write_conf "$@"
}

run_server() {
	run_dovecot
}

stop_server() {
	stop_dovecot
}

service_of() {
	case $1 in pop3) echo pop3 ;; webmail) echo http ;; *) echo imap ;; esac
}

count_of() {
	echo 3
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

come_in() {
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
}

is_in_place() {
	[ "$1" != hibernated ] || says imap-hibernate cat "/proc/$(snmp_value "imscSessionProcess.$2")/comm"
}

row_of() {
	case $1 in
	webmail) row_at "$(browser_port "$2")" ;;
	*) row_at "$(event "$2" connected)" ;;
	esac
}

seen() {
	case $1 in
	webmail) echo "plain 127.0.0.1:$imap_port $(browser "$2"):$(browser_port "$2")" ;;
	proxied) echo "plain 127.0.0.1:$proxy_imap $behind:$(event "$2" connected)" ;;
	imaps | pop3) echo "plain 127.0.0.1:$(port_of "$1") 127.0.0.1:$(event "$2" connected)" ;;
	*) echo "plain 127.0.0.1:$imap_port 127.0.0.1:$(event "$2" connected)" ;;
	esac
}

came() {
	case $1 in
	webmail) cut -c 1-11 "$tmp/$2.before" "$tmp/$2.after" ;;
	*) client_came "$2" ;;
	esac
}

go() {
	case $1 in
	webmail) ask "Logout $3 $2" >>"$tmp/$2.told" ;;
	# What a client says in IDLE takes the session back to a process of its own.
	*) tell "$2" logout && collect "$2" ;;
	esac
}

is_gone() {
	case $1 in
	webmail) says disconnected ask "KeepAlive ann $2" ;;
	*) client_is_gone "$2" ;;
	esac
}

stays() {
	case $1 in
	webmail) says ok ask "KeepAlive $3 $2" && keeps_row "$1" "$2" ;;
	*) client_stays "$1" "$2" ;;
	esac
}

# Where its process serves others, or is not known yet, only a poll tells.
slack() {
	case $1 in hibernated | shared) echo 100 ;; *) echo 15 ;; esac
}

# A session of webmail outlives it: its user is still there, and his next click finds a new connection.
outlive() {
	case $1 in
	webmail) run_server && click bob bob && stays "$1" bob bob ;;
	*) end_with_it "$1" ;;
	esac
}
