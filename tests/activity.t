#!/bin/sh
# SPDX-License-Identifier: ISC
# What sessions do: since when they are idle, and what they transfer, by the kernel, with a real
# Dovecot and imsconnd as a plain user; and what those that ended transferred, by Dovecot's log.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights '' adm
need snmpd snmpget openssl
AWAIT_SECONDS=40

mail_log=$tmp/dovecot-mail.log
fixture=$top_builddir/tests/store_fixture
[ -x "$fixture" ] || make -s -C "$top_builddir" tests/store_fixture >&2 || bail 'cannot build store_fixture'
none='No Such Instance'
size=300000

# write_to USER: a message of $size octets in his INBOX.
write_to() {
	box=$dovecot_dir/mail/$(printf %s "$1" | md5sum | cut -d ' ' -f 1)/mail
	mkdir -p "$box/cur" "$box/new" "$box/tmp"
	{
		printf 'Subject: of a known size\r\n\r\n'
		yes 'And so on, and so on.' | sed 's/$/\r/'
	} 2>/dev/null | head -c "$size" >"$box/cur/1.M1P1.host:2,S"
	chown -R nobody:nogroup "${box%/mail}"
}

# has USER COLUMN LOW [HIGH]: its value is one of these.
has() {
	value=$(session_value "$1" "$2")
	echo "it has $value"
	case $value in
	'' | *[!0-9]*) return 1 ;;
	esac
	[ "$value" -ge "$3" ] && [ "$value" -le "${4:-$value}" ]
}

# tells_nothing USER COLUMN...
tells_nothing() {
	user=$1
	shift
	for column in "$@"; do
		says_like "$none" session_value "$user" "$column" || return 1
	done
}

# logged NAME: the sum of what Dovecot logged as "NAME=" at the ends of sessions of IMAP.
logged() {
	sed -n "s/.* imap\\(-hibernate\\)\\{0,1\\}(.* $1=\\([0-9]*\\) .*/\\2/p" "$mail_log" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

service_octets() {
	snmp_value "imscService${1}Octets.$2"
}

# counted: what is counted of IMAP is what was logged.
counted() {
	says "$(logged in) $(logged out)" echo "$(service_octets In imap) $(service_octets Out imap)"
}

is_hibernated() {
	says imap-hibernate cat "/proc/$(session_value "$1" Process)/comm"
}

generation() {
	snmp_value imscGeneration.0
}

reload() {
	write_conf "dovecot.log_file=$mail_log" dovecot.users_minutes=0 'webmail.hosts=["127.0.0.9"]' "$@"
	kill -HUP "$(pid_of imsconnd)"
}

start_snmpd
make_tls
tell_ports=1
start_dovecot "$(tls_lines)" "$(hibernation 2)" "$(log_pop3_octets)"
write_to ann
write_conf "dovecot.log_file=$mail_log" dovecot.users_minutes=0 collector.activity_seconds=3600 \
	'webmail.hosts=["127.0.0.9"]'
start_imsconnd

# ---- by the kernel

hold ann imap ann
await says recorded session_value ann LoginTimeSource
ok 'before anybody looks, nothing of it has an instance' tells_nothing ann IdleTime InOctets OutOctets Mailbox
like 'nor has what nobody logged' "$(service_octets In imap)" "$none"
reload collector.activity_seconds=1
ok 'after a reload that asks for it, octets are told' await has ann InOctets 10 1000
ok 'at both ends' has ann OutOctets 10 2000
tell ann 'send a7 SELECT INBOX'
tell ann 'send a8 FETCH 1 BODY.PEEK[]'
await log_has ann 'received a8 OK'
ok 'a client that fetches a message is sent as much' await has ann OutOctets "$size" $((size + 5000))
ok 'and sent a little itself' has ann InOctets 30 1000
ok 'it is idle from then on' await has ann IdleTime 8
tell ann 'send a9 NOOP'
ok 'until it sends a command' await has ann IdleTime 0 7
ok 'and after it' await has ann IdleTime 8
before=$(generation)
ok 'and longer' await has ann IdleTime 12
is 'while nothing is written' "$(generation)" "$before"
like 'Dovecot does not tell the mailbox' "$(session_value ann Mailbox)" "$none"
hold bob pop3 bob
ok 'a session of POP has octets, too' await has bob InOctets 10 1000
is 'nothing is said of it' "$(log_count imsconnd warning)" 0

# ---- with TLS, and hibernated

hold sec imaps sec
ok 'with TLS they are those on the wire' await has sec InOctets 300 5000
hold hib imap hib idle
await is_hibernated hib
await has hib InOctets 10
octets=$(session_value hib InOctets)
ok 'the connection of a session that hibernates is the same' await has hib IdleTime 3
is 'and has the octets of before' "$(session_value hib InOctets)" "$octets"
tell hib 'send DONE'
ok 'and of after' await has hib InOctets $((octets + 6)) $((octets + 6))

# ---- webmail

visit imap wim from=127.0.0.9 >/dev/null
ok 'who is at webmail is idle since he was seen' await has wim IdleTime 2
ok 'and has no octets' tells_nothing wim InOctets OutOctets

# ---- by Dovecot's log

for name in ann sec hib bob; do
	tell "$name" logout
	collect "$name"
done
ok 'what Dovecot logged of sessions that ended is counted' await counted
ok 'the message is among it' [ "$(service_octets Out imap)" -gt "$size" ]
ok 'what it logs of POP is, if it is told to' await says_like '^[1-9]' service_octets Out pop3
is 'all is the sum' "$(service_octets In all)" $(($(service_octets In imap) + $(service_octets In pop3)))
like 'webmail has none of its own' "$(service_octets In http)" "$none"
stop_imsconnd KILL
visit imap cyd >/dev/null
start_imsconnd
ok 'what was logged while nobody read is counted, and nothing twice' await counted
visit imap cyd >/dev/null
ok 'and what is logged then' await counted
all=$(service_octets In all)
stop_imsconnd

# ---- what is not looked for

write_conf collector.activity_seconds=1
start_imsconnd
like 'where no log is read the octets of services have no instance' "$(service_octets In all)" "$none"
hold ann imap ann
await has ann InOctets 10
write_conf collector.activity_seconds=0
kill -HUP "$(pid_of imsconnd)"
ok 'where nobody looks at connections, what was known of them has no instance any more' await \
	tells_nothing ann IdleTime InOctets OutOctets
stop_imsconnd
write_conf "dovecot.log_file=$mail_log" collector.activity_seconds=1
start_imsconnd
visit imap cyd >/dev/null
ok 'where the log is read again, they go on' await says_like '^[0-9]' service_octets In all
ok 'and never fall' [ "$(service_octets In all)" -gt "$all" ]
tell ann logout
collect ann
stop_imsconnd
tell_ports=
least_rights ,+sys_ptrace # for the port of a connection without TLS
stop_dovecot
start_dovecot "$(tls_lines)" "$(no_last_login)"
write_conf collector.activity_seconds=1
start_imsconnd
hold plain imap plain
hold sec imaps sec
await has plain InOctets 10
is 'a port that nobody tells' "$(session_value sec LocalPort)" 0
ok 'leaves the connection unknown' tells_nothing sec InOctets OutOctets IdleTime
stop_imsconnd

# ---- mailboxes are personal

rm -rf "$tmp/store"
mkdir "$tmp/store"
"$fixture" "$tmp/store" >"$tmp/names" || bail 'cannot make a store'
(umask 077 && head -c 32 /dev/urandom >"$tmp/privacy.key")
chown "$imsconn_user" "$tmp/privacy.key"
write_conf backend=none
start_imsconnd
ok 'the mailbox that a mail server told is shown' [ "$(snmp_rows imscSessionMailbox)" -gt 3 ]
idle=$(snmp_rows imscSessionIdleTime)
stop_imsconnd
write_conf backend=none privacy.mode=pseudonymous "privacy.key_file=$tmp/privacy.key"
start_imsconnd
is 'but not where names are not told' "$(snmp_rows imscSessionMailbox)" 0
is 'while idle times are' "$(snmp_rows imscSessionIdleTime)" "$idle"
ok 'imsconnd stops when told' stop_imsconnd
done_testing
