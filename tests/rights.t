#!/bin/sh
# SPDX-License-Identifier: ISC
# README's table of rights: imsconnd as a plain user does each thing with what the table names, and without
# it says what is missing. So does imsconnutil, by a member of group imsconn.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need snmpd snmpget snmpset setpriv

feed_socket=$tmp/feed.sock

# start_with CAPABILITIES [GROUP]...: as imsconnd_as, with an empty store, and the dict socket that
# systemd holds.
start_with() {
	imsconnd_as "$@"
	rm -rf "$tmp/store" "$tmp/activate.log"
	mkdir -m 750 "$tmp/store"
	chown "$imsconn_user:$imsconn_group" "$tmp/store"
	# shellcheck disable=SC2086 # commands and their words
	start activate python3 "$top_srcdir/tests/activate.py" "$dict_socket" "$tmp/imsconnd.pid" \
		$imsconn_under $imsconnd_rights "$imsconnd" -f "$tmp/imsconn.conf"
}

sees() {
	start_with "$@"
	await says ok snmp_value imscCollectorStatus.0
}

# of_imsconnd FIELD: what the kernel has of its rights.
of_imsconnd() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(cat "$tmp/imsconnd.pid")/status" | cut -f 1
}

# member OPTION...: imsconnutil by somebody in group imsconn, who is neither root nor imsconnd.
member() {
	status=0
	# shellcheck disable=SC2086 # a command and its words
	said=$($imsconn_under setpriv --reuid bin --regid bin --groups "${member_of-$imsconn_group}" --no-new-privs \
		--bounding-set=-all "$imsconnutil" --config "$tmp/imsconn.conf" "$@" 2>&1) || status=$?
}

member_shows() {
	member "$@" && says_like "$member_wanted" echo "$said"
}

known() {
	echo "$(snmp_value imscUsersKnown.0) $(snmp_value imscUsersNeverSeen.0)"
}

disconnect() {
	snmp_set "imscUserDisconnect.\"$1\"" i 1 >/dev/null
}

# port USER: the server's, as far as it is known.
port() {
	snmp_value "imscSessionLocalPort.$(sessions_of "$1" | head -n 1)"
}

for user in ann bob; do
	echo "$user::65534:65534::$dovecot_dir/mail/$user::"
done >"$tmp/users"
ietf_mibs
start_syslog
write_conf disconnect.allow_snmp=true

# ---- nothing at all, and no socket that lets it in

start_snmpd
start_dovecot "$(listed_users "$tmp/users")"
start_with ''
ok 'where anvil has no group of its own it cannot ask, and says what is missing' await log_has activate \
	"cannot connect to \"$anvil_socket\": permission denied; be root, or give its unix_listener a group of yours"
ok 'nor can it reach snmpd' await log_has activate "no master agent at $tmp/agentx .Permission denied"
stop activate

sees ,+dac_override
ok 'with CAP_DAC_OVERRIDE it sees both' says ok snmp_value imscCollectorStatus.0
member -c -s imap
like 'imsconnutil without it does not, and says what is missing' "$said" \
	"cannot connect to \"$anvil_socket\": permission denied; be root, or give its unix_listener a group of yours"
ok 'but all users are told only to those in the group of their socket' \
	await log_has activate 'all users cannot be listed: .*User listing returned failure'
stop activate
stop_dovecot
stop_snmpd

# ---- no capability, and sockets that do

start_snmpd
start_dovecot "$(listed_users "$tmp/users")"
hold early imap early
sees ''
is 'let in by group, it needs no capability' "$(of_imsconnd CapPrm) $(of_imsconnd CapBnd)" \
	'0000000000000000 0000000000000000'
is 'as a plain user' "$(of_imsconnd Uid)" "$(id -u "$imsconn_user")"
is 'of no other group' "$(of_imsconnd Groups)" ''
hold ann imap ann
ok 'sessions are listed, and their logins told' await says recorded session_value ann LoginTimeSource
is 'with the mechanism' "$(session_value ann AuthMech)" PLAIN
like 'and last accesses' "$(util -a -u ann)" '^ann +[0-9]'
ok 'all users are known' await says_like '^2 ' known
like 'the port of a session from before is not' "$(port early)" '^0$|No Such Instance'
if [ "$dovecot_version" = 2.3 ]; then
	like 'nor one that Dovecot does not tell' "$(port ann)" '^0$|No Such Instance'
	disconnect ann
	ok 'who is disconnected stays, and it is said what is missing' \
		await log_has syslog 'user="ann".*be root or have CAP_KILL'
	ok '... indeed' not log_has ann ' closed'
else
	is 'but that which Dovecot tells' "$(port ann)" "$imap_port"
	disconnect ann
	ok 'who is disconnected goes, at anvil' await log_has ann ' closed'
	hold ann imap ann
	await says recorded session_value ann LoginTimeSource
fi

# ---- a member of the group

member_wanted='^ann .*plain'
ok 'imsconnutil shows a member of the group who is connected' member_shows -c -s imap
member_wanted='^ann  *[0-9]'
ok 'and who was there' member_shows -a -u ann
member_of=nogroup
member -c
is 'nobody else' "$status" 77
like 'which is told with the name of the group' "$said" \
	"cannot open the store in .*permission denied; be root or a member of group $imsconn_group"
unset member_of
member -k -u ann
if [ "$dovecot_version" = 2.3 ]; then
	like 'a member disconnects nobody, and is told why' "$said" 'be root or have CAP_KILL'
	ok '... indeed' not log_has ann ' closed'
else
	ok 'whom anvil lets in may disconnect' await log_has ann ' closed'
	like 'it is no record in the store, which is told' "$said" 'not recorded in the store: .*permission denied'
	ok 'but in syslog' log_has syslog 'disconnect user="ann" origin=cli requester="bin'
fi
stop activate

# ---- one right more

sees ,+sys_ptrace
ok 'with CAP_SYS_PTRACE the port of a session from before is found' await says "$imap_port" port early
hold bob imap bob
ok 'and that which Dovecot does not tell' await says "$imap_port" port bob
stop activate

if [ "$dovecot_version" = 2.3 ]; then
	sees ,+kill
	await says 1 snmp_value 'imscUserSessions."bob"'
	disconnect bob
	ok 'with CAP_KILL it disconnects' await log_has bob ' closed'
	stop activate
fi

# ---- one of several that a process serves

# disconnect_one: a user has two sessions, and one of them is to end.
disconnect_one() {
	hold one pop3 ida
	hold two pop3 ida
	await says 2 snmp_value 'imscUserSessions."ida"'
	snmp_set "imscSessionDisconnect.$(sessions_of ida | head -n 1)" i 1 >/dev/null
}

# left: how many of both clients go on.
left() {
	for name in one two; do
		log_has $name ' (closed|reset)' || echo $name
	done | wc -l
}

stop_dovecot
tell_ports=1
start_dovecot "$(shared_processes pop3)"
sees ''
disconnect_one
ok 'without CAP_NET_ADMIN, one of several in a process stays, and it is said what is missing' \
	await log_has syslog 'user="ida".*be root or have CAP_NET_ADMIN'
is 'with all others' "$(left)" 2
stop activate
stop one
stop two
sees ,+net_admin
disconnect_one
ok 'with it, he goes' await says 1 left
stop activate

# ---- the log

write_conf "dovecot.log_file=$tmp/dovecot-mail.log" dovecot.dict_socket=
imsconnd_as ''
start_imsconnd
ok 'a log that is for a group only is not read, and it says for which' await log_has imsconnd \
	"cannot read \"$tmp/dovecot-mail.log\": permission denied; be root or a member of group adm"
stop_imsconnd
imsconnd_as '' adm
start_imsconnd
hold cyd imap cyd
ok 'a member of the group reads it' await says recorded session_value cyd LoginTimeSource
stop_imsconnd

# ---- what belongs to others

key=$tmp/privacy.key
site_dict=$tmp/site.sock

tell_login() {
	python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" "$1" "site=last-login/$1" >/dev/null
}

site_has() {
	tell_login "$1"
	await log_has site "last-login/$1"
}

(umask 077 && head -c 32 /dev/urandom >"$key")
start site python3 "$top_srcdir/tests/dict_site.py" "$site_dict"
await is_listening "$site_dict" && chmod 600 "$site_dict"
write_conf privacy.mode=pseudonymous "privacy.key_file=$key" "dovecot.dict_forward=$site_dict"
imsconnd_as ,+dac_override dovecot
start_imsconnd
is "with CAP_DAC_OVERRIDE it reads root's key" "$(snmp_value imscPrivacy.0)" pseudonymous
ok "and tells the site's dict" site_has eve
stop_imsconnd
imsconnd_as '' dovecot
ok 'without it, it cannot' not run_imsconnd
like 'and says so' "$(cat "$tmp/ok.out")" "cannot open the privacy key $key: Permission denied"
chown "$imsconn_user" "$key"
start_imsconnd
is 'but its own' "$(snmp_value imscPrivacy.0)" pseudonymous
tell_login fay
ok "the site's dict that does not let it in is named" await log_has imsconnd \
	"the site's dict at \"$site_dict\" cannot be reached: Permission denied"
let_in "$site_dict"
ok 'one that does is told' site_has gus
stop_imsconnd

# ---- sockets of its own, without systemd

write_conf
imsconnd_as ''
ok 'without systemd it cannot give the dict socket to a group it is not in' not run_imsconnd
like 'and says so' "$(cat "$tmp/ok.out")" "cannot give \"$dict_socket\" to group \"dovecot\": Operation not permitted"
write_conf "feed.socket=$feed_socket" feed.group=www-data
imsconnd_as '' dovecot
ok "nor webmail's" not run_imsconnd
like 'and says so, too' "$(cat "$tmp/ok.out")" "cannot give \"$feed_socket\" to group \"www-data\": Operation not permitted"
imsconnd_as '' dovecot www-data
start_imsconnd
is 'in both groups, it makes both' "$(stat -c '%G %a' "$dict_socket" "$feed_socket" | xargs)" \
	'dovecot 660 www-data 660'
hold dan imap dan
ok 'and is told of logins' await says recorded session_value dan LoginTimeSource
ok 'it stops when told' stop_imsconnd
done_testing
