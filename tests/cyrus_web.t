#!/bin/sh
# SPDX-License-Identifier: ISC
# A user at webmail, whose IMAP server a real Cyrus is, and with a calendar that syncs there: both are sessions
# of HTTP, side by side.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/cyrus.sh"
need_cyrus
need snmpd snmpget snmpset ss
AWAIT_SECONDS=60

feed=$tmp/feed.sock
host=127.0.0.7 # of webmail
home=127.0.0.5 # the user's, where his browser is and his calendar

ask() {
	python3 "$top_srcdir/tests/feed_client.py" ask "$feed" "$@" | paste -sd ' ' -
}

count() {
	snmp_value "imscServiceSessions.$1"
}

# row_without_process, row_of NAME: ann's row of webmail; that of a client's connection.
row_without_process() {
	snmp_walk -Oqs imscSessionProcess | sed -n 's/^imscSessionProcess\.\(http\.[0-9]*\) 0$/\1/p' | grep .
}

row_of() {
	row_pid=$(serving "$1")
	[ -n "$row_pid" ] && snmp_walk -Oqs imscSessionProcess |
		sed -n "s/^imscSessionProcess\\.\\([^ ]*\\) $row_pid\$/\\1/p" | grep .
}

# rows: FROM of ann's rows of http, as the command shows them.
rows() {
	util -c -s http 2>/dev/null | awk '$1 == "ann" { print $NF }' | sort | paste -sd ' ' -
}

is_there() {
	says ann snmp_value "imscSessionUser.$1"
}

serve() {
	start_imsconnd
	await is_listening "$feed"
	await says ok snmp_value imscCollectorStatus.0
}

ended() {
	await log_has "$1" ' (closed|reset)'
}

goes_on() {
	not log_has "$1" ' (closed|reset)' && tell "$1" finish && await log_has "$1" ' finished (a[0-9] OK|HTTP/1.1 207)'
}

ietf_mibs
start_snmpd
start_cyrus
make_inbox ann
cyrus_conf disconnect.allow_snmp=true "feed.socket=$feed" feed.group= "webmail.hosts=[ \"$host\" ]"
serve

# ---- webmail before Cyrus

hold webmail imap ann "from=$host" idle
ok 'a connection of webmail makes a session of HTTP' await row_without_process
is 'and none of IMAP' "$(count imap) $(count http)" '0 1'
is 'it has the address of webmail, as long as nothing else is known' "$(rows)" "$host"
web=$(row_without_process)
ok 'webmail tells of the browser' says ok ask "Login ann s1 clientIP=$home clientPort=4241"
is 'it is the same session' "$(row_without_process) $(count http)" "$web 1"
is 'which has its address now' "$(rows)" "$home:4241"

# ---- and a calendar

before=$(date +%s%1N)
hold dav http ann "from=$home"
is 'the command shows the calendar at once, though it comes from where the browser is' \
	"$(rows)" "$(printf '%s\n' "$home:$(event dav connected)" "$home:4241" | sort | paste -sd ' ' -)"
ok 'it is a row of its own' await row_of dav
dav=$(row_of dav)
like 'of http' "$dav" '^http\.'
ok 'the other one stays' is_there "$web"
is 'both are counted' "$(count http) $(count imap)" '2 0'
is 'the command counts both' "$(util -c -s http | tail -n 1)" '2 users were logged in to http.'
ok 'his last access is that of the calendar' between "$before" \
	"$(tenths "$(snmp_value 'imscUserHttpLastAccess."ann"')")" "$(date +%s%1N)"
stop_imsconnd KILL
serve
is 'both outlive a restart of imsconnd' "$(row_without_process) $(row_of dav) $(count http)" "$web $dav 2"

# ---- each ends alone

ok 'a SET for the calendar' snmp_set "imscSessionDisconnect.$dav" i 1
ok 'ends it' ended dav
ok 'and its row' await says 1 count http
ok 'and not webmail' is_there "$web"
ok 'which is not told to end it' says ok ask 'KeepAlive ann s1'
ok 'nor its connection' goes_on webmail
hold dav http ann "from=$home"
ok 'the calendar is back' await row_of dav
dav=$(row_of dav)
ok 'a SET for webmail' snmp_set "imscSessionDisconnect.$web" i 1
ok 'ends it' await says disconnected ask 'KeepAlive ann s1'
ok 'and the connection that it had open' ended webmail
ok 'and not the calendar' goes_on dav
is 'which has its row' "$(row_of dav) $(count http)" "$dav 1"

# ---- and both together

ok 'the user logs in at webmail again' says ok ask "Login ann s2 clientIP=$home"
is 'both are there' "$(count http)" 2
is 'all that he has' "$(util -k -u ann)" 'Disconnected user ann: 2 connections.'
ok 'the calendar goes' ended dav
ok 'and webmail is told' says disconnected ask 'KeepAlive ann s2'
ok 'nothing is left' await says 0 count http
hold dav http ann "from=$home"
await row_of dav
ask "Login ann s3 clientIP=$home" >/dev/null
before=$(date +%s%1N)
ok 'a logout at webmail' says ok ask 'Logout ann s3'
is 'leaves the calendar' "$(row_of dav) $(count http)" "$(row_of dav) 1"
ok 'and is the last access' between "$before" "$(tenths "$(snmp_value 'imscUserHttpLastAccess."ann"')")" "$(date +%s%1N)"
tell dav close
ok 'the calendar ends by itself' await says 0 count http
done_testing
