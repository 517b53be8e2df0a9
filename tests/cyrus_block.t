#!/bin/sh
# SPDX-License-Identifier: ISC
# Blocking and unblocking users of a real Cyrus IMAP by its own cyr_deny, with the settings of
# contrib/cyrus/imsconn.conf, by an imsconnd that is the user that Cyrus is.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget

# run WANTED_STATUS OPTION...: imsconnutil; what it says is in $said.
run() {
	run_wanted=$1
	shift
	status=0
	said=$(util "$@" 2>&1) || status=$?
	[ "$status" = "$run_wanted" ]
}

refused() {
	visit "$1" "$2" >"$tmp/visit.out" 2>&1 && return 1
	grep -qE 'refused|40[13]|closed' "$tmp/visit.out"
}

# shipped KEY: its value in the example, with the paths of this Cyrus.
shipped() {
	sed -n "s,/usr/lib/cyrus/bin,$tmp/tools,; s/^[[:space:]]*$1 = \\(.*\\);\$/\\1/p" \
		"$top_srcdir/contrib/cyrus/imsconn.conf"
}

start_cyrus
ietf_mibs
imsconn_user=$cyrus_user imsconn_group=$cyrus_group
imsconnd_as ''
start_snmpd
start_syslog
cyrus_tools
cyrus_conf "disconnect.block_command=$(shipped block_command)" \
	"disconnect.unblock_command=$(shipped unblock_command)" \
	"disconnect.block_seconds=$(shipped block_seconds)" "cyrus.users_command=$(shipped users_command)"
make_inbox ann bob dan
start_imsconnd
hold ann1 imap ann idle
hold ann2 http ann
hold bob1 imap bob idle
await says 2 snmp_value imscServiceSessions.imap
ok 'a user is blocked and disconnected' run 0 --block -k -u ann
like 'which is told' "$said" '^Blocked user ann\.$'
for name in ann1 ann2; do
	ok 'a session has ended' await log_has $name ' closed'
done
for service in imap pop3 http; do
	ok "a login by $service is refused" refused $service ann
	ok "nobody else's is" visit $service bob
done
ok 'nor is anybody else disconnected' not log_has bob1 ' closed'
ok 'Cyrus tells who is denied' says_like '^ann +\* +blocked$' cyrus_tool cyr_deny -l
ok 'so does imsconnutil' run 0 --blocked -u ann
ok 'a user who is blocked may be blocked again' run 0 --block -u ann
ok 'who was never there may be, too' run 0 --block -u nobody-there
ok 'a user is unblocked' run 0 --unblock -u ann
for service in imap pop3 http; do
	ok "and is in by $service at once" visit $service ann
done
ok 'a name may begin with a hyphen, and have blanks' run 0 --block -u '-e two'
ok '... indeed' says_like '^-e two +\*' cyrus_tool cyr_deny -l
run 0 --unblock -u '-e two'
ok 'and be unblocked' not says_like '^-e two' cyrus_tool cyr_deny -l

ok 'a user is blocked for a while' run 0 --block=4s -u dan
ok 'and is refused' refused imap dan
ok 'until then' await visit imap dan
ok 'it is on record who unblocked him' await log_has syslog \
	'unblock user="dan" origin=policy requester="the end of the block" result="done"'
ok 'all users are known' await says 3 snmp_value imscUsersKnown.0
stop_imsconnd

imsconn_user=games imsconn_group=games
imsconnd_as ''
# shellcheck disable=SC2086 # a command and its words
ok 'who is neither user cyrus nor root cannot block' not \
	$imsconn_under $imsconnd_rights "$tmp/tools/cyr_deny" -m blocked -- bob
like 'and is told so' "$(cat "$tmp/ok.out")" 'cyr_deny: failed to open deny db'
ok '... indeed' visit imap bob
done_testing
