# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034,SC2154 # what is set and used here belongs to contrib/quickstart
# The quick start with Cyrus IMAP, as the tests have it: Debian's packages of it cannot be installed
# beside those of another IMAP server, so they are fetched and unpacked, and see nothing else.

server_name='Cyrus IMAP'
server_packages='util-linux procps'
password=pw
# Cyrus lets its own user do everything that imsconnd is for.
cyrus_user=$imsconn
cyrus_group=$imsconn
imsconn_rights=
imsconn_groups=--clear-groups

top_srcdir=$top
need() {
	for command in "$@"; do
		command -v "$command" >/dev/null || fail "$command is not installed"
	done
}
need_root() {
	:
}
skip_all() {
	fail "$*"
}
bail() {
	fail "$*"
}
# shellcheck source=tests/cyrus.sh
. "$top/tests/cyrus.sh"

prepare_server() {
	step "Fetching Cyrus (kept in ${XDG_CACHE_HOME:-~/.cache}/imsconn for the next time)" need_cyrus
	echo
	inside_root=$("$top/tests/debian" "cyrus-$cyrus_version")
	cyrus_tools
	snippet=$tmp/root/share/doc/imsconn/examples/cyrus/imsconn-imapd.conf
	write_cyrus_conf
	grep -v '^ *#' "$snippet" | grep . >>"$cyrus_dir/imapd.conf"
}

server_keys() {
	cat <<-END
		backend = "cyrus";
		cyrus = {
		  proc_path = "$cyrus_proc";
		  pid_file = "$cyrus_dir/master.pid";
		  event_socket = "$tmp/run/imsconn/cyrus.sock";
		  event_group = "$cyrus_group";
		  log_file = "$tmp/cyrus-mail.log";
		  users_command = [ "$tmp/tools/ctl_mboxlist", "-d" ];
		};
	END
}

start_server() {
	run_cyrus
}

server_answers() {
	cyrus_answers
}

tell_configuration() {
	note "All three are private, on 127.0.0.1: Cyrus at port $imap_port (IMAP), $pop3_port (POP) and" \
		"$http_port (CalDAV), snmpd at $snmp_port. Cyrus's configuration has these lines of ours:"
	show "grep -v '^ *#' $snippet | grep ."
}

tell_rights() {
	note "imsconnd is not root: it is the user that Cyrus is, $imsconn here, and needs no other right:"
}

come() {
	note 'Real clients: ann is at two devices by IMAP, waiting for mail, and at her calendar by' \
		'CalDAV; bob fetches his mail by POP.'
	client phone imap ann idle
	client desk imap ann idle
	client calendar http ann
	client bob pop3 bob
}

sees_everyone() {
	says 2 snmpget -OqvU "$agent" imscServiceSessions.imap &&
		says 1 snmpget -OqvU "$agent" imscServiceSessions.pop3 &&
		says_like '^[1-9]' snmpget -OqvU "$agent" imscServiceSessions.http
}

tell_end() {
	await grep -q ' closed' "$tmp/calendar.log" || fail 'her calendar is still connected'
	note 'What her clients saw, which is the end of their connections (microseconds since 1970):'
	show "grep ' closed' $tmp/phone.log $tmp/desk.log $tmp/calendar.log"
}
