# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034,SC2154 # matrix.t and what it sources set and use them
# Cyrus for matrix.sh, by all of its services.

cyrus_version=${matrix_server#*-}
. "$top_srcdir/tests/cyrus.sh"
need_cyrus
cyrus_tls

# Who comes to a calendar has to have an INBOX.
set_up_server() {
	start_cyrus "$(cyrus_tls_lines)"
	make_inbox ann bob carl dan
	# Only Cyrus's log tells mechanisms.
	cyrus_conf disconnect.allow_snmp=true "cyrus.log_file=$tmp/cyrus-mail.log"
}

run_server() {
	run_cyrus
}

stop_server() {
	stop_cyrus
}

service_of() {
	case $1 in pop3 | http) echo "$1" ;; *) echo imap ;; esac
}

# A mailbox has one client of POP: who comes a second time does so by IMAP.
transport_of() {
	case $1:$2 in
	pop3:ann2) echo imap ;;
	imaps:* | pop3:* | http:*) echo "$1" ;;
	*) echo imap ;;
	esac
}

count_of() {
	case $1 in pop3) echo 2 ;; *) echo 3 ;; esac
}

come_in() {
	# shellcheck disable=SC2046 # none, or one
	hold "$2" "$(transport_of "$1" "$2")" "$3" $([ "$1" != idle ] || echo idle)
}

is_in_place() {
	:
}

row_of() {
	row_at "$(event "$2" connected)"
}

seen() {
	echo "$(mechanism_of "$1" "$2") 127.0.0.1:$(port_of "$(transport_of "$1" "$2")") 127.0.0.1:$(event "$2" connected)"
}

mechanism_of() {
	case $(transport_of "$1" "$2") in http) echo basic ;; *) echo plain ;; esac
}

# Its file tells of a login when the client has its answer; how soon is up to the host.
came() {
	client_came "$2" | awk '{ print $1, sprintf("%.0f", $2 + 10) }'
}

go() {
	tell "$2" logout && collect "$2"
}

is_gone() {
	client_is_gone "$2"
}

stays() {
	client_stays "$1" "$2"
}

slack() {
	echo 15
}

outlive() {
	end_with_it "$1"
}
