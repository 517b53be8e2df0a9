#!/bin/sh
# SPDX-License-Identifier: ISC
# A real Cyrus IMAP whose log goes to systemd's journal: logins of all services, and who writes there.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"
# shellcheck source=tests/journald.sh
. "$top_srcdir/tests/journald.sh"

need_cyrus
need snmpd snmpget snmpwalk
own_mounts

# client_tenths NAME EVENT: when a client saw it, in tenths of a second.
client_tenths() {
	echo $(($(event_time "$1" "$2") / 100000))
}

known() {
	util -a | grep -q "^$1 "
}

recorded() {
	says recorded session_value "$1" LoginTimeSource
}

bob_left() {
	between "$(client_tenths bob told)" "$(tenths "$(snmp_value 'imscUserPopLastAccess."bob"')")" \
		$(($(client_tenths bob logout) + 10))
}

# claim COMMAND...: COMMAND logs that victim logged in, as Cyrus would.
claim() {
	"$@" -t 'cyrus/imap' -p mail.notice \
		'login: [192.0.2.1] victim plaintext User logged in SESSIONID=<cyrus-1-1999999999-1-1>'
}

make_journald
start_journald
start_snmpd
ietf_mibs
cyrus_syslog=journald
start_cyrus 'auditlog: yes'
matches='"_COMM=imapd", "_COMM=pop3d", "_COMM=httpd"'
cyrus_conf cyrus.log_file=journal "cyrus.log_match=[ $matches, \"_UID=$cyrus_user\" ]"
visit imap old >/dev/null
start_imsconnd
ok 'who came before the journal was first read is on record' await known old
make_inbox carl

hold ann imap ann mech=login
hold bob pop3 bob
hold carl http carl
for user in ann bob carl; do
	ok "$user's login is told by the journal" await recorded "$user"
	ok 'exactly' between "$(client_tenths "$user" connected)" \
		"$(tenths "$(session_value "$user" LoginTime)")" $(($(client_tenths "$user" login) + 10))
done
ok 'with the mechanism of IMAP' await says plaintext session_value ann AuthMech
ok 'of POP' await says PLAIN session_value bob AuthMech
ok 'and of HTTP' await says Basic session_value carl AuthMech
tell bob logout
collect bob
ok 'a logout is recorded' await bob_left

ok 'a user of the host claims a login' claim setpriv --reuid games --clear-groups logger
ok 'so does root' claim logger
visit pop3 honest >/dev/null
ok 'who comes after that is known' await known honest
is 'nobody is logged in by them' "$(known victim && echo known)" ''
stop_imsconnd
visit pop3 dan >/dev/null
start_imsconnd
ok 'who came meanwhile is on record' await known dan
ok 'and who stayed still has the time of the journal' await recorded ann
stop_imsconnd

# refused MATCH: what imsconnd says of a configuration with it.
refused() {
	cyrus_conf cyrus.log_file=journal "cyrus.log_match=[ $1 ]"
	"$imsconnd" -f "$tmp/imsconn.conf" 2>&1
	echo "status $?"
}

is 'what lets everybody write is refused' "$(refused "$matches")" \
	'imsconnd: error: log_match lets everybody on this host write the log; allowed: with _UID=...
status 78'
is 'so is a user whom this host does not have' "$(refused "$matches, \"_UID=nosuchuser\"")" \
	'imsconnd: error: log_match has "_UID=nosuchuser", and this host has no such user
status 78'
done_testing
