#!/bin/sh
# SPDX-License-Identifier: ISC
# A real Cyrus IMAP whose log is read: each login once, with its mechanism, also of sessions that no
# poll sees; while the log is moved, copied, truncated, and imsconnd comes and goes.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpwalk openssl

mail_log=$tmp/cyrus-mail.log

# client_tenths NAME EVENT: when a client saw it, in tenths of a second.
client_tenths() {
	echo $(($(event_time "$1" "$2") / 100000))
}

# logins SERVICE: how many were counted since the store was made.
logins() {
	snmp_value "imscServiceLogins.$1"
}

sessions() {
	snmp_value imscServiceSessions.all
}

# accesses USER: the lines of "imsconnutil -a" of him.
accesses() {
	util -a | grep -c "^$1 " || :
}

known() {
	[ "$(accesses "$1")" = 1 ]
}

recorded() {
	says recorded session_value "$1" LoginTimeSource
}

# last SERVICE USER: his last access, in tenths of a second.
last() {
	tenths "$(snmp_value "imscUser$1LastAccess.\"$2\"")"
}

last_is_between() {
	between "$1" "$(last "$2" "$3")" "$4"
}

come_and_go() {
	visit "$@" >/dev/null
}

# util_knows USER: whatever he is called.
util_knows() {
	util -a | grep -qF "$1 "
}

# is_past TENTHS
is_past() {
	[ "$(date +%s%1N)" -gt "$1" ]
}

# reopen: as logrotate's postrotate tells rsyslogd.
reopen() {
	kill -HUP "$(pid_of rsyslog)"
	await test -e "$mail_log"
}

# log_octets: what the log says that all sessions with a login transferred: in, and out.
log_octets() {
	awk -v service="/$1\\[" '$3 ~ service && / login: .* User logged in SESSIONID=</ {
		id = $0; sub(/.*SESSIONID=</, "", id); sub(/>.*/, "", id); known[id] = 1
	}
	$3 ~ service && / auditlog: traffic / {
		id = $0; sub(/.*sessionid=</, "", id); sub(/>.*/, "", id)
		n = $0; sub(/.*bytes_in=</, "", n); if (id in known) received += n
		n = $0; sub(/.*bytes_out=</, "", n); if (id in known) sent += n
	}
	END { print received + 0, sent + 0 }' "$mail_log"
}

service_octets() {
	echo "$(snmp_value "imscServiceInOctets.$1") $(snmp_value "imscServiceOutOctets.$1")"
}

octets_agree() {
	says "$(log_octets "$1")" service_octets "$1"
}

start_snmpd
ietf_mibs
cyrus_tls
start_cyrus 'auditlog: yes' 'imapmagicplus: yes' 'allowanonymouslogin: yes' "$(cyrus_tls_lines)"
cyrus_password dave
come_and_go imap old
hold early imap early
cyrus_conf "cyrus.log_file=$mail_log" collector.activity_seconds=0
start_imsconnd

# ---- sessions and visits

ok 'who came before the log was first read is on record' await known old
ok 'a session that was there before has its login time from the log' await recorded early
ok 'exactly' between "$(client_tenths early connected)" "$(tenths "$(session_value early LoginTime)")" \
	$(($(client_tenths early login) + 10))
ok 'its mechanism is told' await says PLAIN session_value early AuthMech
like 'as can be' "$(snmp_value imscCapabilities.0)" '^"?[4-7C-F]'

# web_id: how a line of a login ends that is of webby's session.
web_id() {
	echo " webby Basic User logged in SESSIONID=<$(session_value webby StoreId)>\$"
}

# mechanism NAME SERVICE MECHANISM [OPTION]...: of a session whose user is NAME.
mechanism() {
	mechanism_user=$1
	mechanism_service=$2
	mechanism_name=$3
	shift 3
	hold "$mechanism_user" "$mechanism_service" "$mechanism_user" "$@"
	ok "$mechanism_user: a login of $mechanism_service with $* is told" await recorded "$mechanism_user"
	ok "its mechanism is $mechanism_name" await says "$mechanism_name" session_value "$mechanism_user" AuthMech
	[ "$mechanism_service" = pop3 ] ||
		like 'so the command shows it' "$(util -c -u "$mechanism_user" -s "$mechanism_service")" \
			" $(echo "$mechanism_name" | tr '[:upper:]' '[:lower:]') "
	is 'with its port' "$(session_value "$mechanism_user" RemotePort)" \
		"$(event "$mechanism_user" connected)"
	tell "$mechanism_user" logout
	collect "$mechanism_user"
	ok 'its end is told' await says '' sessions_of "$mechanism_user"
}

make_inbox webby
mechanism plainly imap plaintext mech=login
mechanism sasly imap PLAIN mech=plain
mechanism hidden imap PLAIN mech=plain starttls
mechanism proxied imap PLAIN mech=proxy
mechanism dave imap CRAM-MD5 mech=cram-md5
mechanism popper pop3 plaintext mech=login
mechanism sasl2 pop3 PLAIN mech=plain
mechanism webby http Basic mech=plain
hold dave pop3 dave mech=apop
ok 'APOP is told' await says APOP session_value dave AuthMech
tell dave logout
collect dave
ok 'a logout has the time of the log' await last_is_between "$(client_tenths dave told)" Pop dave \
	$(($(client_tenths dave logout) + 10))
ok 'a failed login is none' not mail_client visit imap "$imap_port" mallory wrong
ok 'an anonymous one neither, whatever its password looks like' mail_client visit imap "$imap_port" anonymous \
	'x plaintext User logged in SESSIONID=<cyrus-1-2-3-4>' mech=login
ok 'the session of before is the only one' await says 1 sessions

# ---- no poll sees them

before=$(logins pop3)
mail_client burst pop3 "$pop3_port" 100 4 'many%d' >"$tmp/burst.log"
ok 'a hundred POP sessions are over at once: each is counted' await says $((before + 100)) logins pop3
is 'and on record' "$(util -a | grep -c '^many')" 100
before=$(logins http)
hold web http webby
await recorded webby
for line in 'PROPFIND /dav/principals/user/webby/ HTTP/1.1' 'Host: localhost' 'Depth: 0' \
	"Authorization: Basic $(printf webby:pw | base64)" ''; do
	tell web "send $line"
done
await log_has web ' received HTTP/1.1 207'
ok 'Cyrus logs a login with each request' await says_like '^[2-9]$' grep -c "$(web_id)" "$mail_log"
tell web logout
collect web
await says '' sessions_of webby
is 'but a connection is one' "$(logins http)" $((before + 1))
is 'of who failed, or never was, nothing is known' "$(accesses mallory) $(accesses 'anonymous x')" '0 0'

# ---- names, and those who mean ill

for name in 'a"b' 'a b' '[192.0.2.1] x' 'q plaintext user logged in sessionid=<cyrus-1-2-3-4>'; do
	come_and_go imap "$name" mech=login
	ok "a user named $name is on record by that name" await util_knows "$name"
done
hold magic imap magic+folder mech=login
ok 'a folder that came with the name is no part of it' await says_like '^imap' sessions_of magic
tell magic logout
collect magic
await says '' sessions_of magic

{
	head -c 100000 /dev/urandom
	head -c 60000 /dev/zero | tr '\000' x
	echo
} >>"$mail_log"
come_and_go imap after
ok 'binary and endless lines in the log do no harm' await known after

# ---- the log is rotated

mv "$mail_log" "$mail_log.1"
hold between imap between
ok 'a login in the log that was moved away is seen' await recorded between
reopen
hold dan imap dan
ok 'and one in the new log' await recorded dan
cp "$mail_log" "$mail_log.2"
: >"$mail_log"
come_and_go pop3 eve
ok 'the log is copied and truncated: a login after that is seen' await known eve

# ---- imsconnd goes and comes

await says 3 sessions
counted=$(logins all)
stop_imsconnd
start_imsconnd
ok 'the sessions are still there' await says 3 sessions
ok 'and have their login time' recorded early
ok 'and mechanism' await says PLAIN session_value early AuthMech
is 'no login was counted twice' "$(logins all)" "$counted"
stop_imsconnd KILL
come_and_go pop3 ida
come_and_go imap ida
tell dan logout
collect dan
hold kim imap kim mech=login
start_imsconnd
ok 'who came and went while imsconnd was killed is on record' await known ida
ok 'who stayed has his login time from the log' await recorded kim
ok 'and his mechanism' await says plaintext session_value kim AuthMech
ok 'who left meanwhile left when the log says' await last_is_between "$(client_tenths dan told)" Imap dan \
	$(($(client_tenths dan logout) + 10))
is 'three sessions are there' "$(sessions)" 3
ok 'each of the three logins is counted' await says $((counted + 3)) logins all

# ---- what all sessions transferred

stop_imsconnd
for user in early between kim; do
	tell "$user" logout
	collect "$user"
done
rm -rf "$tmp/store"
: >"$mail_log"
start_imsconnd
mail_client burst imap "$imap_port" 20 4 'many%d' >"$tmp/burst.log"
mail_client burst pop3 "$pop3_port" 20 4 'many%d' >"$tmp/burst.log"
come_and_go http webby
mail_client greet imap "$imap_port"
for service in imap pop3 http; do
	ok "what sessions of $service transferred is counted, and once" await octets_agree "$service"
	like 'and is something' "$(service_octets "$service")" '^[1-9][0-9]* [1-9]'
done
before=$(service_octets imap)
before_logins=$(logins all)
restart_cyrus
ok 'what the ends of processes repeat counts no more' await octets_agree imap
is 'at all' "$(service_octets imap) $(logins all)" "$before $before_logins"

# ---- other forms of the log

stop_imsconnd
stop_cyrus
stop_cyrus_syslog
rm -rf "$mail_log" "$tmp/store"
cyrus_log_format=RSYSLOG_TraditionalFileFormat
cyrus_prefix=store/two
start_cyrus 'auditlog: yes'
start_imsconnd
hold pat imap pat
ok 'a login is told with a time to the second, and another name of the program' await recorded pat
ok 'right to a second' between $(($(client_tenths pat connected) - 10)) \
	"$(tenths "$(session_value pat LoginTime)")" $(($(client_tenths pat login) + 10))
tell pat logout
collect pat
ok 'so is a logout' await last_is_between $(($(client_tenths pat told) - 10)) Imap pat \
	$(($(client_tenths pat logout) + 10))

# ---- without its auditlog

stop_imsconnd
stop_cyrus
start_cyrus
start_imsconnd
hold quin imap quin
ok 'without auditlog, a login is told as well' await recorded quin
come_and_go pop3 quin
come_and_go pop3 rob
come_and_go pop3 rob
stop_imsconnd
left=$(date +%s%1N)
mail_client visit pop3 "$pop3_port" sam pw >"$tmp/sam.log"
mail_client visit pop3 "$pop3_port" tom pw >"$tmp/tom.log"
await says_like ' login: .* tom ' cat "$mail_log"
# Their process still lives when imsconnd reads of them; but what is older than that is not new.
await is_past $((left + 30))
start_imsconnd
ok 'who left while nobody looked is on record' await known sam
is 'and nobody is there who is not' "$(sessions)" 1
ok 'the last access is what the log says' last_is_between $((left - 10)) Pop sam $(($(client_tenths sam logout) + 10))
ok 'imsconnd stops when told' stop_imsconnd
done_testing
