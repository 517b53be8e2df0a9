#!/bin/sh
# SPDX-License-Identifier: ISC
# Users who do not come: how many for how long, how many there are at all, and how many were never
# seen. With a real Dovecot, whose user database can list its users, cannot, fails, and hangs.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget snmpwalk

now=$(date +%s)

# was_here USER DAYS: a login so many days before this moment is on record.
was_here() {
	python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" "$1" \
		"time=$((now - $2 * 86400))000000" >/dev/null
}

# The whole table: "30=2 90=1 ..."; nothing else is in the columns of the entry.
inactive() {
	snmp_walk -Oqs imscInactiveTable | sed -n 's/^imscInactiveUsers\.\([0-9]*\) \([0-9]*\).*/\1=\2/p' | xargs
}

known() {
	echo "$(snmp_value imscUsersKnown.0) $(snmp_value imscUsersNeverSeen.0)"
}

unknown='No Such Instance currently exists at this OID'

# list_with LINE...: what is run as doveadm from now on.
list_with() {
	printf '%s\n' '#!/bin/sh' "$@" >"$tmp/doveadm.new"
	chmod 755 "$tmp/doveadm.new"
	mv "$tmp/doveadm.new" "$tmp/doveadm"
}

reload() {
	write_conf "$conf_doveadm" local.pop3.enableuserlist=0 "$@"
	kill -HUP "$(pid_of imsconnd)"
}

status() {
	snmp_value imscCollectorStatus.0
}

# The bits of imscCapabilities, by name.
capabilities() {
	snmp_get -Ov imscCapabilities.0 | grep -o '[a-zA-Z]*([0-9]*)' | sed 's/(.*//' | xargs
}

hangs() {
	[ -s "$tmp/hung" ] && pid_lives "$(cat "$tmp/hung")"
}

conf_doveadm=dovecot.doveadm=$tmp/doveadm
real="exec $doveadm \"\$@\""
for user in ann bob cyd d29 d30 d90 d400 never1 never2; do
	echo "$user::65534:65534::$dovecot_dir/mail/$user::"
done >"$tmp/users"

start_snmpd
start_dovecot "$(listed_users "$tmp/users")"
list_with "$real"
write_conf "$conf_doveadm" local.pop3.enableuserlist=0
start_imsconnd
await says ok status

# ---- all users

ok 'the users of the user database are counted, and nobody was ever here' await says '9 9' known
ok 'the capabilities have what this Dovecot and this configuration give' says \
	'loginTime authMech localAddress remotePort idleTime octets lastLogin lastLogout allUsers' capabilities

# ---- inactive users

is 'there is a row for each span, and nobody in it' "$(inactive)" '30=0 90=0 180=0 365=0'
for days in 29 30 90 400; do
	was_here "d$days" "$days"
done
was_here ann 200
was_here stranger 1000
is 'users are counted by the day of their last login' "$(inactive)" '30=5 90=4 180=3 365=2'
was_here d30 31
is 'an older record does not change it' "$(inactive)" '30=5 90=4 180=3 365=2'
hold ann imap ann
ok 'who is back is not inactive any more' await says '30=4 90=3 180=2 365=2' inactive
tell ann logout
collect ann
ok 'nor when he has left again' await says 0 snmp_value imscServiceSessions.imap
is 'his logout was just now' "$(inactive)" '30=4 90=3 180=2 365=2'
is 'GET of a row says what the walk said' "$(snmp_value imscInactiveUsers.180)" 2
is 'a span that is not configured has no row' "$(snmp_value imscInactiveUsers.31)" "$unknown"
is 'a walk goes on behind the table' \
	"$(snmp_get -Oqs imscUsersKnown.0 | cut -d ' ' -f 1) $(run_snmp snmpgetnext public -Oqs imscInactiveUsers.365 | cut -d ' ' -f 1)" \
	'imscUsersKnown.0 imscUsersKnown.0'

# ---- the next listing

reload
ok 'the next listing knows who was here' await says '9 4' known
stop_imsconnd
start_imsconnd
is 'the inactive users outlive a restart' "$(inactive)" '30=4 90=3 180=2 365=2'
ok 'and all users are counted again' await says '9 4' known

# ---- a listing that fails

list_with 'echo ann' 'echo "no iteration today" >&2' 'exit 75'
reload
ok 'after a listing that failed the counts are not known' await says "$unknown $unknown" known
ok 'the log tells why' log_has imsconnd 'cannot be listed: .*/doveadm ended with status 75: no iteration today'
unlike 'and a walk jumps over them' \
	"$(run_snmp snmpgetnext public -Oqs imscInactiveUsers.365)" 'imscUsers'
list_with "$real"
reload
ok 'a listing that succeeds makes them known' await says '9 4' known
is 'the failure was told once, and its end' \
	"$(log_count imsconnd 'cannot be listed') $(log_count imsconnd 'can be listed again')" '1 1'
rm "$tmp/doveadm"
reload
ok 'without the command they are not known' await says "$unknown $unknown" known
ok 'and the log names it' log_has imsconnd "cannot be listed: cannot run $tmp/doveadm: No such file"

# ---- a listing that hangs

list_with "echo \$\$ >$tmp/hung" 'exec tail -f /dev/null'
reload
ok 'a listing hangs' await hangs
was_here bob 50
is 'logins are acknowledged meanwhile, and requests answered' "$(inactive)" '30=5 90=3 180=2 365=2'
hold cyd imap cyd
ok 'and sessions seen' await says 1 snmp_value imscServiceSessions.imap
stop cyd
ok 'imsconnd stops all the same' stop_imsconnd
ok 'and the listing with it' await not hangs

# ---- other configurations

list_with "$real"
write_conf "$conf_doveadm" local.pop3.enableuserlist=0 retention=100 'inactive_days=[1000, 7, 40]' \
	dovecot.users_minutes=0 dovecot.dict_socket= disconnect.allow_snmp=true
start_imsconnd
await says ok status
ok 'the configured spans are the rows; who is forgotten is in none' await says '7=4 40=2 1000=0' inactive
is 'users who are not to be listed are not known' "$(known)" "$unknown $unknown"
is 'the capabilities follow the configuration' "$(capabilities)" \
	'localAddress remotePort idleTime octets lastLogin lastLogout disconnectUser disconnectSession'
reload 'inactive_days=[]' local.enablelastaccess=0
ok 'the capabilities follow SIGHUP' await says \
	'localAddress remotePort idleTime octets allUsers' capabilities
ok 'users are listed from now on' await says_like '^9 ' known
ok 'other spans need a restart, and the log tells' await log_has imsconnd 'only with a restart: .*inactive_days'
reload dovecot.users_minutes=0
ok 'and no longer' await says "$unknown $unknown" known
stop_imsconnd
write_conf "$conf_doveadm" 'inactive_days=[]'
start_imsconnd
ok 'without spans the table is empty' says '' inactive

# ---- a user database that cannot list

await says ok status
ok 'all users are known' await says_like '^9 ' known
stop_dovecot
await says stale status
list_with "$real"
start_dovecot
ok 'after a restart Dovecot is asked for its users, and cannot tell' await says "$unknown $unknown" known
like 'the log has its own words' "$(grep 'cannot be listed' "$tmp/imsconnd.log" | tail -n 1)" \
	'ended with status 75: .*[Ll]ist'
stop_imsconnd
write_conf backend=none
start_imsconnd
is 'without a mail server nothing can be had' "$(capabilities) $(known)" " $unknown $unknown"
ok 'imsconnd stops when told' stop_imsconnd
done_testing
