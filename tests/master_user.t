#!/bin/sh
# SPDX-License-Identifier: ISC
# Master users, who log in as somebody else with a password of their own: a real Dovecot tells who it
# really was, it is shown, and the user himself was not there.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget

last_access() {
	snmp_value "imscUserLastAccess.\"$1\""
}

# row_of CLIENT: the instance of his session, by his port.
row_of() {
	snmp_walk -Oqs imscSessionRemotePort | sed -n "s/^imscSessionRemotePort\\.\\([^ ]*\\) $(event "$1" connected)\$/\\1/p"
}

is_listed() {
	[ -n "$(row_of "$1")" ]
}

# auth_user CLIENT: whose credentials he has.
auth_user() {
	snmp_value "imscSessionAuthUser.$(row_of "$1")"
}

sessions() {
	snmp_value imscServiceSessions.all
}

# leave CLIENT...: they log out, and are seen to be gone.
leave() {
	leave_count=$(sessions)
	for name in "$@"; do
		tell "$name" logout
		collect "$name"
		leave_count=$((leave_count - 1))
	done
	await says "$leave_count" sessions
}

# returned: when the user of the last request was back.
returned() {
	snmp_walk -Oqv imscAuditReturned | tail -n 1
}

nothing='No Such Instance'

ietf_mibs
start_snmpd
start_dovecot "$(master_user boss)"
write_conf disconnect.allow_snmp=true
start_imsconnd
await says ok snmp_value imscCollectorStatus.0

# ---- who it was

hold ann imap ann
ok 'a user logs in' await is_listed ann
like 'with her own credentials' "$(auth_user ann)" "$nothing"
ok 'and out' leave ann
mine=$(last_access ann)
hold boss imap 'ann*boss'
ok 'a master user logs in as her' await is_listed boss
is 'the session is hers' "$(snmp_value "imscSessionUser.$(row_of boss)")" ann
is 'whose credentials were used is told' "$(auth_user boss)" boss
hold bob pop3 'bob*boss'
hold carl imap carl
hold BOSS imap boss
ok 'there are others' await says 4 sessions
is 'also by POP' "$(auth_user bob)" boss
is 'nobody else has such a value' "$(snmp_walk -Oqv imscSessionAuthUser | sort | uniq -c | tr -d ' "')" 2boss
like 'not even a master user as himself' "$(auth_user BOSS)" "$nothing"
unlike 'the text of the command is as ever' "$(util -c)" 'boss.*boss'

# ---- he is not the user

is 'her last access is her own' "$(last_access ann)" "$mine"
is 'and so is the service' "$(snmp_value 'imscUserImapLastAccess."ann"')" "$mine"
like 'who never was there was not there' "$(last_access bob)" "$nothing"
unlike 'nor does the command say so' "$(util -a)" '^bob '
ok 'he leaves' leave boss bob
is 'and that is no access either' "$(last_access ann)" "$mine"
like 'who had nothing but him is not known any more' "$(snmp_value 'imscUserSessions."bob"')" "$nothing"
is 'the logins are counted' "$(snmp_value imscServiceLogins.all)" 5
ok 'the others leave' leave carl BOSS

# Dovecot's auth_user is what was typed, too.
hold typed imap ANN
ok 'a user may type his name in other letters' await is_listed typed
is 'it is the same user' "$(snmp_value "imscSessionUser.$(row_of typed)")" ann
like 'with his own credentials' "$(auth_user typed)" "$nothing"
ok 'he leaves' leave typed
unlike 'he was there' "$(last_access ann)" "$mine"

# ---- he is nobody's return

hold ann imap ann
await is_listed ann
ok 'a user is disconnected' snmp_set 'imscUserDisconnect."ann"' i 1
ok 'and is gone' await says 0 sessions
hold boss imap 'ann*boss'
ok 'a master user is not her return' await is_listed boss
like 'which is told of' "$(returned)" "$nothing"
hold ann imap ann
ok 'she is' await says_like '^2' returned
ok 'all leave' leave boss ann

# ---- unless it is wanted

mine=$(last_access ann)
write_conf local.enablemasterlastaccess=1 disconnect.allow_snmp=true
kill -HUP "$(pid_of imsconnd)"
await log_has imsconnd 'the configuration was read again'
hold boss imap 'ann*boss'
ok 'with local.enablemasterlastaccess he comes again' await is_listed boss
unlike 'and moves her last access' "$(last_access ann)" "$mine"
is 'he is told all the same' "$(auth_user boss)" boss
here=$(last_access ann)
ok 'he leaves' leave boss
unlike 'which is an access, too' "$(last_access ann)" "$here"

# ---- by pseudonym

stop_imsconnd
head -c 32 /dev/urandom >"$tmp/key"
chmod 600 "$tmp/key"
chown "$imsconn_user" "$tmp/key"
write_conf privacy.mode=pseudonymous "privacy.key_file=$tmp/key"
start_imsconnd
hold boss imap 'ann*boss'
hold BOSS imap boss
ok 'by pseudonym he is there, too' await says 2 sessions
is 'and has the pseudonym that he has as a user' "$(snmp_walk -Oqv imscSessionAuthUser)" \
	"$(snmp_walk -Oqv imscSessionUser | tail -n 1)"
like 'which is none of his name' "$(snmp_walk -Oqv imscSessionAuthUser)" '^"?[0-9a-f]{32}"?$'
ok 'they leave' leave boss BOSS

# ---- a poll that is faster than the one who tells

stop_imsconnd
write_conf
start_imsconnd
stop_dovecot
start_dovecot "$(master_user boss)" "$(no_last_login)"
await says ok snmp_value imscCollectorStatus.0

is_there() {
	[ -n "$(sessions_of "$1")" ]
}

# Dovecot tells nothing, and the record comes when the session is seen. A slow machine may need more
# than the two seconds that there are for that: then once more.
comes_late() {
	for late_try in 1 2 3 4 5 6; do
		late=late$late_try
		hold late imap "$late"
		await is_there "$late" || return 1
		python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" "$late" master=boss rip=127.0.0.1 \
			"pid=$(snmp_value "imscSessionProcess.$(sessions_of "$late")")" >"$tmp/put"
		await says boss snmp_value "imscSessionAuthUser.$(sessions_of "$late")" || return 1
		stop late
		await says 0 sessions
		! says_like "$nothing" last_access "$late" || return 0
	done
	return 1
}
ok 'a session that a poll sees is no access before there was time for its record' comes_late

hold dan imap dan
ok 'without a record it is the same' await is_there dan
ok 'but two seconds later it is one' await says_like '^2' last_access dan
ok 'imsconnd stops when told' stop_imsconnd
done_testing
