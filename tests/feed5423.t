#!/bin/sh
# SPDX-License-Identifier: ISC
# What webmail tells: durable before it is answered, answered in order, and nothing that a client
# does is in another's way. imsconnd with its socket, or with one that somebody else holds.

[ -n "${own_mounts:-}" ] || [ "$(id -u)" != 0 ] || ! command -v unshare >/dev/null ||
	exec unshare -m env own_mounts=1 sh "$0" "$@"
. "${top_srcdir:-.}/tests/lib.sh"
need_root
need snmpd snmpget python3 unshare
AWAIT_SECONDS=60

feed=$tmp/feed.sock

feed() {
	feed_command=$1
	shift
	python3 "$top_srcdir/tests/feed_client.py" "$feed_command" "$feed" "$@"
}

ask() {
	feed ask "$@" | paste -sd ' ' -
}

start_served() {
	start_imsconnd
	await is_listening "$feed"
}

start_activated() {
	start activate python3 "$top_srcdir/tests/activate.py" "feed=$feed" "$tmp/imsconnd.pid" \
		"$imsconnd" -f "$tmp/imsconn.conf"
	await activated_is_up
}

activated_is_up() {
	says_like '^[0-9]' snmp_value imscAgentVersion.0 && pid_lives "$(cat "$tmp/imsconnd.pid")"
}

kill_activated() {
	killed=$(cat "$tmp/imsconnd.pid")
	kill -KILL "$killed"
	await not says "$killed" cat "$tmp/imsconnd.pid"
}

sessions() {
	snmp_value imscServiceSessions.http
}

logins() {
	snmp_value imscServiceLogins.http
}

listed() {
	snmp_walk -Oqv imscSessionUser | tr -d '"' | sort
}

has_acked() {
	[ "$(log_count storm ' acked ')" -ge "$1" ]
}

# write TEXT: as it is, on one connection; what comes is printed.
write() {
	printf '%b' "$1" | feed raw
}

# While somebody does this, others are served as ever.
abuse() {
	start "abuse-$1" python3 "$top_srcdir/tests/feed_client.py" abuse "$feed" "$1"
	is "while a client sends $1, a login is answered" "$(ask "Login u-$1 s")" ok
	collect "abuse-$1"
	is "what becomes of the client: $2" "$(cat "$tmp/abuse-$1.log")" "$2"
}

ietf_mibs
start_snmpd
write_conf backend=dovecot dovecot.dict_socket= "feed.socket=$feed" feed.group=
start_served
is 'the socket is open to its group, and to nobody else' "$(stat -c %a "$feed")" 660

# ---- a session

before=$(date +%s%1N)
is 'a login is taken' "$(ask 'Login ann s1 clientIP=2001:db8::1 clientPort=50000 serverDomain=192.0.2.1 serverPort=443')" ok
stop_imsconnd KILL
start_served
is 'and is on record though imsconnd was killed right then' "$(listed)" ann
ok 'with its time' between "$before" "$(tenths "$(session_value ann LoginTime)")" "$(date +%s%1N)"
is 'as the webmail told it' "$(session_value ann LoginTimeSource)" recorded
is 'with the addresses at both ends' \
	"$(session_value ann RemoteAddress)$(session_value ann LocalAddress)" \
	'20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 01 C0 00 02 01 '
is 'and the ports' "$(session_value ann RemotePort) $(session_value ann LocalPort)" '50000 443'
unlike 'its id is nowhere' "$(session_value ann StoreId)" 's1'
is 'it has no process' "$(session_value ann Process)" 0
is 'further requests of it make no other' "$(ask 'Login ann s1' 'KeepAlive ann s1') $(sessions) $(logins)" \
	'ok ok 1 1'
is 'another id is another session' "$(ask 'Login ann s2') $(sessions) $(logins)" 'ok 2 2'
is 'a sign of life of one that is not known makes it known, and counts no login' \
	"$(ask 'KeepAlive bob s1') $(sessions) $(logins)" 'ok 3 2'
is 'then its login was only seen' "$(session_value bob LoginTimeSource)" observed
is 'requests are answered in their order' \
	"$(ask 'Login carl x' 'KeepAlive carl x' 'Nonsense carl x' 'Logout carl x' 'KeepAlive ann s1')" \
	'ok ok "event" is none of "Login", "Logout", "KeepAlive" ok ok'
is 'after the logout the session is gone' "$(listed | tr '\n' ' ')" 'ann ann bob '
stop_imsconnd KILL
start_served
is 'also though imsconnd was killed right then' "$(listed | tr '\n' ' ')" 'ann ann bob '
before=$(date +%s%1N)
ask 'Logout bob s1' >/dev/null
ok 'the logout is the last access' between "$before" \
	"$(tenths "$(snmp_value 'imscUserHttpLastAccess."bob"')")" "$(date +%s%1N)"
is 'a login of another day has that time' \
	"$(ask 'Login dora x timestamp=2026-11-02T03:04:05.678+01:00' 'Logout dora x timestamp=2026-11-02T03:05:05Z')" 'ok ok'
is 'and its last access is of that day' "$(tenths "$(snmp_value 'imscUserHttpLastAccess."dora"')")" 17935887050
is 'an access by the credentials of another is none of the user' \
	"$(ask 'Login eve x admin=postmaster' 'Logout eve x') $(snmp_get -Oqv 'imscUserName."eve"')" \
	'ok ok No Such Instance currently exists at this OID'

# ---- lines

is 'what is no request is told so, and the next one is taken' \
	"$(write 'what?\n\n[]\n{"event":"KeepAlive","user":"ann","sessionId":"s1"}\r\n' | cut -c 1-38)" \
	'{"status":"error","error":"this is no 
{"status":"error","error":"this is no 
{"status":"error","error":"this is no 
{"status":"ok"}'
is 'half a line is none' "$(write '{"event":"KeepAlive","user":"ann","sessionId":"s1"}')" ''
is 'a thousand requests in one go have a thousand answers' \
	"$(for n in $(seq 1000); do printf '{"event":"KeepAlive","user":"ann","sessionId":"s1"}\n'; done |
		feed raw | sort | uniq -c | tr -s ' ')" ' 1000 {"status":"ok"}'
is 'and so have as many logins and logouts' \
	"$(for n in $(seq 500); do
		printf '{"event":"Login","user":"fay","sessionId":"%s"}\n' "$n"
		printf '{"event":"Logout","user":"fay","sessionId":"%s"}\n' "$n"
	done | feed raw | sort | uniq -c | tr -s ' ')" ' 1000 {"status":"ok"}'
is 'which leave nothing behind' "$(sessions)" 2

# ---- clients that mean ill

abuse garbage open
abuse binary closed
abuse long closed
abuse deaf 'taken little'
abuse slow open
start racer python3 "$top_srcdir/tests/feed_client.py" race "$feed" 5
start flood python3 "$top_srcdir/tests/feed_client.py" abuse "$feed" flood
is 'while one client logs in twenty thousand, another is answered' "$(ask 'Login gil x')" ok
ok 'the flood is taken' collect flood
is 'with an answer for each' "$(cat "$tmp/flood.log")" "closed $((20000 * 16))"
collect racer
diag "signs of life meanwhile: $(cat "$tmp/racer.log")"
like 'and signs of life are answered all the time' "$(cat "$tmp/racer.log")" '^requests [1-9][0-9]{2}'
ok 'of ill clients it speaks seldom' test "$(log_count imsconnd 'warning: feed socket')" -le 2
ok 'imsconnd stops when told' stop_imsconnd
rm -rf "$tmp/store"

# ---- a storm, with kill -9 in its middle: what was answered is there

write_conf dovecot.dict_socket= feed.connections=20
start_activated
start storm python3 "$top_srcdir/tests/feed_client.py" storm "$feed" 1000 16 'u%d'
for part in 200 500 800; do
	await has_acked "$part"
	kill_activated
	sed -n 's/.* acked //p' "$tmp/storm.log" | sort >"$tmp/acked"
	await activated_is_up
	listed >"$tmp/listed"
	is "killed after $part logins, imsconnd has all that it answered" \
		"$(comm -23 "$tmp/acked" "$tmp/listed" | tr '\n' ' ')" ''
done
collect storm
is 'with a socket that somebody else holds every login gets in' "$(listed | sort -u | wc -l)" 1000

# ---- too many

start crowd python3 "$top_srcdir/tests/feed_client.py" crowd "$feed" 100
await log_has crowd ready
is 'when there are too many connections, the most silent go, not the new' "$(ask 'Login zoe z')" ok
stop crowd
ok 'imsconnd stops when it was activated, too' stop activate
rm -rf "$tmp/store"
write_conf dovecot.dict_socket= "feed.socket=$feed" feed.group= collector.max_sessions=2
start_served
is 'there are no more sessions than the configuration allows' "$(ask 'Login a x' 'Login b x' 'Login c x')" \
	'ok ok there are too many sessions of webmail'
is 'but the access is recorded' "$(snmp_get -Oqv 'imscUserName."c"' | tr -d '"')" c
stop_imsconnd

# ---- a full disk

rm -rf "$tmp/store"
write_conf dovecot.dict_socket= "feed.socket=$feed" feed.group=
mount -t tmpfs -o size=1m none "$tmp/store"
start_served
ask 'Login first x' >/dev/null
head -c 2m /dev/zero >"$tmp/store/filler" 2>/dev/null
fill() {
	ask "Login filler f$((fill_number += 1))" >"$tmp/filled"
	cat "$tmp/filled"
	grep -q 'cannot be written' "$tmp/filled"
}
fill_number=0
ok 'a login that cannot be written is not taken' await fill
rm "$tmp/store/filler"
ok 'it is when there is room again' await says ok ask 'Login second x'
ok 'what was there before is there' says_like '^first$' listed
ask 'Logout first x' >/dev/null
ok 'and ends' not says_like '^first$' listed
ok 'imsconnd stops when told' stop_imsconnd
umount "$tmp/store"

# ---- a socket that cannot be had

write_conf dovecot.dict_socket= "feed.socket=$feed" feed.group=nobody-has-this
status=0
said=$("$imsconnd" -f "$tmp/imsconn.conf" 2>&1) || status=$?
like 'a group that there is not is named, with its key' "$said" \
	'there is no group "nobody-has-this"; name the group of those who connect in feed.group'
is 'and imsconnd does not start' "$status" 71
done_testing
