#!/bin/sh
# SPDX-License-Identifier: ISC
# Logins and logouts of a real Cyrus as they happen: by its proc files alone, and by its events, too.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpwalk

now() {
	date +%s%1N
}

# client_tenths NAME EVENT: when a client saw it, in tenths of a second.
client_tenths() {
	echo $(($(event_time "$1" "$2") / 100000))
}

# last_access SERVICE USER: in tenths of a second.
last_access() {
	case $1 in
	imap) tenths "$(snmp_value "imscUserImapLastAccess.\"$2\"")" ;;
	pop3) tenths "$(snmp_value "imscUserPopLastAccess.\"$2\"")" ;;
	http) tenths "$(snmp_value "imscUserHttpLastAccess.\"$2\"")" ;;
	esac
}

logins() {
	snmp_value "imscServiceLogins.$1"
}

# end_it USER HOW: ends the client's session.
end_it() {
	case $2 in
	logout | close | reset) tell "$1" "$2" ;;
	term) kill -TERM "$(basename "$(proc_file "$1")")" ;;
	crash) kill -USR1 "$(basename "$(proc_file "$1")")" ;;
	esac
}

# check_ends SERVICE TAIL: one session for each kind of end, of users whose names end in TAIL.
check_ends() {
	for how in logout close reset term crash; do
		user=$1$how$2
		[ "$1" != http ] || make_inbox "$user"
		ok "$user is in" hold "$user" "$1" "$user"
		ok 'and listed' await says_like "^$1\\." sessions_of "$user"
		is 'the login time is recorded' "$(session_value "$user" LoginTimeSource)" recorded
		ok 'and exact' between $(($(client_tenths "$user" connected) - 1)) \
			"$(tenths "$(session_value "$user" LoginTime)")" $(($(client_tenths "$user" login) + 5))
		is 'both ends are known' "$(session_value "$user" RemotePort) $(session_value "$user" LocalPort)" \
			"$(event "$user" connected) $(port_of "$1")"
		before=$(now)
		end_it "$user" "$how"
		ok "its $how ends it" await says '' sessions_of "$user"
		after=$(now)
		last=$(last_access "$1" "$user")
		ok 'at once' between "$before" "$last" $((before + 10))
		ok 'and no later than it was noticed' between "$before" "$last" "$after"
	done
}

# burst THREADS FORM: 300 short sessions.
burst() {
	burst_before=$(logins pop3)
	mail_client burst pop3 "$pop3_port" 300 "$@"
}

burst_counted() {
	echo $(($(logins pop3) - burst_before))
}

ietf_mibs
start_snmpd
events=$tmp/events.sock
start_cyrus "$(cyrus_event_lines "$events" imap pop3)"

# A long time between polls: nothing of this is theirs.
cyrus_conf collector.poll_seconds=30
start_imsconnd
ok 'the first poll is over' await says ok snmp_value imscCollectorStatus.0
check_ends imap f
check_ends pop3 f
check_ends http f

make_inbox carl dora
ok 'carl is in by HTTP' hold carl http carl
ok 'and listed' await says_like '^http\.' sessions_of carl
tell carl 'login dora'
ok 'in the same connection dora comes' await says_like '^http\.' sessions_of dora
ok 'and carl is gone' await says '' sessions_of carl
tell carl logout
ok 'and so is she' await says '' sessions_of dora

# A file that says who is in lasts for some milliseconds.
ok 'one user comes 300 times for a moment' burst 1 'ann%.0s'
AWAIT_SECONDS=2 await says 300 burst_counted 2>/dev/null || :
diag "$(burst_counted) of 300 were seen in their files"
ok 'most are seen' between 150 "$(burst_counted)" 300
is 'nobody is left' "$(snmp_rows imscSessionUser)" 0
stop_imsconnd

cyrus_conf collector.poll_seconds=30 "cyrus.event_socket=$events" "cyrus.event_group=$cyrus_group"
start_imsconnd
ok 'the first poll is over' await says ok snmp_value imscCollectorStatus.0
check_ends imap e
check_ends pop3 e
ok 'ann is in' hold ann imap ann
ok 'and listed' await says_like '^imap\.' sessions_of ann
like "her session has Cyrus's name" "$(session_value ann StoreId)" \
	"^cyrus-[0-9]+-$(basename "$(proc_file ann)")-"
tell ann logout
ok 'she leaves' await says '' sessions_of ann
for how in '1 ann%.0s' '8 ann%.0s' '8 u%d'; do
	# shellcheck disable=SC2086 # two words
	ok "300 short sessions come ($how)" burst $how
	ok 'and all are counted' await says 300 burst_counted
done
ok 'nobody is left' await says 0 snmp_rows imscSessionUser
ok 'nothing was refused or lost' not log_has imsconnd 'refused|lost|followed'

done_testing
