#!/bin/sh
# SPDX-License-Identifier: ISC
# Blocking and unblocking users: by contrib's command with a real Dovecot and its authentication cache,
# by commands that fail, hang or are missing; what is kept of it, and blocks that end by themselves.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need snmpd snmpget

# run WANTED_STATUS OPTION...: imsconnutil; what it says is in $said.
run() {
	run_wanted=$1
	shift
	status=0
	said=$(util "$@" 2>&1) || status=$?
	[ "$status" = "$run_wanted" ]
}

last_record() {
	tail -n 1 "$tmp/syslog.log" | sed 's/^.*imsconn[a-z]*\[[0-9]*\]: //; s/^.*: \(un\)*block/\1block/'
}

record_like() {
	says_like "$1" last_record
}

refused() {
	visit imap "$1" >"$tmp/visit.out" 2>&1 && return 1
	grep -q refused "$tmp/visit.out"
}

# The command's options are those that a site with other paths gives it; so is the way to doveadm.
ln -s "$doveadm" "$tmp/bin/doveadm"
PATH=$tmp/bin:$PATH
export PATH
deny="$top_srcdir/contrib/dovecot/imsconn-deny"
command="[ \"$deny\", \"-c\", \"$dovecot_dir/dovecot.conf\", \"-f\", \"$dovecot_dir/deny\", \"--\""

: >"$dovecot_dir/deny"
sed "s,/etc/dovecot/imsconn-deny\$,$dovecot_dir/deny," \
	"$top_srcdir/contrib/dovecot/imsconn-deny-$dovecot_version.conf" >"$dovecot_dir/00-imsconn-deny.conf"
ietf_mibs
start_syslog
start_snmpd
# The deadliest cache there is: it would let a blocked user in for an hour.
start_dovecot "$(auth_cache)" 'auth_failure_delay = 0'
write_conf "disconnect.block_command=$command, \"block\" ]" \
	"disconnect.unblock_command=$command, \"unblock\" ]"
start_imsconnd

usage=$("$imsconnutil" -h | sed '/^$/,$d')

# refuses SENTENCE MESSAGE OPTION...
refuses() {
	refuses_sentence=$1
	refuses_message=$2
	shift 2
	run 64 "$@" || :
	is "$refuses_sentence" "$status $said" "64 imsconnutil: $refuses_message
$usage"
}

for duration in '' 0h 12 h 12x 1h30 -1h 99999999d 99999999999999999999s ' 1h'; do
	refuses "\"$duration\" is no duration" \
		"--block takes a number of s, m, h, d or w, such as 12h, not \"$duration\"" "--block=$duration" -u ann
done
refuses '--block needs to be told whom' '--block and --unblock need to be told whom: -u or -f' --block
refuses 'and so does --unblock' '--block and --unblock need to be told whom: -u or -f' --unblock
refuses 'not both at once' 'only one of --block, --blocked and --unblock can be asked for' \
	--block --unblock -u ann
refuses '--unblock stands alone' \
	'--blocked and --unblock stand alone, and --block with -k at most' -k --unblock -u ann
refuses '-s has no meaning with --blocked' '-s has no meaning with --block, --blocked and --unblock' \
	--blocked -s imap

# ---- block, kick, refused, unblock, login

ok 'a user who is not blocked logs in' visit imap ann
is 'and is remembered' "$("$doveadm" auth cache flush -- ann)" '1 cache entries flushed'
hold ann1 imap ann idle
hold bob1 imap bob idle
await says 2 snmp_value imscServiceSessions.imap
ok 'a user is blocked and disconnected' run 0 --block -k -u ann
is 'both are told' "$said" 'Blocked user ann.
Disconnected user ann: 1 connections.'
ok 'the session has ended' await log_has ann1 ' closed'
ok 'a login is refused, though the cache knew the password' refused ann
ok 'by POP, too' not visit pop3 ann
ok 'nobody else is refused' visit imap bob
ok 'nor disconnected' not log_has bob1 ' closed'
ok 'who is blocked is shown' run 0 --blocked
like 'with the time and who asked for it' "$said" \
	'^ann +[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} +root'
is 'under these words' "$(printf '%s\n' "$said" | head -n 1 | tr -s ' ')" 'UID SINCE UNTIL BY'
ok 'a user who is blocked may be blocked again' run 0 --block -u ann
is 'once in the file' "$(cat "$dovecot_dir/deny")" ann
like 'it is on record' "$(grep -c 'block user="ann" origin=cli requester="root.*" result="done" reason=""' \
	"$tmp/syslog.log")" '^2$'
ok 'and in the audit' says_like '^block' snmp_value imscAuditAction.1
is 'which tells a block from a disconnection' \
	"$(snmp_value imscAuditAction.2) $(snmp_value imscAuditAction.3)" 'disconnect block'
is 'and of whom' "$(snmp_value imscAuditUser.1) $(snmp_value imscAuditResult.1)" 'ann done'
ok 'a user is unblocked' run 0 --unblock -u ann
is 'and that is told' "$said" 'Unblocked user ann.'
ok 'he logs in at once' visit imap ann
ok 'nobody is blocked now' run 1 --blocked -u ann
is 'and only the words stand there' "$(printf '%s\n' "$said" | tr -s ' ')" 'UID SINCE UNTIL BY'
ok 'to unblock who is not blocked' run 1 --unblock -u ann
is 'is told' "$said" 'User ann is not blocked.'
ok 'it is on record as well' record_like '^unblock user="ann" .* result="nothing to do"'

# ---- names

for name in 'eve:x' '#eve' 'eve two' '-eve' "eve
root"; do
	run 2 --block -u "$name" || :
	case $name in
	eve:x) like 'it is told why' "$said" '^Cannot block user eve:x: .*status 1: the name cannot stand' ;;
	esac
	case $name in
	-eve) is 'a name may begin with a hyphen' "$status $(cat "$dovecot_dir/deny")" '0 -eve' ;;
	*) is "$(printf %s "$name" | tr '\n#' '?@'): what the file cannot hold is refused" \
		"$status$(cat "$dovecot_dir/deny")" 2 ;;
	esac
	util --unblock -u "$name" >"$tmp/unblock.out" 2>&1 || :
done
run 2 --block -u 'x:y' -u cat || :
is 'of several, the others are blocked' "$status $(cat "$dovecot_dir/deny")" '2 cat'
like 'and it is told which not' "$said" '^Cannot block user x:y: .*status 1: the name cannot stand'
ok 'all are unblocked' run 0 --unblock -u cat

# ---- blocks that end

ok 'a user is blocked for a while' run 0 --block=4s -u dan
like 'and it is told until when' "$said" '^Blocked user dan until [0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8}\.$'
ok 'until then he is refused' refused dan
ok 'then he logs in' await visit imap dan
ok 'he is no longer shown' await run 1 --blocked -u dan
ok 'it is on record who unblocked him' record_like \
	'^unblock user="dan" origin=policy requester="the end of the block" result="done"'
ok 'a block for a while outlives the daemon' run 0 --block=1s -u fay
stop_imsconnd
ok 'and is shown as long as it lasts' run 0 --blocked -u fay
start_imsconnd
ok 'it ends when imsconnd is back' await run 1 --blocked -u fay
ok 'and he logs in' visit imap fay

# ---- commands that do not do it

# hook LINE...: the command, from now on.
hook() {
	printf '%s\n' '#!/bin/sh' "$@" >"$tmp/hook.new"
	chmod 755 "$tmp/hook.new"
	mv "$tmp/hook.new" "$tmp/hook"
}

stop_imsconnd
write_conf disconnect.block_seconds=1 "disconnect.block_command=[ \"$tmp/hook\", \"one  word\", \"\$HOME;*\" ]"
hook "printf '%s|' \"\$#\" \"\$@\" \"\$IMSCONN_ACTION\" \"\$IMSCONN_USER\" \"\${IMSCONN_UNTIL-none}\" \"\$IMSCONN_OLD\" >$tmp/seen" \
	'echo much; exit 0'
IMSCONN_OLD=x ok 'a command is run as it is configured' run 0 --block -u 'g us"'
is 'without a shell, with the user at its end and in its environment' "$(cat "$tmp/seen")" \
	"3|one  word|\$HOME;*|g us\"|block|g us\"|none||"
is 'what it prints is not seen' "$said" 'Blocked user g us".'
util --block=1h -u gus >/dev/null
until=$(cut -d '|' -f 7 "$tmp/seen")
ok 'it is told until when' test "$until" -gt $(($(date +%s) + 3500)) -a "$until" -le $(($(date +%s) + 3600))
hook 'echo "no such
account" >&2' 'exit 7'
ok 'a command that fails' run 2 --block -u hal
is 'is told, with what it complains of' "$said" \
	"Cannot block user hal: $tmp/hook ended with status 7: no such; account"
ok 'is on record' record_like '^block user="hal" .* result="failed" reason=".* status 7: no such; account"'
ok 'and blocks nobody' run 1 --blocked -u hal
hook 'tail -f /dev/null & tail -f /dev/null'
ok 'a command that hangs' run 2 --block -u hal
is 'is ended' "$said" "Cannot block user hal: $tmp/hook took more than 1 s"
rm "$tmp/hook"
ok 'a command that is not there' run 2 --block -u hal
is 'is told' "$said" "Cannot block user hal: cannot run $tmp/hook: No such file or directory"
ok 'without a command to unblock' run 78 --unblock -u gus
like 'the key is told' "$said" 'imsconn\.conf: disconnect\.unblock_command is not set'
ok 'who was blocked stays so' run 0 --blocked -u gus
mv "$tmp/store" "$tmp/store-away"
hook "touch $tmp/was-run"
ok 'without a store nobody is blocked' run 69 --block -u ian
ok 'not even by the command' test ! -e "$tmp/was-run"
mv "$tmp/store-away" "$tmp/store"

# ---- unblocking that fails

write_conf "disconnect.block_command=[ \"$tmp/hook\" ]" "disconnect.unblock_command=[ \"$tmp/hook\" ]"
hook 'exit 0'
util --block=1s -u ida >/dev/null
hook 'exit 9'
start_imsconnd
ok 'a block that cannot be ended is told' await log_has imsconnd \
	"warning: a user cannot be unblocked: $tmp/hook ended with status 9"
ok 'and on record' await record_like '^unblock user="ida" origin=policy .* result="failed" reason=".*status 9"'
ok 'the user is shown still' run 0 --blocked -u ida
hook 'exit 0'
stop_imsconnd
start_imsconnd
ok 'it is tried again' await run 1 --blocked -u ida
ok 'imsconnd stops when told' stop_imsconnd
done_testing
