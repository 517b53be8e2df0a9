#!/bin/sh
# SPDX-License-Identifier: ISC
# snmpd watches imsconn with contrib/snmpd/disman.conf, and a real snmptrapd hears of it by
# SNMPv3: thresholds that are reached, touched, flapped at and left, with real users of a real
# Dovecot; a mail server that is away; imsconnd, snmpd and snmptrapd that come and go.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/site.sh"
need_dovecot
need snmpd snmptrapd snmpget

root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)
events=.1.3.6.1.2.1.88.2

# ---- the examples, each second instead of each minute, with thresholds for a few users

# Everything that is commented out is in use. The last line makes snmpd tell each time that it has
# looked.
install_examples() {
	install_example imsconn.conf -e 's/^#\(trapsess\)/\1/' -e "s/127.0.0.1:162\$/127.0.0.1:$trap_port/"
	install_example disman.conf -e 's/^#\(monitor\)/\1/' -e 's/ -r 60 / -r 1 /' \
		-e 's/ 4500 5000$/ 1 3/' -e 's/ 10 50$/ 0 2/' -e 's/ 30 120$/ 4 8/'
	echo 'monitor -u imscdisman -I -r 1 "looked" != .1.3.6.1.2.1.1.3.0' >"$site/looked.conf"
}

# As README tells for the receiver.
start_snmptrapd() {
	await grep -q '^oldEngineID' "$tmp/snmp/state/snmpd.conf"
	engine=$(sed -n 's/^oldEngineID //p' "$tmp/snmp/state/snmpd.conf")
	mkdir -p "$tmp/snmp/receiver"
	printf '%s\n' "createUser -e $engine imsctrap $site_passphrases" 'authUser log imsctrap priv' \
		>"$tmp/snmp/snmptrapd.conf"
	start snmptrapd env MIBS=: SNMP_PERSISTENT_DIR="$tmp/snmp/receiver" snmptrapd -f -Lo -C \
		-c "$tmp/snmp/snmptrapd.conf" -On -F '%P %v\n' "udp:127.0.0.1:$trap_port"
	await receives "$trap_port"
}

# notified KIND NAME: how many notifications came; told KIND NAME: the object and its value in the
# last one. KIND is fired, rising or falling.
notified() {
	notifications "$1" "$2" | wc -l
}

told() {
	notifications "$1" "$2" | tail -n 1 | tr '\t' '\n' |
		sed -n "s/^\\$events\\.1\\.4\\.0 = OID: \\($(echo "$root" | sed 's/\./\\./g')\\)\\{0,1\\}//p
			s/^\\$events\\.1\\.5\\.0 = \\([A-Za-z0-9]*: \\)\\{0,1\\}//p" | tr -d '"' | xargs
}

notifications() {
	case $1 in fired) kind=1 ;; rising) kind=2 ;; falling) kind=3 ;; esac
	grep -F " = OID: $events.0.$kind	" "$tmp/snmptrapd.log" | grep -F "$events.1.1.0 = STRING: \"$2\"	"
}

# heard COUNT KIND NAME
heard() {
	says "$1" notified "$2" "$3"
}

# Lets snmpd look twice, so that what is there now was seen.
look() {
	look_wanted=$(($(notified fired looked) + 2))
	await has_looked || bail 'snmpd looks no more'
}

has_looked() {
	[ "$(notified fired looked)" -ge "$look_wanted" ]
}

# sessions COUNT: waits until so many are served and seen by snmpd.
sessions() {
	await says "$1" snmp_value imscServiceSessions.imap && look
}

counts() {
	for name in 'imap sessions high' 'imap users low'; do
		echo "$(notified rising "$name") $(notified falling "$name")"
	done | xargs
}

ietf_mibs
trap_port=$(free_port udp)
make_site 'rocommunity public 127.0.0.1'
install_examples
start_site
start_snmptrapd
start_dovecot
write_conf
start_imsconnd

# ---- with nobody there

look
is 'with nobody there each threshold below is told once' "$(counts)" '0 1 0 1'
is 'with the object and its value' "$(told falling 'imap users low')" '.1.2.1.1.5.2 0'
ok 'so is that the mail server is seen' heard 1 falling 'mail server not seen'

# ---- up and down

hold a1 imap ann && hold a2 imap ann
sessions 2
is 'between the thresholds nothing is told' "$(counts)" '0 1 0 1'
hold b1 imap bob
sessions 3
is 'a threshold that is reached is told, of sessions and of users' "$(counts)" '1 1 1 1'
is 'with the value' "$(told rising 'imap sessions high')" '.1.2.1.1.4.2 3'
is 'of users, too' "$(told rising 'imap users low')" '.1.2.1.1.5.2 2'
hold c1 imap carl
sessions 4
tell c1 logout && tell b1 logout
sessions 2
hold b2 imap bob
sessions 3
is 'above it, and back and forth across it, nothing more is told' "$(counts)" '1 1 1 1'
tell a2 logout && tell b2 logout
sessions 1
is 'the other threshold is told when it is reached' "$(counts)" '1 2 1 1'
is 'with its value' "$(told falling 'imap sessions high')" '.1.2.1.1.4.2 1'
hold b3 imap bob && hold c3 imap carl
sessions 3
is 'and then the first one again' "$(counts)" '2 2 1 1'

# ---- the receiver, imsconnd and the mail server go and come

stop snmptrapd
start_snmptrapd
for name in a1 b3 c3; do
	tell "$name" logout
done
sessions 0
is 'a receiver that was restarted hears the next one' "$(counts)" '2 3 1 2'
is 'that nobody is there any more' "$(told falling 'imap users low')" '.1.2.1.1.5.2 0'
here=".1.1.1.0 $(snmp_value imscAgentVersion.0)"
stop_imsconnd
ok 'that imsconnd goes is told' await says "$here" told fired 'imsconnd is away'
back=$(notified fired 'imsconnd is back')
start_imsconnd
ok 'and that it comes back' await heard $((back + 1)) fired 'imsconnd is back'
look
is 'but no threshold for that' "$(counts)" '2 3 1 2'
ok 'the mail server was seen all the time' heard 0 rising 'mail server not seen'
stop_dovecot
ok 'a mail server that is away is told' await heard 1 rising 'mail server not seen'
like 'with the age of what is known' "$(told rising 'mail server not seen')" '^\.1\.1\.5\.0 ([89]|1[0-9])$'
run_dovecot
ok 'and that it is back' await heard 2 falling 'mail server not seen'

# ---- snmpd goes and comes

away=$(notified fired 'imsconnd is away')
stop_snmpd
start_site
ok 'when snmpd starts, each line tells once where it stands' await says '2 4 1 3' counts
ok 'imsconnd is away for it at first' await heard $((away + 1)) fired 'imsconnd is away'
ok 'and then back' await says "$here" told fired 'imsconnd is back'

# ---- who may

is 'all of these came encrypted from user imsctrap' \
	"$(grep -c '^TRAP2, SNMP v3, user imsctrap, ' "$tmp/snmptrapd.log")" "$(grep -c '^TRAP' "$tmp/snmptrapd.log")"
like 'nobody can be imscdisman from outside' \
	"$(snmpget -v3 -l noAuthNoPriv -u imscdisman -m : "127.0.0.1:$snmp_port" .1.3.6.1.2.1.1.3.0 2>&1)" \
	'Unknown user name'
unlike 'snmpd has nothing to say against the examples' "$(cat "$tmp/snmpd.log")" \
	'Warning|Error|failed|line [0-9]'
done_testing
