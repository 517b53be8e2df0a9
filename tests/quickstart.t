#!/bin/sh
# SPDX-License-Identifier: ISC
# The quick start, with Dovecot and with Cyrus: it shows what it promises, and leaves everything as it was:
# when it is done, when it is interrupted, and when packages cannot be installed.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need autoreconf make gcc snmpd snmptable setsid

ietf_mibs
quickstart=$top_srcdir/contrib/quickstart
AWAIT_SECONDS=300

# A Debian where snmpd is not installed, as far as it can see: the tools that would change it only
# tell what they were asked.
mkdir "$tmp/debian"
cat >"$tmp/debian/dpkg-query" <<'END'
#!/bin/sh
case "$*" in *' snmpd' | *' dovecot-core') exit 1 ;; esac
echo 'install ok installed'
END
cat >"$tmp/debian/apt-get" <<'END'
#!/bin/sh
echo "apt-get $*" >>"$asked"
case "$*" in *install*) ;; *) exit 0 ;; esac
"$POLICY_RC_D" >>"$asked" || echo "policy-rc.d said $?" >>"$asked"
[ -z "${interrupt:-}" ] || kill -INT "-$(ps -o pgid= $$ | tr -d ' ')"
exit "${apt_status:-0}"
END
cat >"$tmp/debian/update-rc.d" <<'END'
#!/bin/sh
echo "update-rc.d $*" >>"$asked"
END
chmod 755 "$tmp"/debian/*
asked=$tmp/asked
POLICY_RC_D=$tmp/policy-rc.d
printf '#!/bin/sh\n# the site has its own\nexit 0\n' >"$POLICY_RC_D"
chmod 755 "$POLICY_RC_D"
cp -p "$POLICY_RC_D" "$tmp/policy.before"
TMPDIR=$tmp
export asked POLICY_RC_D TMPDIR

# What a run could leave behind: processes and directories.
left() {
	grep -las "$tmp/imsconn\\." /proc/[0-9]*/cmdline
	ls -d "$tmp"/imsconn.* 2>/dev/null || :
}

policy_is_as_before() {
	cmp "$POLICY_RC_D" "$tmp/policy.before" && not ls "$POLICY_RC_D".*
}

touch "$tmp/began"

# ---- a whole run

status=0
PATH=$tmp/debian:$PATH "$quickstart" >"$tmp/quickstart.log" 2>&1 || status=$?
is 'it succeeds' "$status" 0
shown=$(cat "$tmp/quickstart.log")
like 'it says first what it will install' "$shown" '^It will install: dovecot-core snmpd$'
like 'and installs that' "$(cat "$asked")" 'apt-get .* install --no-install-recommends dovecot-core snmpd$'
like 'while no service may start' "$(cat "$asked")" '^policy-rc.d said 101$'
is 'nor at the next boot' "$(grep update-rc.d "$asked" | tr '\n' ';')" \
	'update-rc.d dovecot disable;update-rc.d snmpd disable;'
ok 'the site has its policy-rc.d back' policy_is_as_before
like 'it shows who is connected by the command' "$shown" \
	'^  ann +[0-9]+/[A-Z][a-z]+/[0-9:]+ +plain +127.0.0.1:[0-9]+ +127.0.0.1:[0-9]+$'
like 'that imsconnd is not root' "$shown" "^  Uid:[[:space:]]+$(id -u games)[[:space:]]"
like 'and has one capability' "$shown" '^  CapEff:[[:space:]]+0{14}20$'
is 'the user who is there twice has two rows' \
	"$(sed '/== 6/,$d' "$tmp/quickstart.log" | grep -cE '^  ann .* plain ')" 2
like 'the POP user in the last accesses' "$shown" \
	'^  carl +---NOT-RECORDED--- +---NOT-RECORDED--- +[0-9]+/'
like 'the user table by name' "$shown" '^ +"bob" +bob +1 '
like 'and the session table' "$shown" '^ +imap\.[0-9]+ +ann .*PLAIN'
like 'the SET that disconnects' "$shown" 'snmpset -v3 .*imscUserDisconnect\."ann".* i 1$'
is "both clients' BYE" "$(grep -c 'received \* BYE' "$tmp/quickstart.log")" 2
is 'her rows gone and the other one there' "$(sed '1,/sessions are gone/d' "$tmp/quickstart.log" |
	sed -n 's/^.*imscSessionUser[^ ]* = STRING: //p')" bob
like 'and the audit line' "$shown" \
	'disconnect user="ann" origin=snmp .* sessions=2 ended=2 result="done"'
is 'it leaves nothing behind' "$(left)" ''
is 'and changes no configuration of the system' \
	"$(find /etc /var/lib/snmp /var/lib/dovecot /run/dovecot -newer "$tmp/began" -type f 2>/dev/null)" ''

# ---- kept running

status=0
"$quickstart" --keep >"$tmp/keep.log" 2>&1 || status=$?
is 'with --keep it succeeds as well' "$status" 0
stop_script=$(sed -n 's,^  \(/.*/stop\)$,\1,p' "$tmp/keep.log")
kept=$(dirname "$stop_script")
# shellcheck source=/dev/null
like 'what it started runs on' "$(. "$kept/env" && imsconnutil -c)" '^bob '
is 'imsconnd is not root' "$(stat -c %U "/proc/$(cat "$kept/pids/imsconnd")")" games
is 'and has one capability, CAP_KILL' "$(sed -n 's/^Cap\(Prm\|Bnd\):[[:space:]]*//p' \
	"/proc/$(cat "$kept/pids/imsconnd")/status" | xargs)" '0000000000000020 0000000000000020'
ok 'and can be stopped' "$stop_script"
is 'without leaving anything behind' "$(left)" ''

# ---- with Cyrus

status=0
"$quickstart" --cyrus --keep >"$tmp/cyrus.log" 2>&1 || status=$?
is 'with --cyrus it succeeds' "$status" 0
shown=$(cat "$tmp/cyrus.log")
stop_script=$(sed -n 's,^  \(/.*/stop\)$,\1,p' "$tmp/cyrus.log")
kept=$(dirname "$stop_script")
is "it shows a user's sessions by IMAP and CalDAV" \
	"$(sed '/== 6/,$d' "$tmp/cyrus.log" | grep -cE '^  ann .* 127.0.0.1:[0-9]+ +127.0.0.1:[0-9]+$')" 3
like 'and who is there by POP' "$shown" '^ +pop3\.[0-9]+ +bob '
is 'whom the SET disconnects is gone, everywhere' "$(sed '1,/sessions are gone/d' "$tmp/cyrus.log" |
	sed -n 's/^.*imscSessionUser[^ ]* = STRING: //p')" bob
is 'as her clients saw' "$(grep -c '\.log:[0-9]* closed$' "$tmp/cyrus.log")" 3
is 'imsconnd is no more than Cyrus is' "$(stat -c %U "/proc/$(cat "$kept/pids/imsconnd")")" \
	"$(stat -c %U "/proc/$(cat "$kept/pids/cyrus")")"
is 'and has no capability' "$(sed -n 's/^Cap\(Prm\|Bnd\):[[:space:]]*//p' \
	"/proc/$(cat "$kept/pids/imsconnd")/status" | xargs)" '0000000000000000 0000000000000000'
# shellcheck source=/dev/null
like 'what it started runs on' "$(. "$kept/env" && snmpget -OqvU "$(sed -n 's/.*snmpwalk \([0-9.:]*\) imsconnMIB$/\1/p' \
	"$tmp/cyrus.log")" imscStoreName.0)" 'Cyrus'
ok 'until it is stopped' "$stop_script"
is 'without leaving anything behind' "$(left)" ''

# ---- interrupted, and without packages

start interrupted setsid env --default-signal=INT "$quickstart"
await log_has interrupted 'Waiting until|== 3' && kill -INT "-$(pid_of interrupted)"
status=0
collect interrupted || status=$?
is 'interrupted, it ends' "$status" 130
is 'and leaves nothing behind' "$(left)" ''
status=0
PATH=$tmp/debian:$PATH apt_status=100 "$quickstart" >"$tmp/fails.log" 2>&1 || status=$?
is 'when packages cannot be installed, it ends' "$status" 1
like 'and says so' "$(cat "$tmp/fails.log")" 'Installing ... failed'
ok 'the site has its policy-rc.d back' policy_is_as_before
interrupt=1 PATH=$tmp/debian:$PATH start broken setsid env --default-signal=INT "$quickstart"
status=0
collect broken || status=$?
is 'interrupted while it installs, it ends' "$status" 130
ok 'and the site has its policy-rc.d back' policy_is_as_before
is 'nothing is left behind' "$(left)" ''
done_testing
