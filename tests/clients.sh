# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh, and what starts the servers, set them
# Real clients of a mail server, whichever it is. dovecot.sh and cyrus.sh source it.

mail_client() {
	python3 "$top_srcdir/tests/mail_client.py" "$@"
}

port_of() {
	case $1 in
	imap) echo "$imap_port" ;;
	imaps) echo "$imaps_port" ;;
	pop3s) echo "$pop3s_port" ;;
	http) echo "$http_port" ;;
	https) echo "$https_port" ;;
	*) echo "$pop3_port" ;;
	esac
}

# make_certificate FOLDER: tls.crt and tls.key in it.
make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
		-keyout "$1/tls.key" -out "$1/tls.crt" >"$tmp/openssl.log" 2>&1 || bail 'cannot make a certificate'
}

# hold NAME SERVICE USER [OPTION]...: a client that logs in and stays; returns when it is in.
# Its events are in $tmp/NAME.log; tell() steers it.
hold() {
	hold_name=$1
	hold_service=$2
	hold_user=$3
	shift 3
	rm -f "$tmp/$hold_name.ctl" "$tmp/$hold_name.log"
	mkfifo "$tmp/$hold_name.ctl"
	start "$hold_name" python3 "$top_srcdir/tests/mail_client.py" hold "$hold_service" \
		"$(port_of "$hold_service")" "$hold_user" pw "control=$tmp/$hold_name.ctl" "$@"
	await log_has "$hold_name" ' (ready|refused|closed)' && log_has "$hold_name" ' ready'
}

# tell NAME COMMAND: logout, close, finish, or "send LINE".
tell() {
	echo "$2" >"$tmp/$1.ctl"
}

# event NAME EVENT: what stands behind the first such event of a client; event_time: when, in
# microseconds since the epoch.
event() {
	sed -n "s/^[0-9]* $2 *//p" "$tmp/$1.log" | head -n 1
}

event_time() {
	sed -n "s/^\\([0-9]*\\) $2.*/\\1/p" "$tmp/$1.log" | head -n 1
}

# visit SERVICE USER [OPTION]...: logs in and out again.
visit() {
	visit_service=$1
	visit_user=$2
	shift 2
	mail_client visit "$visit_service" "$(port_of "$visit_service")" "$visit_user" pw "$@"
}
