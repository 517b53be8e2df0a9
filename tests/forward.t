#!/bin/sh
# SPDX-License-Identifier: ISC
# A site that used last_login before us: its own dict goes on getting what it got, and whatever
# becomes of it, no login of ours waits or is lost.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmpget

site_dict=$tmp/site.sock

start_dict() {
	: >"$tmp/site.log"
	start site python3 "$top_srcdir/tests/dict_site.py" "$site_dict" "$@"
	await is_listening "$site_dict" && let_in "$site_dict"
}

dict_put() {
	python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" "$@"
}

# got PATTERN: how many such records the site's dict has; tabs are blanks.
got() {
	tr '\t' ' ' <"$tmp/site.log" | grep -cE -e "$1" || :
}

recorded() {
	util -a | awk 'NR > 1 { print $1 }' | grep -c "$1" || :
}

start_snmpd
start_dovecot "$(site_last_login)"
write_conf "dovecot.dict_forward=$site_dict"
start_dict
start_imsconnd

# ---- all is well

hold ann imap ann
ok 'a login is ours' await says recorded session_value ann LoginTimeSource
is 'with its mechanism' "$(session_value ann AuthMech)" PLAIN
ok "and the site's: its name, user and key, without ours, and seconds" await says 1 got \
	'^H[34] [^;]* lastlogin ; B[0-9]+ ann( 0)? ; S[0-9]+ shared/last-login/imap/ann 1[0-9]{9} ; C[0-9]+$'
ok 'a POP user comes and goes' visit pop3 'b|ob'
ok "the site's key has his name as it is" await says 1 got 'S[0-9]+ shared/last-login/pop3/b\|ob 1[0-9]{9} ;'
is "no more than these were told" "$(got .)" 2
is 'a record without a key of the site is ours alone' "$(dict_put plain)" O
stop site

# ---- the site's dict is away

is 'without it, a login is acknowledged' "$(dict_put carl site=last-login/carl time=1795297166726916)" O
for n in 1 2 3 4 5; do dict_put "dan$n" "site=last-login/dan$n" >/dev/null; done
is 'and on record' "$(recorded '^dan')" 5
ok 'the log says so' await log_has imsconnd "warning: the site's dict at .* cannot be reached"
is 'once' "$(log_count imsconnd "warning: the site's dict")" 1
start_dict
ok 'when it is back it gets what waited' await says 6 got 'shared/last-login/(carl|dan)'
is 'with the time of the login' "$(got 'shared/last-login/carl 1795297166 ;')" 1
ok 'and the log says that, too, and that none was lost' await log_has imsconnd \
	"the site's dict takes records again; 0 were lost"
stop site

# ---- more than can wait

is 'many logins are acknowledged while it is away' \
	"$(python3 - "$dict_socket" "$top_srcdir/tests" <<'END'
import sys
sys.path.insert(0, sys.argv[2])
from dict_client import connect, record
acked = 0
for n in range(10050):
    client = connect(sys.argv[1])
    client.sendall(record(b"m", site="last-login/m%d" % n))
    acked += client.recv(64) == b"O\n"
    client.close()
print(acked)
END
	)" 10050
start_dict
AWAIT_SECONDS=60
ok 'the last ten thousand of them get there' await says 1 got 'last-login/m10049 '
ok 'each once' await says 10000 got 'last-login/m[0-9]+ '
is 'the first ones do not' "$(got 'last-login/m49 ')" 0
ok 'which is told' log_has imsconnd "the site's dict takes records again; 50 were lost"
stop site

# ---- it is there, but does not do what it should

start_dict ''
is 'while it does not answer, a login is acknowledged' "$(dict_put eve site=last-login/eve)" O
ok 'and on record' await says 1 recorded '^eve'
stop site
start_dict 'Fno such table'
ok 'what it refuses is told, with its reason' await log_has imsconnd \
	"warning: the site's dict refused a record: Fno such table"
stop site
stop ann
ok 'imsconnd stops when told' stop_imsconnd
done_testing
