#!/bin/sh
# SPDX-License-Identifier: ISC
# What contrib/cyrus ships for imapd.conf, in a real Cyrus IMAP: it is right, what it makes Cyrus tell is
# told, and nobody's login suffers from it, also where nobody listens.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpwalk openssl

event_socket=$cyrus_dir/events.sock
unix_socket=$cyrus_dir/conf/socket/imap
imaps_port=$(free_port)
mkdir -p "$cyrus_dir"
make_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$cyrus_dir/tls.key" \
		-out "$cyrus_dir/tls.crt" 2>/dev/null
}

# snippet EXPRESSION: the lines that are shipped, edited so, with the paths of this Cyrus.
snippet() {
	sed "$1; s,[^ ]*/imsconn/cyrus\\.sock\$,$event_socket," \
		"$top_builddir/contrib/cyrus/imsconn-imapd.conf" | grep -v '^ *\(#\|$\)'
}

# start_with LINES: a Cyrus with these at the end of its imapd.conf.
start_with() {
	write_cyrus_conf "tls_server_cert: $cyrus_dir/tls.crt" "tls_server_key: $cyrus_dir/tls.key"
	printf '%s\n' "$1" >>"$cyrus_dir/imapd.conf"
	run_cyrus
}

conf_lint() {
	cyrus_tool cyr_info -M "$cyrus_dir/cyrus.conf" conf-lint 2>&1
}

# at_socket USER: a login at the Unix socket; how it goes on behind it.
at_socket() {
	python3 - "$unix_socket" "$1" <<-'END'
		import socket, sys
		client = socket.socket(socket.AF_UNIX)
		client.settimeout(60)
		client.connect(sys.argv[1])
		lines = client.makefile("rwb", 0)
		lines.readline()
		lines.write(b"1 LOGIN %s pw\r\n" % sys.argv[2].encode())
		print(lines.readline().decode().split(" [")[0], end=", ")
		try:
		    lines.write(b"2 NOOP\r\n")
		    print(lines.readline().decode().strip() or "closed")
		except OSError:
		    print("closed")
	END
}

# told USER: the events that tell of him.
told() {
	grep -o "{.*\"user\":\"$1\".*}" "$tmp/receiver.log" || :
}

# tells_of USER: a login of him is told.
tells_of() {
	visit imap "$1" >/dev/null
	[ -n "$(told "$1")" ]
}

start_receiver() {
	rm -f "$event_socket"
	start receiver python3 -uc 'import os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
while True:
    print(receiver.recv(65536).decode(errors="backslashreplace").replace("\0", " "))' "$event_socket"
	await test -S "$event_socket"
}

# This host need not have Cyrus's user, whose entries of the journal are meant.
sed "s/^	log_file = .*/&\n	log_match = [ \"_UID=$cyrus_user\" ];/" "$top_srcdir/contrib/cyrus/imsconn.conf" \
	>"$tmp/example.conf"
ok 'the example for imsconnd is right' "$imsconnd" -C -f "$tmp/example.conf"
make_certificate
cyrus_services="imaps cmd=\"$cyrus_bin/imapd -s -C $cyrus_dir/imapd.conf\" listen=\"127.0.0.1:$imaps_port\"
		  imapunix cmd=\"$cyrus_bin/imapd -C $cyrus_dir/imapd.conf\" listen=\"$unix_socket\""
start_with "$(snippet 's/^#\(imaps_\)/\1/')"
start_receiver
make_inbox ann

is 'Cyrus finds no fault in it' "$(conf_lint)" ''
printf 'imap_event_group: access\n' >>"$cyrus_dir/imapd.conf"
is 'as it would, if there were one' "$(conf_lint)" 'imap_event_group: access'
ok 'a user is in by IMAP' visit imap ann
ok 'by POP' visit pop3 ann
ok 'by IMAP with TLS' visit imaps ann
ok 'and by HTTP' visit http ann
for service in imap pop3 imaps; do
	ok "the login by $service is told" await says_like \
		"\"event\":\"Login\",.*\"service\":\"$service\".*\"clientPort\":[0-9]+,.*\"vnd.cmu.sessionId\":" told ann
done
is 'that by HTTP is not' "$(told ann | grep -c '"service":"http')" 0
is 'at the Unix socket a user logs in' "$(at_socket bob)" '1 OK, 2 OK Completed'
is 'of whom nothing is told' "$(told bob)" ''
ok 'what a session has moved is in the log' await grep -q 'auditlog: traffic .*bytes_out=' "$tmp/cyrus-mail.log"
stop receiver
rm "$event_socket"
ietf_mibs
start_snmpd
cyrus_conf "cyrus.event_socket=$event_socket" "cyrus.event_group=$cyrus_group"
start_imsconnd
hold eve imap eve
ok 'imsconnd is told, with the name that the log has for the session' await says_like '^cyrus-[0-9]' \
	session_value eve StoreId
stop imsconnd KILL
ok 'when nobody listens, a user is in all the same' visit imap ann
rm -f "$event_socket"
ok 'nor has the socket to be there' visit imap ann
ok 'which the log tells' await grep -q 'NOTIFY(EVENT): unable to sendto() socket' "$tmp/cyrus-mail.log"

# ---- taken over while users are in

stop_cyrus
cyrus_prefork=1
start_with ''
start_receiver
hold cat imap cat idle
snippet '' >>"$cyrus_dir/imapd.conf"
ok 'before Cyrus is told to read it, nothing is told' visit imap dan
kill -HUP "$(pid_of cyrus)"
ok 'then every login is, also of processes that were ready' await tells_of dan
ok "nobody's session of IMAP ends" not log_has cat ' closed'
is 'as nothing was told before' "$(told dan | sed -n '1s/.*"event":"\([A-Za-z]*\)".*/\1/p')" Login

# ---- why each line has the name of a service

stop_cyrus
start_with "$(snippet 's/^imap_//; /^pop3_/d')"
start_receiver
ok 'without it, the login over TCP is told' visit imap ann
like 'but at the Unix socket it kills the process' "$(at_socket bob)" '^1 OK, (closed|\* BYE Fatal error)'
ok 'as the log tells' await grep -q 'assertion failed.*filled_params' "$tmp/cyrus-mail.log"
done_testing
