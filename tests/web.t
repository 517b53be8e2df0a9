#!/bin/sh
# SPDX-License-Identifier: ISC
# Webmail before a real Dovecot: its connections of milliseconds make sessions of HTTP with the
# browser's address, which last until nobody was there for long, until webmail tells of a logout, or
# until somebody ends them.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights '' adm # for the log
need snmpd snmpget snmpset
AWAIT_SECONDS=60

feed=$tmp/feed.sock
host=127.0.0.7    # of webmail; Dovecot believes it
silent=127.0.0.8  # of a webmail that tells no browser's address
marked=127.0.0.9  # Dovecot believes it, and no configuration of ours names it
strange=127.0.0.6 # nobody believes it

ask() {
	python3 "$top_srcdir/tests/feed_client.py" ask "$feed" "$@" | paste -sd ' ' -
}

# click USER ADDRESS [BROWSER [SESSION]]: what one click at webmail does.
click() {
	click_id=
	[ $# -lt 3 ] || click_id=id=x-originating-ip:$3
	[ $# -lt 4 ] || click_id=$click_id,x-session-id:$4
	visit imap "$1" "from=$2" "$click_id" >>"$tmp/clicks.log"
}

# stay NAME USER ADDRESS [BROWSER]: a connection that webmail keeps open.
stay() {
	hold "$1" imap "$2" "from=$3" ${4:+"id=x-originating-ip:$4"}
}

count() {
	snmp_value "imscServiceSessions.$1"
}

# count_of USER: his rows of http, as SNMP has them.
count_of() {
	sessions_of "$1" | grep -c '^http\.' || :
}

logins() {
	snmp_value "imscServiceLogins.$1"
}

# rows USER: TIME, AUTH, TO and FROM of his rows of http, as the command shows them.
rows() {
	util -c -s http 2>/dev/null | awk -v user="$1" '$1 == user { $1 = ""; print }' | sed 's/^ //'
}

from() {
	rows "$1" | awk '{ print $NF }' | sort
}

# last USER SERVICE: his last access in tenths of a second, or nothing.
last() {
	tenths "$(snmp_value "imscUser${2}LastAccess.\"$1\"")" 2>/dev/null
}

has_no() {
	says_like 'No Such Instance' snmp_get "imscUser${2}LastAccess.\"$1\""
}

client_tenths() {
	echo $(($(event_time "$1" "$2") / 100000))
}

# configure [KEY=VALUE]...: beside what all of these tests have in common.
configure() {
	write_conf "feed.socket=$feed" feed.group= "webmail.hosts=[ \"$host\", \"127.0.0.8/32\" ]" \
		webmail.session_prefix=web- disconnect.allow_snmp=true "$@"
}

start_daemon() {
	start_imsconnd
	await is_listening "$feed"
	await says ok snmp_value imscCollectorStatus.0
}

# set_life SECONDS: how long a silent session lives from now on.
set_life() {
	configure "local.http.session_timeout=$1"
	reloads=$(log_count imsconnd 'was read again')
	kill -HUP "$(pid_of imsconnd)"
	await not says "$reloads" log_count imsconnd 'was read again'
}

last_audit() {
	grep 'disconnect user=' "$tmp/syslog.log" | tail -n 1
}

ietf_mibs
start_syslog
start_snmpd
tell_ports=1
start_dovecot "login_trusted_networks = $host $marked"
configure
start_daemon

# ---- connections make sessions

before=$(date +%s%1N)
click ann "$silent"
ok 'a connection of webmail makes a session of HTTP' await says 1 count http
after=$(date +%s%1N)
is 'and none of IMAP' "$(count imap) $(logins imap)" '0 0'
ok 'its access is one by HTTP' between "$before" "$(last ann Http)" "$after"
ok 'and none by IMAP' has_no ann Imap
is "the command shows the connection's mechanism and addresses" \
	"$(rows ann | cut -d ' ' -f 2-)" "plain 127.0.0.1:$imap_port $silent"
is 'and counts it for http' "$(util -c | tail -n 2)" '0 users were logged in to imap.
1 users were logged in to http.'
row=$(sessions_of ann)
like 'in SNMP it is a row of http' "$row" '^http\.[0-9]+$'
is 'its login time is recorded' "$(session_value ann LoginTimeSource)" recorded
login=$(session_value ann LoginTime)
for _ in 1 2 3; do click ann "$silent"; done
click bob "$host" 203.0.113.7
ok "one that tells the browser's address has that" await says 203.0.113.7 from bob
is 'in SNMP, too' "$(session_value bob RemoteAddress)" 'CB 00 71 07 '
is 'further clicks make no further sessions' "$(count http) $(logins http)" '2 2'
click bob "$host" 2001:db8::7
ok 'another browser of the same user is another session' await says 2 count_of bob
is 'with its own address' "$(from bob | paste -sd ' ' -)" '203.0.113.7 [2001:db8::7]'
click carl "$marked" 203.0.113.8 web-1
ok 'a session that a trusted webmail marks is one of HTTP' await says 203.0.113.8 from carl
click dan "$strange" 203.0.113.9 web-2
ok 'nobody else can mark one' await not has_no dan Imap
ok 'nor have his connections count as webmail' has_no dan Http
visit pop3 eve "from=$silent" >/dev/null
ok 'POP of webmail is HTTP, too' await says "$silent" from eve
is 'and nothing else' "$(has_no eve Pop && count pop3)" 0

# ---- many clicks, while polls go on

imap=$(logins imap)
for n in $(seq 60); do
	click "user$((n % 5))" "$host" 203.0.113.$((n % 5))
done
ok 'sixty clicks of five users are five sessions' await says 10 count http
is 'no poll took one for a session of IMAP' "$(logins imap)" "$imap"
for n in 0 1 2 3 4; do has_no "user$n" Imap && echo yes; done >"$tmp/no"
is 'nor did any user get an access by IMAP' "$(paste -sd ' ' "$tmp/no")" 'yes yes yes yes yes'

# ---- restarts

stop_imsconnd
start_daemon
is 'after a restart the session has its row' "$(sessions_of ann)" "$row"
is 'and its login time' "$(session_value ann LoginTime)" "$login"
click ann "$silent"
stop_imsconnd KILL
start_daemon
is 'also after kill -9' "$(sessions_of ann) $(session_value ann LoginTime)" "$row $login"
click ann "$silent"
click zoe "$silent"
await says "$silent" from zoe
is 'and it goes on' "$(count_of ann)" 1

# ---- it ends

set_life 2
ok 'sessions of which nothing is heard end' await says 0 count http
stay open ann "$silent"
click bob "$host" 203.0.113.7
await says 1 count_of bob
ok 'one of which nothing is heard ends' await says 0 count_of bob
is 'one with an open connection does not' "$(count_of ann) $(count imap)" '1 0'
ok 'the last access of who went is when he was last seen' between \
	$(($(tail -n 1 "$tmp/clicks.log" | cut -c 1-11) - 10)) "$(last bob Http)" \
	$(($(tail -n 1 "$tmp/clicks.log" | cut -c 1-11) + 10))
stop_imsconnd KILL
start_daemon
ok 'it is found again after kill -9' await says 1 count_of ann
tell open logout
collect open
ok 'when its connection has ended it ends' await says 0 count_of ann
ok 'as of then' between $(($(client_tenths open told) - 10)) "$(last ann Http)" \
	$(($(client_tenths open logout) + 10))
stay open2 fay "$host" 203.0.113.7
ok 'an open connection with a browser is one session' await says 1 count_of fay
click gil "$silent"
await says 1 count_of gil
ok 'and no other, however often it is listed' await says 0 count_of gil
is 'nor one of IMAP' "$(count_of fay) $(count imap)" '1 0'
stop open2
ok 'when the client is gone, it ends' await says 0 count http
set_life 600

# ---- webmail tells

click hal "$host" 203.0.113.7 web-h1
is 'webmail tells of a login' "$(ask 'Login hal h1 clientIP=203.0.113.7 clientPort=4242')" ok
is 'that is the session which began by its connection' "$(count_of hal)" 1
is 'with what webmail knows of it' "$(from hal)" 203.0.113.7:4242
click hal "$silent"
click hal "$host" 198.51.100.1 web-h1
await says_like 203.0.113.7 from hal
is 'its connections are known by its name, wherever they say they are from' "$(count_of hal)" 1
ask 'Logout hal h1' >/dev/null
ok 'a logout ends it at once' await says 0 count_of hal

# ---- disconnecting

stay jan1 jan "$host" 203.0.113.7
ask 'Login jan j1 clientIP=203.0.113.7' 'Login jan j2 clientIP=203.0.113.8' >/dev/null
await says 2 count_of jan
is 'the command disconnects a user from webmail, and the connection beneath' "$(util -k -u jan)" \
	'Disconnected user jan: 3 connections.'
ok 'which is told good-bye' await log_has jan1 'received \* BYE'
is 'his sessions are gone' "$(count_of jan)" 0
is 'they are counted' "$(snmp_value imscServiceDisconnects.http)" 2
like 'and on record' "$(last_audit)" 'user="jan" origin=cli .* sessions=3 ended=3 result="done" reason=""'
is 'webmail is told to end them when it asks next' \
	"$(ask 'KeepAlive jan j1' 'Login jan j1' 'KeepAlive jan j2')" 'disconnected disconnected disconnected'
is 'also after it has, for what was under way' "$(ask 'Logout jan j1' 'KeepAlive jan j1' 'Login jan j3')" \
	'ok disconnected ok'
ask 'Logout jan j3' >/dev/null
status=0
said=$(util -k -u nobody) || status=$?
is 'who has no session of webmail either is not connected' "$said $status" 'User nobody is not connected. 1'

stay kim1 kim "$host" 203.0.113.7
stay kim2 kim "$host" 203.0.113.8
ask 'Login kim k1 clientIP=203.0.113.7' 'Login kim k2 clientIP=203.0.113.8' >/dev/null
first=$(snmp_walk -Oqs imscSessionRemoteAddress | sed -n 's/^imscSessionRemoteAddress\.\(http[^ ]*\) "CB 00 71 07 "/\1/p' |
	grep -xF "$(sessions_of kim)")
snmp_set "imscSessionDisconnect.$first" i 1 >/dev/null
ok 'a manager disconnects one session of webmail' await says 1 count_of kim
ok 'with the connection beneath' await log_has kim1 'received \* BYE'
is 'and no other' "$(from kim) $(log_count kim2 BYE)" '203.0.113.8 0'
is 'webmail is told of the one' "$(ask 'KeepAlive kim k1' 'KeepAlive kim k2')" 'disconnected ok'
snmp_set 'imscUserDisconnect."kim"' i 1 >/dev/null
ok 'and all of a user' await says 0 count_of kim
ok 'and webmail is told of that' await says disconnected ask 'KeepAlive kim k2'
await log_has kim2 BYE

ask 'Login leo l1 clientIP=203.0.113.7' >/dev/null
stop_imsconnd
is 'without imsconnd the command knows the session' "$(from leo)" 203.0.113.7
is 'and ends it' "$(util -k -u leo)" 'Disconnected user leo: 1 connections.'
is 'then it is not shown' "$(from leo)" ''
start_daemon
is 'and when imsconnd is back it tells webmail' "$(ask 'KeepAlive leo l1')" disconnected

# ---- the command alone

stop_imsconnd
configure local.http.session_timeout=1
is 'without imsconnd the command shows no session that is over' "$(util -c -s http | tail -n 1)" \
	'0 users were logged in to http.'
stay new mia "$silent"
is 'but one that only the mail server tells of' "$(from mia)" "$silent"
is 'as one of webmail' "$(util -c | tail -n 2 | cut -d ' ' -f 1 | paste -sd ' ' -)" '0 1'
stop new

# ---- where users of webmail are not listed

configure local.http.enableuserlist=0
start_daemon
click ned "$silent"
ask 'Login ola o1' >/dev/null
ok 'without a list there is the access' await not has_no ned Http
is 'and no session' "$(util -c | tail -n 1) $(sessions_of ned)" 'Feature is not enabled for http. '
ok 'also of what webmail tells' await not has_no ola Http
has_no ned Imap || tap_result 1 'nor an access by IMAP'
stop_imsconnd
stop_dovecot

# ---- without the userdb, and by the log

tell_ports=
rm -rf "$tmp/store"
configure
start_dovecot "login_trusted_networks = $host $marked"
start_daemon
click pia "$host" 203.0.113.7
ok "without the userdb, who hides behind a browser's address is not known" await not has_no pia Imap
click pia "$host" 203.0.113.7 web-p1
ok 'but by a mark' await not has_no pia Http
click pia "$silent"
stop_imsconnd
stop_dovecot

rm -rf "$tmp/store"
rm "$tmp/dovecot-mail.log"
start_dovecot "login_trusted_networks = $host" "$(no_last_login)" "$(log_peer)"
configure "dovecot.log_file=$tmp/dovecot-mail.log" dovecot.dict_socket=
start_daemon
# Only that of Dovecot 2.3 tells who connected; else a mark does.
case $dovecot_version in
2.3) click quin "$host" 203.0.113.7 ;;
*) click quin "$host" 203.0.113.7 web-q1 ;;
esac
ok "the log tells of webmail's connections, too" await says 203.0.113.7 from quin
click ray "$silent"
ok 'with a browser or without' await says "$silent" from ray
is 'and they are none of IMAP' "$(has_no quin Imap && has_no ray Imap && logins imap)" 0
stop_imsconnd
click sue "$silent"
start_daemon
ok 'also those of while nobody looked' await says "$silent" from sue
is 'as accesses of HTTP alone' "$(has_no sue Imap && echo yes)" yes
stop_imsconnd
stop_dovecot

# ---- a connection that hibernates

tell_ports=1
start_dovecot "login_trusted_networks = $host" "$(hibernation 1)"
configure
start_daemon
imap=$(logins imap)
process_of() {
	"$doveadm" -f tab who -1 "$1" | awk 'NR == 2 { print $3 }'
}
hibernates() {
	says imap-hibernate cat "/proc/$(process_of "$1")/comm"
}
polled_again() {
	seen=$(snmp_value imscCollectorLastSuccess.0)
	await not says "$seen" snmp_value imscCollectorLastSuccess.0
}
hold vic imap vic idle "from=$host" id=x-originating-ip:203.0.113.7
await says 1 count_of vic
ok 'a connection of webmail hibernates' await hibernates vic
for _ in 1 2 3; do polled_again; done
is 'it is what it was' "$(count_of vic) $(count imap) $(logins imap)" "1 0 $imap"
tell vic 'send DONE'
await not hibernates vic
for _ in 1 2 3; do polled_again; done
is 'also when it wakes up' "$(count_of vic) $(count imap) $(logins imap)" "1 0 $imap"
set_life 2
stop vic
ok 'and ends' await says 0 count_of vic
ok 'imsconnd stops when told' stop_imsconnd
done_testing
