#!/bin/sh
# SPDX-License-Identifier: ISC
# All users of a real Cyrus IMAP, and the last accesses by POP that it keeps by itself.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget openssl

lastpop=$top_srcdir/contrib/cyrus/lastpop
pop_oid=imscUserPopLastAccess

# administer COMMAND ARGUMENT...: as admin, by a method of Python's imaplib.
administer() {
	python3 - "$imap_port" "$@" <<-'END'
		import imaplib, sys
		client = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
		client.login("admin", "pw")
		status, text = getattr(client, sys.argv[2])(*sys.argv[3:])
		sys.exit(status != "OK" and repr(text))
	END
}

known() {
	echo "$(snmp_value imscUsersKnown.0) $(snmp_value imscUsersNeverSeen.0)"
}

# reload [PATH=VALUE]...: another configuration, which begins with listing all users, unless they are
# being listed.
reload() {
	await not pgrep -P "$(pid_of imsconnd)" >/dev/null
	conf "$@"
	kill -HUP "$(pid_of imsconnd)"
}

conf() {
	cyrus_conf "cyrus.users_command=[ \"$tmp/bin/mailboxes\" ]" \
		"cyrus.lastpop_command=[ \"$tmp/bin/accesses\" ]" "$@"
}

# list COMMAND...: from now on this is what tells the last accesses by POP.
list() {
	printf '#!/bin/sh\n' >"$tmp/accesses.new"
	printf '%s\n' "$@" >>"$tmp/accesses.new"
	chmod 755 "$tmp/accesses.new"
	mv "$tmp/accesses.new" "$tmp/bin/accesses"
}

# new_accesses COUNT: how often so many were new.
new_accesses() {
	log_count imsconnd "$1 last accesses by POP were new"
}

# access_of USER: his last one by POP, in tenths of a second.
access_of() {
	tenths "$(snmp_value "$pop_oid.\"$1\"")"
}

# tells ARGUMENT...: lastpop.
tells() {
	status=0
	said=$("$lastpop" --user admin --password-file "$tmp/password" "$@" 2>&1) || status=$?
}

names() {
	printf '%s\n' "$said" | cut -f 1 | sort | xargs
}

(umask 077 && echo pw >"$tmp/password")
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$tmp/tls.key" -out "$tmp/tls.crt" 2>/dev/null
chmod 644 "$tmp/tls.key"
imaps_port=$(free_port)
cyrus_services="imaps cmd=\"$cyrus_bin/imapd -s -C $cyrus_dir/imapd.conf\" listen=\"127.0.0.1:$imaps_port\""
start_cyrus 'delete_mode: delayed' 'allowstarttls: on' "tls_server_cert: $tmp/tls.crt" "tls_server_key: $tmp/tls.key" \
	'virtdomains: userid' 'defaultdomain: example.org'
make_inbox ann bob carl.smith dave ann@example.net
administer create user/ann/Sent
administer create shared
administer setacl user/dave admin lrswipkxtecda
administer delete user/dave
visit pop3 ann >"$tmp/visit.log"
came=$(event_time visit login)
visit pop3 ann@example.net >/dev/null

# ---- lastpop

tells --port "$imap_port"
is 'lastpop tells who was ever there by POP' "$(names) $status" 'ann ann@example.net 0'
told=$(printf '%s\n' "$said" | sed -n 's/^ann\t//p')
ok 'and when' between "$((came / 1000000 - 1))" "$told" "$((came / 1000000))"
tells --host localhost --port "$imap_port" --tls starttls --ca-file "$tmp/tls.crt"
is 'with STARTTLS, too' "$(names) $status" 'ann ann@example.net 0'
tells --host localhost --port "$imaps_port" --tls imaps --ca-file "$tmp/tls.crt"
is 'and with TLS from the beginning' "$(names) $status" 'ann ann@example.net 0'
tells --host localhost --port "$imaps_port" --tls imaps
like 'a certificate of nobody is refused' "$status $said" '^1 lastpop: .*certificate verify failed'
tells --port "$imap_port" --user bob
is 'who is no administrator is told nothing of others' "$status $said" '0 '
echo wrong >"$tmp/password"
tells --port "$imap_port"
like 'a wrong password is told' "$status $said" '^1 lastpop: .*authentication failure'
chmod 644 "$tmp/password"
tells --port "$imap_port"
is 'one that everybody can read is not used' "$status $said" \
	"1 lastpop: $tmp/password: everybody can read or write it; chmod o= it"
chmod 600 "$tmp/password"
: >"$tmp/password"
tells --port "$imap_port"
is 'nor is an empty one' "$status $said" "1 lastpop: $tmp/password: there is no password in its first line"
echo pw >"$tmp/password"
tells --port "$(free_port)"
like 'a server that is not there is told' "$status $said" '^1 lastpop: .*Connection refused'

# answer [LINE]...: from now on the fake server has these answers, too.
answer() {
	cat >"$tmp/answers.new" <<-'END'
		GREETING * OK [CAPABILITY IMAP4rev1] hello\r\n
		CAPABILITY * CAPABILITY IMAP4rev1\r\n%s OK done\r\n
		LOGIN %s OK in\r\n
		LOGOUT * BYE\r\n%s OK done\r\n
		NAMESPACE * NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))\r\n%s OK done\r\n
	END
	printf '%s\n' "$@" >>"$tmp/answers.new"
	mv "$tmp/answers.new" "$tmp/answers"
	tells --port "$(cat "$tmp/fake.log")" --timeout "${seconds:-60}"
}

entry=/shared/vendor/cmu/cyrus-imapd/lastpop
start fake python3 "$top_srcdir/tests/fake_imap.py" "$tmp/answers"
await grep -q . "$tmp/fake.log"
answer "GETMETADATA * METADATA user.a^b ($entry \"01-Jan-2026 00:00:00 +0100\")\\r\\n* METADATA {6}\\r\\nuser.\
c ($entry {26}\\r\\n 2-Jan-2026 00:00:00 +0000)\\r\\n* METADATA user.d ($entry NIL)\\r\\n* METADATA user.\
e.f ($entry \"01-Jan-2026 00:00:00 +0000\")\\r\\n* METADATA \"user.&AOQ-\" ($entry \"01-Jan-1970 00:00:07 +0000\")\\r\\n%s OK done\\r\\n"
is 'literals, other separators, zones and characters are understood' "$status $(echo "$said" | tr '\t\n' '= ')" \
	'0 a.b=1767222000 c=1767312000 ä=7 '
answer "GETMETADATA * METADATA user.a ($entry \"99-Jan-2026 00:00:00 +0000\")\\r\\n%s OK done\\r\\n"
is 'what is no time is told' "$status $said" "1 lastpop: this is no time: b'99-Jan-2026 00:00:00 +0000'"
answer "GETMETADATA * METADATA user.a\\r\\n%s OK done\\r\\n"
is 'and what is no answer' "$status $said" "1 lastpop: METADATA makes no sense: [b'user.a']"
answer "GETMETADATA * METADATA user.a ($entry \\\"x)\\r\\n%s OK done\\r\\n"
like 'nor has its end' "$status $said" '^1 lastpop: it makes no sense: b'
answer 'GETMETADATA %s BAD what?\r\n'
like 'a refusal is told' "$status $said" '^1 lastpop: GETMETADATA.*BAD.*what'
answer 'NAMESPACE * NAMESPACE NIL NIL NIL\r\n%s OK done\r\n'
is 'so are users who are nowhere' "$status $said" \
	"1 lastpop: NAMESPACE does not tell where the users' mailboxes are"
seconds=1
answer
is 'a server that hangs is given up' "$status $said" '1 lastpop: there is no answer within 1 s'
answer 'GETMETADATA flood'
is 'and one that never ends' "$status $said" '1 lastpop: there is no answer within 1 s'
stop fake

# ---- imsconnd

cat >"$tmp/bin/mailboxes" <<END
#!/bin/sh
exec unshare -m $tmp/bin/inside setpriv --reuid $cyrus_user --regid $cyrus_group --clear-groups \\
	$cyrus_bin/ctl_mboxlist -C $cyrus_dir/imapd.conf -d
END
chmod 755 "$tmp/bin/mailboxes"
list "exec $lastpop --port $imap_port --user admin --password-file $tmp/password"
ietf_mibs
start_snmpd
conf
start_imsconnd -d
ok 'imsconnd counts who has an INBOX, and who was ever there by POP' await says '4 2' known
ok 'whose access is the one that Cyrus knows' says "${told}0" access_of ann
is 'that was no login here' "$(snmp_value imscServiceLogins.pop3)" 0
like 'imsconnutil tells it, too' "$(util -a -u ann@example.net)" '^ann@example.net +---.* +---.* +[0-9]+/'
is 'both were new' "$(new_accesses 2)" 1
reload
ok 'the next time none is' await says 1 new_accesses 0
hold ann pop3 ann
ok 'a later access is seen here' await says 1 snmp_value imscServiceLogins.pop3
ok '... indeed' await not says "${told}0" access_of ann
later=$(access_of ann)
reload
ok 'and is not moved by what Cyrus knew before' await says 2 new_accesses 0
is '... indeed' "$(access_of ann)" "$later"

# ---- commands that lie

list "printf 'bob\\t1700000000\\nbob\\t1600000000\\nno sense\\n\\nann\\t99999999999\\neve\\t1700000001'"
reload
ok 'of two times, the later one counts' await says 17000000000 access_of bob
ok 'lines that make no sense are told' await log_has imsconnd '2 lines of the last accesses by POP make no sense'
ok 'the last one needs no end' says 17000000010 access_of eve
list 'echo "no access today" >&2' 'exit 75'
reload
ok 'a command that fails is told' await log_has imsconnd \
	'the last accesses by POP cannot be listed: .*/accesses ended with status 75: no access today'
ok 'and the users are counted all the same' await says '4 1' known
list "printf 'old\\t86400\\nbob\\t1700000000\\n'"
reload retention=5000
ok 'it is told when that is over' await log_has imsconnd 'the last accesses by POP can be listed again'
like 'what the retention would forget is not taken' "$(snmp_value "$pop_oid.\"old\"")" 'No Such'
list "seq -f 'user%.0f	1700000000' 100000"
reload
ok 'a hundred thousand are taken in one go' await says 1 new_accesses 100000
ok '... indeed' says 17000000000 access_of user99999
reload cyrus.users_minutes=0
ok 'users who are not to be listed are not known' await not says_like '^4 ' known
ok 'imsconnd stops when told' stop_imsconnd
done_testing
